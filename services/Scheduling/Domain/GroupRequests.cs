using System.ComponentModel.DataAnnotations;

namespace GroupTherapy.Scheduling.Domain;

/// <summary>The weekly time of a group to be opened.</summary>
public sealed record ScheduleRequest
{
    /// <summary>Date of the first session, <c>2026-11-24</c>; at most 7 days ago. Its weekday is the group's.</summary>
    [Required]
    public string? StartsOn { get; init; }

    /// <summary><c>HH:MM</c> on the wall clock of <see cref="TimeZone"/>.</summary>
    [Required]
    public string? LocalTime { get; init; }

    /// <summary>IANA name.</summary>
    [Required]
    public string? TimeZone { get; init; }

    /// <summary>Real minutes, 15 to 480.</summary>
    [Required]
    public int? DurationMinutes { get; init; }

    /// <summary>1 to 104; null for a series without an end.</summary>
    public int? Weeks { get; init; }

    /// <summary>1 (default) for every week, 2 for every second one.</summary>
    public int? IntervalWeeks { get; init; }
}

/// <summary>One week of the program. <see cref="Week"/> counts from 1.</summary>
public sealed record ProgramWeekRequest
{
    [Required]
    public int? Week { get; init; }

    [Required]
    public string? Title { get; init; }

    public string? Guidance { get; init; }
    public IReadOnlyList<string>? Skills { get; init; }
    public string? Homework { get; init; }
}

/// <summary>How the group is to be run; a field left out takes the default, or stays as it is.</summary>
public sealed record PoliciesRequest : ChangeRequest
{
    /// <summary><c>optional</c> (default), <c>expected</c> or <c>off</c>.</summary>
    public string? Camera { get; init; }

    /// <summary>Default true.</summary>
    public bool? LateArrivals { get; init; }

    /// <summary>0 to 3650; default 30.</summary>
    public int? ChatRetentionDays { get; init; }

    /// <summary>1 up to the capacity; default 2 (1 where there is one seat).</summary>
    public int? MinimumQuorum { get; init; }

    /// <summary>End-to-end encryption of media; not available yet.</summary>
    public bool? E2ee { get; init; }
}

/// <summary>A request in which a field left out means unchanged, so that one named with <c>null</c> must be told from it.</summary>
public abstract record ChangeRequest
{
    /// <summary>The fields that were named with <c>null</c>, in the order of the request.</summary>
    internal List<string> Nulls { get; } = [];
}

/// <summary>A group to be opened.</summary>
public sealed record OpenGroupRequest
{
    [Required]
    public string? Practice { get; init; }

    [Required]
    public string? Name { get; init; }

    /// <summary>Lower-case words joined by hyphens.</summary>
    [Required]
    public string? Topic { get; init; }

    /// <summary><c>psychotherapy_group</c>, <c>psychotherapy_individual</c>, <c>skills_education</c> or <c>intake</c>.</summary>
    [Required]
    public string? ServiceClass { get; init; }

    /// <summary>Members' seats, 1 to 500. About ten is usual for therapy; more than twelve is hard to hold.</summary>
    [Required]
    public int? Capacity { get; init; }

    /// <summary>Years, 0 to 120; default 18.</summary>
    public int? MinimumAge { get; init; }

    [Required]
    public Guid? FacilitatorId { get; init; }

    public IReadOnlyList<Guid>? CoFacilitatorIds { get; init; }

    [Required]
    public ScheduleRequest? Schedule { get; init; }

    public IReadOnlyList<ProgramWeekRequest>? Program { get; init; }

    /// <summary>One of the practice's programs, instead of weeks; the group gets its own copy of the newest version.</summary>
    public Guid? ProgramId { get; init; }

    public PoliciesRequest? Policies { get; init; }
    public string? Summary { get; init; }

    /// <summary><c>video</c> (default) or <c>in_person</c>.</summary>
    public string? Modality { get; init; }

    /// <summary>Where people meet in person: needed there, and none by video. A street address; calendars show it.</summary>
    public string? Venue { get; init; }

    /// <summary><c>always</c> (default), <c>marked</c> (new members begin at marked sessions) or <c>cohort</c> (all begin with the first session).</summary>
    public string? Admission { get; init; }

    /// <summary>42 CFR Part 2 may apply; default false. Cannot be changed later, since consents depend on it.</summary>
    public bool? Part2 { get; init; }

    /// <summary>Members have an intake before their first session; default false.</summary>
    public bool? IntakeFirst { get; init; }

    /// <summary>The operator accepts sessions during a facilitator's time off, and finds substitutes for them; default false.</summary>
    public bool? AcceptTimeOff { get; init; }
}

/// <summary>
/// A change of a group: a field left out stays as it is, null is refused. Lists replace the whole list. Fields that are not set here may come back as shown.
/// </summary>
public sealed record ChangeGroupRequest : ChangeRequest
{
    public string? Name { get; init; }
    public string? Topic { get; init; }

    /// <summary>A group whose class changes keeps its members; Enrollment decides each of them again under the new class.</summary>
    public string? ServiceClass { get; init; }

    public string? Summary { get; init; }
    public int? Capacity { get; init; }
    public int? MinimumAge { get; init; }
    public bool? IntakeFirst { get; init; }
    public IReadOnlyList<ProgramWeekRequest>? Program { get; init; }
    public PoliciesRequest? Policies { get; init; }

    /// <summary>Not set: may come back as it was shown.</summary>
    public Guid? Id { get; init; }

    /// <summary>Not set: may come back as it was shown.</summary>
    public string? Practice { get; init; }

    /// <summary>Not set: may come back as it was shown.</summary>
    public FacilitatorCard? Facilitator { get; init; }

    /// <summary>Not set: may come back as it was shown.</summary>
    public IReadOnlyList<FacilitatorCard>? CoFacilitators { get; init; }

    /// <summary>Not set: may come back as it was shown.</summary>
    public ScheduleView? Schedule { get; init; }

    /// <summary>Not set: may come back as it was shown.</summary>
    public DateOnly? StartsOn { get; init; }

    /// <summary>Not set: may come back as it was shown.</summary>
    public int? SeatsLeft { get; init; }

    /// <summary>Not set: may come back as it was shown.</summary>
    public IReadOnlyList<string>? OfferedIn { get; init; }

    /// <summary>Not set: may come back as it was shown.</summary>
    public string? Modality { get; init; }

    /// <summary>Not set: may come back as it was shown.</summary>
    public bool? Part2 { get; init; }

    /// <summary>Not set: may come back as it was shown.</summary>
    public string? Admission { get; init; }

    /// <summary>Not set: may come back as it was shown.</summary>
    public bool? Closed { get; init; }

    /// <summary>Not set: may come back as it was shown.</summary>
    public long? Version { get; init; }

    /// <summary>Not set: may come back as it was shown.</summary>
    public int? Weeks { get; init; }

    /// <summary>Not set: may come back as it was shown.</summary>
    public string? Venue { get; init; }

    /// <summary>Not set: may come back as it was shown.</summary>
    public DateTimeOffset? NextSessionAt { get; init; }

    /// <summary>Not set: may come back as it was shown.</summary>
    public DateTimeOffset? NextAdmissionAt { get; init; }
}
