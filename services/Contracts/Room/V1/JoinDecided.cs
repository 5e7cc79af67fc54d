using MassTransit;

namespace GroupTherapy.Contracts.Room.V1;

/// <summary>
/// A member asked to join from a jurisdiction (or, at <c>recheck</c>, was in the room when an answer changed) and was answered from the permit.
/// Enrollment runs the decision again on its stored inputs and alarms when the answers differ.
/// </summary>
/// <param name="Crisis">A crisis of this member was open at that moment: the licensing fact <c>crisis</c>.</param>
[MessageUrn("grouptherapy:room:join-decided:v1")]
[EntityName("room.join-decided.v1")]
public sealed record JoinDecided(
    Guid DecisionId,
    Guid PermitId,
    long PermitVersion,
    Guid EnrollmentId,
    Guid MemberId,
    Guid GroupId,
    Guid SessionId,
    string Point,
    string Jurisdiction,
    DateTimeOffset? AttestedAt,
    DateTimeOffset? LastPresentAt,
    DateTimeOffset At,
    string Outcome,
    IReadOnlyList<string> ReasonCodes,
    int RuleSet,
    string Engine,
    bool Crisis = false
);
