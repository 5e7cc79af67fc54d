using GroupTherapy.Platform.Problems;

namespace GroupTherapy.Enrollment.Domain;

public enum RefusalKind
{
    Invalid,
    NotAllowed,
    NotFound,

    /// <summary>Another service may have accepted it, and the message is on its way.</summary>
    NotYetKnown,
    Conflict,
}

/// <summary>Why a command is refused, as a value.</summary>
/// <param name="Code">Stable.</param>
/// <param name="Detail">A sentence that the caller understands.</param>
/// <param name="MissingConsents">The documents that a confirmation lacks.</param>
/// <param name="Fields">Faults by field.</param>
public sealed record Refusal(RefusalKind Kind, string Code, string Detail, IReadOnlyList<ConsentDocument>? MissingConsents = null, Problem? Fields = null);

/// <summary>The refusals of seats.</summary>
public static class SeatRefusals
{
    public static Refusal NotYetKnown { get; } = new(RefusalKind.NotYetKnown, "not-found", "There is nothing here that you may see.");

    public static Refusal AlreadyEnrolled { get; } = new(RefusalKind.Conflict, "already-enrolled", "You already have a place in this group.");

    public static Refusal GroupClosed { get; } = new(RefusalKind.Conflict, "group-closed", "This group takes nobody any more.");

    public static Refusal TooManyUnconfirmed { get; } =
        new(RefusalKind.Conflict, "too-many-unconfirmed", "Please confirm or give back the seats you have reserved first.");

    public static Refusal NotEligible { get; } =
        new(RefusalKind.NotAllowed, "not-eligible", "The rules do not allow this group for you now; each reason is listed, with what you can have instead.");

    public static Refusal NotHeld { get; } = new(RefusalKind.Conflict, "not-held", "Nobody needs to look at this any more.");

    public static Refusal IntakeMissing { get; } = new(RefusalKind.Conflict, "intake-missing", "This group takes nobody without an intake. Record it first.");

    /// <summary>The rules were asked again and still cannot say. A fact must be corrected, or the case refused.</summary>
    public static Refusal StillHeld { get; } =
        new(RefusalKind.Conflict, "still-held", "The rules still cannot say yes or no. Put right what the reasons name, then release again, or refuse.");

    /// <summary>For an operator who releases a member whom the rules deny.</summary>
    public static Refusal CannotBeReleased { get; } =
        new(
            RefusalKind.Conflict,
            "not-eligible",
            "The rules do not allow this group for this person now. Refuse the case, or put right what the reasons name."
        );

    public static Refusal NotReserved(string status) =>
        new(
            RefusalKind.Conflict,
            "not-reserved",
            status switch
            {
                EnrollmentStatus.Waitlisted => "Your place in the line is kept. There is nothing to confirm until a seat is offered to you.",
                EnrollmentStatus.Held => "Your request is being looked at by the practice. There is nothing to confirm yet.",
                _ => "This reservation is over, so there is nothing to confirm.",
            }
        );

    public static Refusal ConsentsMissing(IReadOnlyList<ConsentDocument> missing) =>
        new(RefusalKind.Invalid, "consents-missing", "Please read and agree to each text, in its present version.", missing);

    public static Refusal ConsentsNotAsked(FieldErrors errors)
    {
        var problem = errors.ToProblem();
        return new Refusal(RefusalKind.Invalid, problem.Code, problem.Detail, Fields: problem);
    }
}
