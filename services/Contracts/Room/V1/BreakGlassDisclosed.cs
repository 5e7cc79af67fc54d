using MassTransit;

namespace GroupTherapy.Contracts.Room.V1;

/// <summary>A member's details were read by somebody who had opened the group in an emergency. What was read, and why, stays in Room.</summary>
[MessageUrn("grouptherapy:room:break-glass-disclosed:v1")]
[EntityName("room.break-glass-disclosed.v1")]
public sealed record BreakGlassDisclosed(Guid OpeningId, string Practice, Guid GroupId, Guid MemberId, DateTimeOffset At);
