namespace GroupTherapy.Enrollment.Domain;

/// <summary>A group as far as seats and licensing need it.</summary>
/// <param name="AdmitsUntil">No new member after this instant; null without a bound.</param>
/// <param name="ReservedFor">The only account that may have its seat: who booked it; null where anybody may ask.</param>
public sealed record SeatGroup(
    Guid GroupId,
    string Practice,
    string? Name,
    string ServiceClass,
    int MinimumAge,
    bool Part2,
    bool IntakeFirst,
    Guid LeadId,
    Guid[] CoIds,
    DateTimeOffset? SeriesEndsAt,
    bool Closed,
    int Capacity,
    int Taken,
    long Version,
    DateTimeOffset? AdmitsUntil = null,
    Guid? ReservedFor = null
)
{
    /// <summary>No seat is given any more.</summary>
    public bool IsShut(DateTimeOffset now) => Closed || AdmitsUntil <= now;

    /// <summary>Whether this account may ask for a seat.</summary>
    public bool Admits(Guid member, DateTimeOffset now) => !IsShut(now) && (ReservedFor is null || ReservedFor == member);
}
