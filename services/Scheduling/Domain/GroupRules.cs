using System.Text.RegularExpressions;
using GroupTherapy.Contracts.Scheduling.V1;
using GroupTherapy.Platform.Problems;
using GroupTherapy.Scheduling.Series;
using GroupTherapy.Unicode;
using NodaTime;

namespace GroupTherapy.Scheduling.Domain;

/// <summary>A valid group to be opened, with all defaults filled in.</summary>
public sealed record GroupPlan(
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
    Guid FacilitatorId,
    IReadOnlyList<Guid> CoFacilitatorIds,
    string? Venue,
    string Admission,
    int? Weeks,
    WeeklySeries Series,
    IReadOnlyList<ProgramWeek> Program,
    GroupPolicies Policies
);

/// <summary>Checks what a group may be; every fault is named by its field.</summary>
public static partial class GroupRules
{
    public const int LargestCapacity = 500;

    /// <summary>The series may have begun this many days ago, so that a group that meets already can be brought in.</summary>
    public const int DaysBack = 7;

    /// <summary>About two years: practices do not plan further ahead, and every date stays far from the end of the calendar.</summary>
    public const int DaysAhead = 731;

    public static readonly IReadOnlyList<string> ServiceClasses = ["psychotherapy_group", "psychotherapy_individual", "skills_education", "intake"];
    public static readonly IReadOnlyList<string> WaysToMeet = [Modalities.Video, Modalities.InPerson];
    public static readonly IReadOnlyList<string> Admissions = ["always", "marked", "cohort"];
    public static readonly IReadOnlyList<string> Cameras = ["optional", "expected", "off"];

    public const int LongestVenue = 300;

    private const int LongestText = 4000;
    private const int LongestSkill = 200;
    private const int MostCoFacilitators = 10;

    /// <summary>The defaults where the request says nothing.</summary>
    public static GroupPolicies DefaultPolicies(int capacity) => new("optional", true, 30, Math.Clamp(capacity, 1, 2));

    private static GroupPolicies Fitting(GroupPolicies policies, int capacity) =>
        policies with
        {
            MinimumQuorum = Math.Clamp(policies.MinimumQuorum, 1, Math.Max(1, capacity)),
        };

    public static bool IsTopic(string? text) => text is { Length: <= 60 } && Topic().IsMatch(text);

    public static bool IsPractice(string? text) => text is { Length: <= 40 } && Practice().IsMatch(text);

    /// <param name="ofPractice">The policies that the practice's groups start with.</param>
    /// <returns>The plan, or null with the faults in <paramref name="errors"/>.</returns>
    public static GroupPlan? Check(OpenGroupRequest r, DateTimeOffset now, FieldErrors errors, GroupPolicies? ofPractice = null)
    {
        errors
            .Check(IsPractice(r.Practice), "practice", "The practice's id is needed.")
            .Name(r.Name, "name", 120)
            .Check(r.Capacity is not null, "capacity", "This is needed.")
            .Check(r.FacilitatorId is not null && r.FacilitatorId != Guid.Empty, "facilitatorId", "This is needed.")
            .Check(r.ServiceClass is not null && ServiceClasses.Contains(r.ServiceClass), "serviceClass", $"One of {string.Join(", ", ServiceClasses)}.")
            .Check(r.Modality is null || WaysToMeet.Contains(r.Modality), "modality", $"One of {string.Join(", ", WaysToMeet)}.")
            .Check(r.Admission is null || Admissions.Contains(r.Admission), "admission", $"One of {string.Join(", ", Admissions)}.")
            .Check(r.Modality != Modalities.InPerson || r.Venue is not null, "venue", "Where do people meet? This is needed for a group that meets in person.")
            .Check(r.Modality == Modalities.InPerson || r.Venue is null, "venue", "Only a group that meets in person has a venue.")
            .OptionalText(r.Venue, "venue", LongestVenue);
        CheckShared(r.Topic ?? "", r.Summary, r.Capacity, r.MinimumAge ?? 18, errors);
        CheckProgram(r.Program, errors);
        errors.Check(r.ProgramId is null || r.Program is not { Count: > 0 }, "program", "The weeks of a program, or the id of one; not both.");

        var capacity = r.Capacity ?? 1;
        var policies = Merge(ofPractice is null ? DefaultPolicies(capacity) : Fitting(ofPractice, capacity), r.Policies);
        CheckPolicies(policies, capacity, errors);

        var staff = r.CoFacilitatorIds ?? [];
        errors
            .Check(staff.Count <= MostCoFacilitators, "coFacilitatorIds", $"At most {MostCoFacilitators}.")
            .Check(
                staff.Distinct().Count() == staff.Count && (r.FacilitatorId is not { } lead || !staff.Contains(lead)),
                "coFacilitatorIds",
                "Each person can be named once."
            );

        var series = CheckSchedule(r.Schedule, now, errors);
        return errors.Any || series is null
            ? null
            : new GroupPlan(
                r.Practice!,
                NameRules.Trim(r.Name!),
                r.Topic!,
                r.ServiceClass!,
                r.Summary?.Trim() ?? "",
                capacity,
                r.MinimumAge ?? 18,
                r.Modality ?? "video",
                r.Part2 ?? false,
                r.IntakeFirst ?? false,
                r.FacilitatorId!.Value,
                staff,
                r.Venue?.Trim(),
                r.Admission ?? "always",
                r.Schedule!.Weeks,
                series,
                ProgramOf(r.Program),
                policies
            );
    }

    /// <summary>Null has no meaning in a change, except for a field that is shown as null and comes back as it was.</summary>
    public static void CheckNulls(ChangeRequest change, PoliciesRequest? policies, FieldErrors errors, params IEnumerable<string> shownAsNull)
    {
        foreach (var field in change.Nulls.Except(shownAsNull).Concat(policies?.Nulls.Select(name => $"policies.{name}") ?? []))
        {
            errors.Check(false, field, "This cannot be null. Leave it out to keep it as it is.");
        }
    }

    /// <summary>Checks what a change asks for against what the group will then be.</summary>
    public static void Check(ChangeGroupRequest r, GroupPolicies policies, int capacity, FieldErrors errors)
    {
        if (r.Name is not null)
        {
            errors.Name(r.Name, "name", 120);
        }

        errors.Check(r.ServiceClass is null || ServiceClasses.Contains(r.ServiceClass), "serviceClass", $"One of {string.Join(", ", ServiceClasses)}.");
        CheckShared(r.Topic, r.Summary, r.Capacity, r.MinimumAge, errors);
        CheckProgram(r.Program, errors);
        CheckPolicies(policies, capacity, errors);
    }

    /// <summary>Whether only the program is to change: every other field that is named has its present value.</summary>
    public static bool ChangesProgramAlone(ChangeGroupRequest r, Group group) =>
        (
            r.Name is null ? group.Name : NameRules.Trim(r.Name),
            r.Topic ?? group.Topic,
            r.ServiceClass ?? group.ServiceClass,
            r.Summary?.Trim() ?? group.Summary,
            r.Capacity ?? group.Capacity,
            r.MinimumAge ?? group.MinimumAge,
            r.IntakeFirst ?? group.IntakeFirst
        ) == (group.Name, group.Topic, group.ServiceClass, group.Summary, group.Capacity, group.MinimumAge, group.IntakeFirst)
        && Merge(group.Policies, r.Policies) == group.Policies;

    /// <summary>The requested values, and for the rest those from before.</summary>
    public static GroupPolicies Merge(GroupPolicies before, PoliciesRequest? asked) =>
        asked is null
            ? before
            : new GroupPolicies(
                asked.Camera ?? before.Camera,
                asked.LateArrivals ?? before.LateArrivals,
                asked.ChatRetentionDays ?? before.ChatRetentionDays,
                asked.MinimumQuorum ?? before.MinimumQuorum
            );

    public static IReadOnlyList<ProgramWeek> ProgramOf(IReadOnlyList<ProgramWeekRequest>? program) =>
        [.. (program ?? []).OrderBy(w => w.Week).Select(w => new ProgramWeek(w.Week!.Value, w.Title!.Trim(), w.Guidance ?? "", w.Skills ?? [], w.Homework))];

    private static void CheckShared(string? topic, string? summary, int? capacity, int? minimumAge, FieldErrors errors) =>
        errors
            .Check(topic is null || IsTopic(topic), "topic", "Lower-case words joined by hyphens, like grief-and-loss.")
            .OptionalText(summary, "summary", 1000, manyLines: true)
            .Check(capacity is null or (>= 1 and <= LargestCapacity), "capacity", $"1 to {LargestCapacity}.")
            .Check(minimumAge is null or (>= 0 and <= 120), "minimumAge", "0 to 120 years.");

    internal static void CheckPolicies(GroupPolicies policies, int capacity, FieldErrors errors) =>
        errors
            .Check(Cameras.Contains(policies.Camera), "policies.camera", $"One of {string.Join(", ", Cameras)}.")
            .Check(policies.ChatRetentionDays is >= 0 and <= 3650, "policies.chatRetentionDays", "0 to 3650 days.")
            .Check(policies.MinimumQuorum >= 1 && policies.MinimumQuorum <= Math.Max(1, capacity), "policies.minimumQuorum", "1 up to the capacity.");

    internal static void CheckProgram(IReadOnlyList<ProgramWeekRequest>? program, FieldErrors errors)
    {
        if (program is null)
        {
            return;
        }

        errors
            .Check(program.Count <= 104, "program", "At most 104 weeks.")
            .Check(program.Select(w => w?.Week).Distinct().Count() == program.Count, "program", "Each week is described once.");
        for (var i = 0; i < program.Count; i++)
        {
            var at = $"program[{i}]";
            if (program[i] is not { } week)
            {
                errors.Check(false, at, "This is needed.");
                continue;
            }

            errors
                .Check(week.Week is >= 1 and <= 104, $"{at}.week", "1 to 104.")
                .Text(week.Title, $"{at}.title", 200)
                .OptionalText(week.Guidance, $"{at}.guidance", LongestText, manyLines: true)
                .OptionalText(week.Homework, $"{at}.homework", LongestText, manyLines: true)
                .Check(
                    week.Skills is null || (week.Skills.Count <= 20 && week.Skills.All(IsSkill)),
                    $"{at}.skills",
                    $"At most 20, each of 1 to {LongestSkill} characters."
                );
        }
    }

    private static WeeklySeries? CheckSchedule(ScheduleRequest? s, DateTimeOffset now, FieldErrors errors)
    {
        if (s is null)
        {
            errors.Check(false, "schedule", "This is needed.");
            return null;
        }

        var zone = SeriesRules.Zone(s.TimeZone);
        var time = SeriesRules.Time(s.LocalTime);
        var isDate = DateOnly.TryParseExact(s.StartsOn, "yyyy-MM-dd", null, System.Globalization.DateTimeStyles.None, out var startsOn);
        var today = Instant.FromDateTimeOffset(now).InZone(zone ?? DateTimeZone.Utc).Date;
        var daysAgo = new DateOnly(today.Year, today.Month, today.Day).DayNumber - startsOn.DayNumber;
        var durationFits = s.DurationMinutes is >= 15 and <= 480;
        var weeksFit = s.Weeks is null or (>= 1 and <= 104);
        var intervalFits = s.IntervalWeeks is null or 1 or 2;
        errors
            .Check(zone is not null, "schedule.timeZone", "An IANA zone, like America/New_York.")
            .Check(time is not null, "schedule.localTime", "HH:MM, 00:00 to 23:59.")
            .Check(isDate, "schedule.startsOn", "A date, like 2026-11-24.")
            .Check(!isDate || daysAgo <= DaysBack, "schedule.startsOn", $"At most {DaysBack} days ago.")
            .Check(!isDate || daysAgo >= -DaysAhead, "schedule.startsOn", "At most two years ahead.")
            .Check(durationFits, "schedule.durationMinutes", "15 to 480 minutes.")
            .Check(weeksFit, "schedule.weeks", "1 to 104, or null for a series without an end.")
            .Check(intervalFits, "schedule.intervalWeeks", "1 or 2.");
        if (zone is null || time is null || !isDate || !durationFits || !weeksFit || !intervalFits || daysAgo is > DaysBack or < -DaysAhead)
        {
            return null;
        }

        var interval = s.IntervalWeeks ?? 1;
        var series = new WeeklySeries(startsOn, time.Value, zone, s.DurationMinutes!.Value, SeriesRules.MeetingsOf(s.Weeks, interval), interval);
        errors.Check(SeriesRules.NotOver(series, now).Any(), "schedule.startsOn", "Every session of this series has ended already.");
        return series;
    }

    private static bool IsSkill(string? text) =>
        text is not null && NameRules.IsVisible(text) && TextRules.Length(text) <= LongestSkill && TextRules.IsClean(text);

    [GeneratedRegex("^[a-z0-9]+(-[a-z0-9]+)*\\z")]
    private static partial Regex Topic();

    [GeneratedRegex("^[a-z][a-z0-9-]*\\z")]
    private static partial Regex Practice();
}
