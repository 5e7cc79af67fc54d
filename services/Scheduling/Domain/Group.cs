using GroupTherapy.Contracts.Scheduling.V1;
using GroupTherapy.Scheduling.Series;

namespace GroupTherapy.Scheduling.Domain;

/// <summary>One week of a program.</summary>
/// <param name="Week">Counted from 1.</param>
public sealed record ProgramWeek(int Week, string Title, string Guidance, IReadOnlyList<string> Skills, string? Homework);

/// <summary>How a group is run.</summary>
/// <param name="Camera"><c>optional</c>, <c>expected</c> or <c>off</c>.</param>
/// <param name="LateArrivals">Whether members may come in after the start.</param>
/// <param name="ChatRetentionDays">Days after a session's end until its texts can no longer be read; 0 to 3650.</param>
/// <param name="MinimumQuorum">Fewest members with whom a session takes place.</param>
public sealed record GroupPolicies(string Camera, bool LateArrivals, int ChatRetentionDays, int MinimumQuorum);

/// <summary>The public card of a facilitator.</summary>
public sealed record FacilitatorCard(Guid Id, string DisplayName, IReadOnlyList<string> Credentials);

/// <summary>The weekly time as the place's wall clock shows it.</summary>
/// <param name="DayOfWeek">Lower-case English name.</param>
/// <param name="LocalTime"><c>HH:MM</c> in <paramref name="TimeZone"/> (IANA).</param>
/// <param name="IntervalWeeks">1 for every week, 2 for every second one.</param>
public sealed record ScheduleView(string DayOfWeek, string LocalTime, string TimeZone, int DurationMinutes, int IntervalWeeks);

/// <summary>A group's row with what other services reported about it.</summary>
/// <param name="Program">The weeks of the program as JSON.</param>
/// <param name="AnchorOn">First day of the series as it is now; <paramref name="StartsOn"/> is the first day of all.</param>
/// <param name="AnchorMeetings">How many meetings the series has from that day on; null without an end.</param>
/// <param name="Venue">Where people meet in person.</param>
/// <param name="Admission"><c>always</c>, <c>marked</c> (at sessions that are marked) or <c>cohort</c> (at the first session).</param>
/// <param name="NextWeek">First meeting of the series that has no session row yet; null when the series is complete.</param>
/// <param name="CoFacilitators">Their public cards as JSON.</param>
/// <param name="Taken">Seats taken, as Enrollment counted last.</param>
/// <param name="BookedBy">The member who booked it for themselves; null for a group of the catalogue.</param>
/// <param name="LastAdmissionAt">Start of the last session that takes new members; null where each does.</param>
/// <param name="NextAdmissionAt">Start of the next session that takes new members; null when there is none.</param>
public sealed record Group(
    Guid Id,
    string Practice,
    string Name,
    string Topic,
    string ServiceClass,
    string Summary,
    int Capacity,
    int MinimumAge,
    string Modality,
    bool Part2,
    bool IntakeFirst,
    Guid LeadFacilitatorId,
    Guid[] CoFacilitatorIds,
    DateOnly StartsOn,
    string LocalTime,
    string TimeZone,
    int DurationMinutes,
    int? Weeks,
    DateOnly AnchorOn,
    int? AnchorMeetings,
    int IntervalWeeks,
    string? Venue,
    string Admission,
    string Program,
    string Camera,
    bool LateArrivals,
    int ChatRetentionDays,
    int MinimumQuorum,
    int? NextWeek,
    DateTimeOffset? SeriesEndsAt,
    DateTimeOffset? ClosedAt,
    long Version,
    string LeadName,
    string[] LeadCredentials,
    string CoFacilitators,
    int Taken,
    DateTimeOffset? NextSessionAt,
    string[] OfferedIn,
    DateTimeOffset? NextAdmissionAt,
    Guid? BookedBy,
    DateTimeOffset? LastAdmissionAt
)
{
    public WeeklySeries Series => SeriesRules.Of(AnchorOn, LocalTime, TimeZone, DurationMinutes, AnchorMeetings, IntervalWeeks);

    public GroupPolicies Policies => new(Camera, LateArrivals, ChatRetentionDays, MinimumQuorum);

    public bool IsInPerson => Modality == Modalities.InPerson;

    /// <summary>Lead first.</summary>
    public Guid[] Staff => [LeadFacilitatorId, .. CoFacilitatorIds];

    /// <summary>Never negative: a capacity lowered below what is taken puts no member out.</summary>
    public int SeatsLeft => Math.Max(0, Capacity - Taken);

    /// <summary>The group as other services see it. The name of a Part 2 group does not travel.</summary>
    public GroupSnapshot Snapshot() =>
        new(
            Id,
            Practice,
            Part2 ? null : Name,
            ServiceClass,
            Capacity,
            MinimumAge,
            LeadFacilitatorId,
            CoFacilitatorIds,
            Part2,
            IntakeFirst,
            SeriesEndsAt,
            ClosedAt is not null,
            Version,
            LastAdmissionAt,
            BookedBy
        );
}
