using System.Text.Json;
using GroupTherapy.Contracts.Scheduling.V1;
using GroupTherapy.Platform.Json;
using GroupTherapy.Scheduling.Domain;
using GroupTherapy.Scheduling.Series;

namespace GroupTherapy.Scheduling.Api;

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

    /// <summary><c>video</c> or <c>in_person</c>.</summary>
    public required string Modality { get; init; }
}

/// <summary>A group with all that is public about it.</summary>
public sealed record GroupDetail : GroupCard
{
    public required IReadOnlyList<ProgramWeek> Program { get; init; }
    public required GroupPolicies Policies { get; init; }
    public required IReadOnlyList<FacilitatorCard> CoFacilitators { get; init; }

    /// <summary>Years.</summary>
    public required int MinimumAge { get; init; }

    public required bool IntakeFirst { get; init; }

    /// <summary>42 CFR Part 2 may apply: a further consent is asked for.</summary>
    public required bool Part2 { get; init; }

    public required DateOnly StartsOn { get; init; }

    /// <summary>Where people meet in person; null for a group by video.</summary>
    public required string? Venue { get; init; }

    /// <summary><c>always</c>, <c>marked</c> or <c>cohort</c>.</summary>
    public required string Admission { get; init; }

    /// <summary>Start of the next session with which a new member can begin; null when there is none.</summary>
    public required DateTimeOffset? NextAdmissionAt { get; init; }

    /// <summary>Null for a series without an end.</summary>
    public required int? Weeks { get; init; }

    public required bool Closed { get; init; }

    /// <summary>Grows with every change; the <c>ETag</c> holds it.</summary>
    public required long Version { get; init; }
}

/// <summary>How a group is shown.</summary>
internal static class GroupViews
{
    extension(Group group)
    {
        public string ETag => $"\"{group.Version}\"";

        public GroupCard Card() => new()
        {
            Id = group.Id,
            Practice = group.Practice,
            Name = group.Name,
            Topic = group.Topic,
            ServiceClass = group.ServiceClass,
            Facilitator = group.Lead,
            Schedule = group.Schedule,
            NextSessionAt = group.ClosedAt is null ? group.NextSessionAt : null,
            Capacity = group.Capacity,
            SeatsLeft = group.SeatsLeft,
            OfferedIn = group.OfferedIn,
            Summary = group.Summary,
            Modality = group.Modality,
        };

        public GroupDetail Detail() => new()
        {
            Id = group.Id,
            Practice = group.Practice,
            Name = group.Name,
            Topic = group.Topic,
            ServiceClass = group.ServiceClass,
            Facilitator = group.Lead,
            Schedule = group.Schedule,
            NextSessionAt = group.ClosedAt is null ? group.NextSessionAt : null,
            Capacity = group.Capacity,
            SeatsLeft = group.SeatsLeft,
            OfferedIn = group.OfferedIn,
            Summary = group.Summary,
            Program = JsonSerializer.Deserialize<List<ProgramWeek>>(group.Program, ContractJson.Options)!,
            Policies = group.Policies,
            CoFacilitators = JsonSerializer.Deserialize<List<FacilitatorCard>>(group.CoFacilitators, ContractJson.Options)!,
            MinimumAge = group.MinimumAge,
            Modality = group.Modality,
            IntakeFirst = group.IntakeFirst,
            Part2 = group.Part2,
            StartsOn = group.StartsOn,
            Venue = group.Venue,
            Admission = group.Admission,
            NextAdmissionAt = group.ClosedAt is null ? group.NextAdmissionAt : null,
            Weeks = group.Weeks,
            Closed = group.ClosedAt is not null,
            Version = group.Version,
        };

        private FacilitatorCard Lead => new(group.LeadFacilitatorId, group.LeadName, group.LeadCredentials);

        private ScheduleView Schedule => new(SeriesRules.DayOfWeek(group.AnchorOn), group.LocalTime, group.TimeZone, group.DurationMinutes,
            group.IntervalWeeks);
    }
}
