namespace GroupTherapy.Enrollment.Domain;

/// <summary>Something that is asked of one group's seats.</summary>
public abstract record SeatCommand;

/// <summary>A member asks for a seat.</summary>
public sealed record RequestSeat(Guid MemberId) : SeatCommand;

/// <summary>A command about one enrollment of the group.</summary>
public abstract record EnrollmentCommand(Guid EnrollmentId) : SeatCommand;

/// <summary>Consents make a reserved or offered seat the member's own.</summary>
public sealed record ConfirmSeat(Guid EnrollmentId, IReadOnlyList<GivenConsent> Consents) : EnrollmentCommand(EnrollmentId);

/// <summary>The member leaves: a reservation, an offer, the waitlist or the group.</summary>
/// <param name="Note">The member's own words, if any.</param>
public sealed record CancelEnrollment(Guid EnrollmentId, string? Note) : EnrollmentCommand(EnrollmentId);

/// <summary>The deadline of a reservation, an offer or a grace has come.</summary>
public sealed record ExpireEnrollment(Guid EnrollmentId) : EnrollmentCommand(EnrollmentId);

/// <summary>An operator lets a held case go on, if the rules allow it now.</summary>
public sealed record ReleaseEnrollment(Guid EnrollmentId, string Note) : EnrollmentCommand(EnrollmentId);

/// <summary>An operator refuses a held case.</summary>
public sealed record RefuseEnrollment(Guid EnrollmentId, string Note) : EnrollmentCommand(EnrollmentId);

/// <summary>A fact or a rule may have changed: the rules are asked again about a live enrollment.</summary>
public sealed record ReevaluateEnrollment(Guid EnrollmentId) : EnrollmentCommand(EnrollmentId);

/// <summary>Free seats are offered to the waitlist.</summary>
public sealed record OfferSeats : SeatCommand;

/// <summary>Scheduling changed or closed the group; its row says so already.</summary>
/// <param name="IsOver">It closes because its last session has ended.</param>
public sealed record ApplyGroupChange(bool IsClosing, bool IsOver = false) : SeatCommand;

/// <summary>The instant of the decision, the durations in force, and where new ids come from.</summary>
public sealed record SeatContext(DateTimeOffset Now, SeatLimits Limits, Func<Guid> NewId);
