using GroupTherapy.Enrollment.Licensing;
using GroupTherapy.Platform.Problems;

namespace GroupTherapy.Enrollment.Domain;

/// <summary>States of a stay in a group. A seat is counted as taken while reserved, offered or enrolled.</summary>
public static class SeatStates
{
    public const string Reserved = "reserved";
    public const string Enrolled = "enrolled";
    public const string Waitlisted = "waitlisted";
    public const string Offered = "offered";
    public const string Held = "held";
    public const string Ended = "ended";

    public static bool HasSeat(string status) => status is Reserved or Offered or Enrolled;
}

/// <summary>A stay as the rules see it.</summary>
/// <param name="Deadline">Of the reservation or the offer.</param>
public sealed record Stay(string Status, DateTimeOffset? Deadline);

/// <summary>What enrolling comes to, before the seat itself is asked for.</summary>
public enum EnrolStep
{
    TakeSeat,
    HoldForOperator,
    Refuse,
}

/// <summary>The rules of seats. Pure: facts and the instant in, what to do out.</summary>
public static class SeatRules
{
    /// <summary>Reservations and offers that one person may leave unconfirmed at once.</summary>
    public const int UnconfirmedAtMost = 2;

    public static Problem AlreadyEnrolled => new(409, "already-enrolled", "You already have a place in this group.");

    public static Problem NotReserved(string status) => new(409, "not-reserved", status switch
    {
        SeatStates.Waitlisted => "Your place in the line is kept. There is nothing to confirm until a seat is offered to you.",
        SeatStates.Held => "Your request is being looked at by the practice. There is nothing to confirm yet.",
        _ => "This reservation is over, so there is nothing to confirm.",
    });

    public static Problem GroupClosed => new(409, "group-closed", "This group takes nobody any more.");

    public static Problem TooManyUnconfirmed => new(409, "too-many-unconfirmed", "Please confirm or give back the seats you have reserved first.");

    public static Problem NotEligible(object decision) => new(403, "not-eligible", "The rules do not allow this group for you now; each reason is listed, with what you can have instead.", Extra: new Dictionary<string, object?> { ["decision"] = decision });

    public static Problem NotHeld => new(409, "not-held", "Nobody needs to look at this any more.");

    public static Problem IntakeMissing => new(409, "intake-missing", "This group takes nobody without an intake. Record it first.");

    /// <summary>The rules were asked again and still cannot say. A fact must be corrected, or the case refused.</summary>
    public static Problem StillHeld(object decision) => new(409, "still-held", "The rules still cannot say yes or no. Put right what the reasons name, then release again, or refuse.", Extra: new Dictionary<string, object?> { ["decision"] = decision });

    /// <summary>What an operator is told who releases somebody whom the rules refuse.</summary>
    public static Problem CannotBeReleased(object decision) => new(409, "not-eligible", "The rules do not allow this group for this person now. Refuse the case, or put right what the reasons name.", Extra: new Dictionary<string, object?> { ["decision"] = decision });

    public static EnrolStep AfterDecision(Outcome outcome) => outcome switch
    {
        Outcome.Allow or Outcome.AllowWithConditions => EnrolStep.TakeSeat,
        Outcome.Hold => EnrolStep.HoldForOperator,
        _ => EnrolStep.Refuse,
    };

    /// <summary>Where somebody begins whom the law does not refuse.</summary>
    /// <param name="intakeMissing">The group takes nobody without an intake, and there is none.</param>
    /// <param name="seatFree">A seat is left, and nobody waits for it whose turn it is.</param>
    public static string BeginsAs(EnrolStep step, bool intakeMissing, bool seatFree) =>
        step == EnrolStep.HoldForOperator || intakeMissing ? SeatStates.Held : seatFree ? SeatStates.Reserved : SeatStates.Waitlisted;

    /// <summary>Whether a stay can still be confirmed. Its deadline is over from that very instant on.</summary>
    public static bool MayConfirm(Stay stay, DateTimeOffset now) => stay is { Status: SeatStates.Reserved or SeatStates.Offered, Deadline: { } deadline } && now < deadline;

    /// <summary>Whether a reservation or an offer has run out.</summary>
    public static bool IsOver(Stay stay, DateTimeOffset now) => stay is { Status: SeatStates.Reserved or SeatStates.Offered, Deadline: { } deadline } && now >= deadline;
}
