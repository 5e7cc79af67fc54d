using MassTransit;

namespace GroupTherapy.Contracts.Scheduling.V1;

/// <summary>Too few members are expected in a session: its facilitator is asked whether it takes place, and members are told that it may not.</summary>
/// <param name="Expected">Members with a seat who have not said that they will be absent.</param>
/// <param name="AnswerBy">Without an answer by then the session takes place.</param>
[MessageUrn("grouptherapy:scheduling:quorum-asked:v1")]
[EntityName("scheduling.quorum-asked.v1")]
public sealed record QuorumAsked(SessionSnapshot Session, int Expected, int Minimum, DateTimeOffset AnswerBy, DateTimeOffset At);
