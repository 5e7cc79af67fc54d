using GroupTherapy.Enrollment.Licensing;

namespace GroupTherapy.Enrollment.Domain;

/// <summary>Status of an enrollment. A seat counts as taken while reserved, offered or enrolled.</summary>
public static class EnrollmentStatus
{
    public const string Reserved = "reserved";
    public const string Enrolled = "enrolled";
    public const string Waitlisted = "waitlisted";
    public const string Offered = "offered";
    public const string Held = "held";
    public const string Ended = "ended";

    public static IReadOnlyList<string> All { get; } = [Reserved, Enrolled, Waitlisted, Offered, Held, Ended];

    public static bool HasSeat(string status) => status is Reserved or Offered or Enrolled;
}

/// <summary>A member's relation to a group, from request to end.</summary>
/// <param name="WaitlistOrder">Order of requests in the group; an enrollment keeps it when it comes back to the waitlist.</param>
/// <param name="PassedUntil">While waitlisted: no offer before this instant, unless a fact changes.</param>
/// <param name="GraceUntil">While enrolled: the rules deny it and the seat is kept until then.</param>
/// <param name="ReviewSince">While enrolled: an operator must look, since then.</param>
/// <param name="DecisionId">The decision under which it has its status; once enrolled, for ever that of its confirmation.</param>
/// <param name="StandingDecisionId">The latest other decision about an enrolled member; null while that of the confirmation holds.</param>
public sealed record EnrollmentState(
    Guid Id,
    Guid GroupId,
    Guid MemberId,
    string Status,
    long WaitlistOrder,
    DateTimeOffset? SeatHeldUntil,
    DateTimeOffset? OfferExpiresAt,
    DateTimeOffset? PassedUntil,
    DateTimeOffset? GraceUntil,
    DateTimeOffset? ReviewSince,
    string? EndReason,
    string? Note,
    Guid DecisionId,
    Guid? StandingDecisionId,
    DateTimeOffset CreatedAt,
    DateTimeOffset ChangedAt,
    long Version
)
{
    /// <summary>Order of an enrollment that has no row yet: behind all others.</summary>
    public const long Newest = long.MaxValue;

    public bool HasSeat => EnrollmentStatus.HasSeat(Status);

    public bool IsLive => Status != EnrollmentStatus.Ended;

    /// <summary>A seat waits for the member's confirmation.</summary>
    public bool IsUnconfirmed => Status is EnrollmentStatus.Reserved or EnrollmentStatus.Offered;

    public bool IsUnderReview => Status == EnrollmentStatus.Enrolled && ReviewSince is not null;

    /// <summary>The latest decision about it.</summary>
    public Guid LatestDecisionId => StandingDecisionId ?? DecisionId;

    /// <summary>When the reservation, the offer or the grace ends; null without one.</summary>
    public DateTimeOffset? Deadline =>
        Status switch
        {
            EnrollmentStatus.Reserved => SeatHeldUntil,
            EnrollmentStatus.Offered => OfferExpiresAt,
            EnrollmentStatus.Enrolled => GraceUntil,
            _ => null,
        };

    /// <summary>Whether its deadline has come. It is over from that very instant on.</summary>
    public bool IsOver(DateTimeOffset now) => Deadline is { } deadline && now >= deadline;

    public static EnrollmentState Requested(
        Guid id,
        Guid groupId,
        Guid memberId,
        string status,
        DateTimeOffset? seatHeldUntil,
        Guid decisionId,
        DateTimeOffset now
    ) => new(id, groupId, memberId, status, Newest, seatHeldUntil, null, null, null, null, null, null, decisionId, null, now, now, 1);

    public EnrollmentState ChangedTo(string status, DateTimeOffset now) => this with { Status = status, ChangedAt = now, Version = Version + 1 };
}

/// <summary>The known facts about a member who has or wants a seat.</summary>
/// <param name="Residences">Newest record first.</param>
/// <param name="IntakeDone">The practice of the group has recorded an intake.</param>
/// <param name="Unconfirmed">Reservations and offers of this member in all groups.</param>
/// <param name="Releases">Seats of the state's group that the member gave up or let lapse within the last day.</param>
/// <param name="IsBusy">Another process works on a request of this member, so <paramref name="Unconfirmed"/> may change meanwhile.</param>
public sealed record MemberState(
    DateOnly? DateOfBirth,
    IReadOnlyList<ResidenceFacts> Residences,
    bool IntakeDone,
    int Unconfirmed,
    int Releases = 0,
    bool IsBusy = false
);

/// <summary>Earlier decisions about an enrollment.</summary>
/// <param name="Latest">The latest decision.</param>
/// <param name="EnrolledUnder">Rule set of the first confirmation that was allowed; null before one.</param>
/// <param name="EnrolledServiceClass">The group's service class at that confirmation.</param>
/// <param name="RequestedServiceClass">The group's service class when the member asked for a seat.</param>
/// <param name="ConfirmedJurisdiction">Residence in the decision under which it has its status.</param>
public sealed record EnrollmentHistory(
    Decision? Latest,
    int? EnrolledUnder,
    string? EnrolledServiceClass,
    string? RequestedServiceClass,
    string? ConfirmedJurisdiction
)
{
    public static EnrollmentHistory None { get; } = new(null, null, null, null, null);
}
