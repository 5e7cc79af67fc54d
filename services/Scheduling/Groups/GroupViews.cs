using System.Text.Json;
using GroupTherapy.Contracts.Scheduling.V1;
using GroupTherapy.Platform.Json;
using GroupTherapy.Scheduling.Series;

namespace GroupTherapy.Scheduling.Groups;

/// <summary>The public card of somebody who leads groups.</summary>
public sealed record FacilitatorCard(Guid Id, string DisplayName, IReadOnlyList<string> Credentials);

/// <summary>The weekly time as the place's wall clock shows it.</summary>
/// <param name="DayOfWeek">Lower-case English name.</param>
/// <param name="LocalTime"><c>HH:MM</c> in <paramref name="TimeZone"/> (IANA).</param>
public sealed record ScheduleView(string DayOfWeek, string LocalTime, string TimeZone, int DurationMinutes);

/// <summary>What one week of a program brings.</summary>
/// <param name="Week">Counted from 1.</param>
public sealed record ProgramWeek(int Week, string Title, string Guidance, IReadOnlyList<string> Skills, string? Homework);

/// <summary>How a group is run.</summary>
/// <param name="Camera"><c>required</c>, <c>encouraged</c> or <c>optional</c>.</param>
/// <param name="LateArrivals">Whether somebody may come in after the start.</param>
/// <param name="ChatRetentionDays">Days after a session's end until its texts are beyond reading; 0 to 3650.</param>
/// <param name="MinimumQuorum">Fewest members with whom a session takes place.</param>
public sealed record GroupPolicies(string Camera, bool LateArrivals, int ChatRetentionDays, int MinimumQuorum);

/// <summary>A group as the catalogue lists it.</summary>
public record GroupCard
{
    public required Guid Id { get; init; }
    public required string Practice { get; init; }
    public required string Name { get; init; }
    public required string Topic { get; init; }
    public required string ServiceClass { get; init; }
    public required FacilitatorCard Facilitator { get; init; }
    public required ScheduleView Schedule { get; init; }

    /// <summary>Start of the first session that is not over (it may be running); null when none is planned.</summary>
    public required DateTimeOffset? NextSessionAt { get; init; }

    public required int Capacity { get; init; }
    public required int SeatsLeft { get; init; }

    /// <summary>Where the practice offers this class of service. Whether one may take part is decided per person.</summary>
    public required IReadOnlyList<string> OfferedIn { get; init; }

    public required string Summary { get; init; }
}

/// <summary>A group with all that is public about it.</summary>
public sealed record GroupDetail : GroupCard
{
    public required IReadOnlyList<ProgramWeek> Program { get; init; }
    public required GroupPolicies Policies { get; init; }
    public required IReadOnlyList<FacilitatorCard> CoFacilitators { get; init; }

    /// <summary>Years.</summary>
    public required int MinimumAge { get; init; }

    /// <summary><c>video</c> or <c>in_person</c>.</summary>
    public required string Modality { get; init; }

    public required bool IntakeFirst { get; init; }

    /// <summary>42 CFR Part 2 may apply: a further consent is asked for.</summary>
    public required bool Part2 { get; init; }

    public required DateOnly StartsOn { get; init; }

    /// <summary>Null for a series without an end.</summary>
    public required int? Weeks { get; init; }

    public required bool Closed { get; init; }

    /// <summary>Grows with every change; the <c>ETag</c> holds it.</summary>
    public required long Version { get; init; }
}

/// <summary>A group's row with what others reported about it; columns as in <see cref="GroupSql.Columns"/>.</summary>
internal sealed record GroupRow(
    Guid Id, string Practice, string Name, string Topic, string ServiceClass, string Summary, int Capacity, int MinimumAge, string Modality, bool Part2, bool IntakeFirst,
    Guid LeadFacilitatorId, Guid[] CoFacilitatorIds, DateOnly StartsOn, string LocalTime, string TimeZone, int DurationMinutes, int? Weeks, string Program,
    string Camera, bool LateArrivals, int ChatRetentionDays, int MinimumQuorum, int? NextWeek, DateTimeOffset? SeriesEndsAt, DateTimeOffset? ClosedAt, long Version,
    string LeadName, string[] LeadCredentials, string CoFacilitators, int Taken, DateTimeOffset? NextSessionAt, string[] OfferedIn)
{
    public string ETag => $"\"{Version}\"";

    public WeeklySeries Series => SeriesRules.Of(StartsOn, LocalTime, TimeZone, DurationMinutes, Weeks);

    public GroupPolicies Policies => new(Camera, LateArrivals, ChatRetentionDays, MinimumQuorum);

    /// <summary>Lead first.</summary>
    public Guid[] Staff => [LeadFacilitatorId, .. CoFacilitatorIds];

    public GroupCard Card() => new()
    {
        Id = Id,
        Practice = Practice,
        Name = Name,
        Topic = Topic,
        ServiceClass = ServiceClass,
        Facilitator = Lead,
        Schedule = Schedule,
        NextSessionAt = ClosedAt is null ? NextSessionAt : null,
        Capacity = Capacity,
        SeatsLeft = SeatsLeft,
        OfferedIn = OfferedIn,
        Summary = Summary,
    };

    public GroupDetail Detail() => new()
    {
        Id = Id,
        Practice = Practice,
        Name = Name,
        Topic = Topic,
        ServiceClass = ServiceClass,
        Facilitator = Lead,
        Schedule = Schedule,
        NextSessionAt = ClosedAt is null ? NextSessionAt : null,
        Capacity = Capacity,
        SeatsLeft = SeatsLeft,
        OfferedIn = OfferedIn,
        Summary = Summary,
        Program = JsonSerializer.Deserialize<List<ProgramWeek>>(Program, ContractJson.Options)!,
        Policies = Policies,
        CoFacilitators = JsonSerializer.Deserialize<List<FacilitatorCard>>(CoFacilitators, ContractJson.Options)!,
        MinimumAge = MinimumAge,
        Modality = Modality,
        IntakeFirst = IntakeFirst,
        Part2 = Part2,
        StartsOn = StartsOn,
        Weeks = Weeks,
        Closed = ClosedAt is not null,
        Version = Version,
    };

    public GroupSnapshot Snapshot() => new(
        Id, Practice, Part2 ? null : Name, ServiceClass, Capacity, MinimumAge, LeadFacilitatorId, CoFacilitatorIds, Part2, IntakeFirst,
        SeriesEndsAt, ClosedAt is not null, Version);

    // Capacity lowered below what is taken puts nobody out; there is just nothing left.
    private int SeatsLeft => Math.Max(0, Capacity - Taken);

    private FacilitatorCard Lead => new(LeadFacilitatorId, LeadName, LeadCredentials);

    private ScheduleView Schedule => new(SeriesRules.DayOfWeek(StartsOn), LocalTime, TimeZone, DurationMinutes);
}
