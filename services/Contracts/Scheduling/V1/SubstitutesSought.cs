using MassTransit;

namespace GroupTherapy.Contracts.Scheduling.V1;

/// <summary>
/// The answer to a lost facilitator: these are free now and may legally serve every member in the room, best first.
/// Empty when there is none.
/// </summary>
[MessageUrn("grouptherapy:scheduling:substitutes-sought:v1")]
[EntityName("scheduling.substitutes-sought.v1")]
public sealed record SubstitutesSought(Guid SessionId, Guid GroupId, IReadOnlyList<Guid> FacilitatorIds, DateTimeOffset HeldUntil, DateTimeOffset At);
