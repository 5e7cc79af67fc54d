using MassTransit;

namespace GroupTherapy.Contracts.Room.V1;

/// <summary>A facilitator or operator opened a group of their practice by break-glass access, to reach a member in danger. The reason stays in Room.</summary>
/// <param name="Role"><c>facilitator</c> or <c>operator</c>.</param>
/// <param name="Until">Emergency sheets can be opened until then.</param>
[MessageUrn("grouptherapy:room:break-glass-opened:v1")]
[EntityName("room.break-glass-opened.v1")]
public sealed record BreakGlassOpened(Guid OpeningId, string Practice, Guid GroupId, Guid ByAccount, string Role, DateTimeOffset Until, DateTimeOffset At);
