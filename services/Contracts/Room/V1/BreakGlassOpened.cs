using MassTransit;

namespace GroupTherapy.Contracts.Room.V1;

/// <summary>Somebody of a practice opened one of its groups in an emergency, to reach a member of it. The reason stays in Room.</summary>
/// <param name="Role">As what: <c>facilitator</c> or <c>operator</c>.</param>
/// <param name="Until">Members can be reached until then.</param>
[MessageUrn("grouptherapy:room:break-glass-opened:v1")]
[EntityName("room.break-glass-opened.v1")]
public sealed record BreakGlassOpened(Guid OpeningId, string Practice, Guid GroupId, Guid ByAccount, string Role, DateTimeOffset Until, DateTimeOffset At);
