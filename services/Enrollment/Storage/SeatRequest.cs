using System.Diagnostics;
using GroupTherapy.Enrollment.Domain;
using GroupTherapy.Platform.Idempotency;
using GroupTherapy.Platform.Security;

namespace GroupTherapy.Enrollment.Storage;

/// <summary>A command about one group's seats, with its caller and the way its answer is written.</summary>
/// <param name="Key">Idempotency key; null without one.</param>
/// <param name="Trace">The request's trace: its problems and messages name it.</param>
/// <param name="Respond">Writes the answer; null for a worker.</param>
internal sealed record SeatRequest(
    Caller Caller,
    Guid GroupId,
    SeatCommand Command,
    KeyedRequest? Key = null,
    Activity? Trace = null,
    Func<SeatResult, Reply>? Respond = null
)
{
    /// <summary>The member whose count of unconfirmed seats must not change meanwhile.</summary>
    public Guid? CountedMember => (Command as RequestSeat)?.MemberId;
}

/// <summary>The outcome of a command, with the data that its answer shows.</summary>
/// <param name="Enrollment">As stored; null for a refusal and for a new request, whose answer comes from the outcome's state.</param>
/// <param name="Alternatives">Groups that the decision proposes instead.</param>
/// <param name="LatestAlternatives">Groups that the latest decision about an enrolled member proposes instead.</param>
internal sealed record SeatResult(
    SeatOutcome Outcome,
    EnrollmentRow? Enrollment,
    IReadOnlyList<AlternativeGroup> Alternatives,
    IReadOnlyList<AlternativeGroup> LatestAlternatives
);

/// <summary>How long a batch waits for locks.</summary>
internal enum LockWait
{
    /// <summary>Not for a busy member or key; for a group only a moment. A request whose lock cannot be had is answered by another attempt.</summary>
    NoWait,

    /// <summary>For groups as long as it takes; not for a busy member or key.</summary>
    WaitForGroups,

    WaitForAll,
}
