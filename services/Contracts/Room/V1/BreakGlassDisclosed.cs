using MassTransit;

namespace GroupTherapy.Contracts.Room.V1;

/// <summary>A member's emergency sheet was read under a break-glass opening. The facts that were read, and the reason, stay in Room.</summary>
[MessageUrn("grouptherapy:room:break-glass-disclosed:v1")]
[EntityName("room.break-glass-disclosed.v1")]
public sealed record BreakGlassDisclosed(Guid OpeningId, string Practice, Guid GroupId, Guid MemberId, DateTimeOffset At);
