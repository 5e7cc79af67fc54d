using MassTransit;

namespace GroupTherapy.Contracts.Scheduling.V1;

/// <summary>A session about which <see cref="QuorumAsked"/> asked takes place. Otherwise it is cancelled: <see cref="SessionCancelled"/>.</summary>
/// <param name="Answered">By a person; false when the time for an answer passed, or enough members are expected again.</param>
[MessageUrn("grouptherapy:scheduling:quorum-decided:v1")]
[EntityName("scheduling.quorum-decided.v1")]
public sealed record QuorumDecided(SessionSnapshot Session, bool Answered, DateTimeOffset At);
