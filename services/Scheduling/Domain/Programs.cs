using System.ComponentModel.DataAnnotations;
using GroupTherapy.Platform.Problems;

namespace GroupTherapy.Scheduling.Domain;

/// <summary>A program of a practice, as lists name it.</summary>
/// <param name="Weeks">How many weeks it has.</param>
/// <param name="Version">Grows with every change.</param>
public sealed record ProgramInBrief(Guid Id, string Title, string Topic, int Weeks, long Version, DateTimeOffset ChangedAt);

/// <summary>One version of a program.</summary>
public sealed record ProgramDetail(
    Guid Id,
    string Practice,
    string Title,
    string Topic,
    IReadOnlyList<ProgramWeek> Program,
    long Version,
    DateTimeOffset ChangedAt
);

/// <summary>A program as it is to be; a change makes a new version of the whole.</summary>
public record SaveProgramRequest
{
    [Required]
    public string? Title { get; init; }

    /// <summary>Lower-case words joined by hyphens.</summary>
    [Required]
    public string? Topic { get; init; }

    [Required]
    public IReadOnlyList<ProgramWeekRequest>? Program { get; init; }
}

/// <summary>A program as it is from now on. Fields that are not set may come back as they were shown.</summary>
public sealed record ChangeProgramRequest : SaveProgramRequest
{
    /// <summary>Not set: may come back as it was shown.</summary>
    public Guid? Id { get; init; }

    /// <summary>Not set: may come back as it was shown.</summary>
    public string? Practice { get; init; }

    /// <summary>Not set: may come back as it was shown.</summary>
    public long? Version { get; init; }

    /// <summary>Not set: may come back as it was shown.</summary>
    public DateTimeOffset? ChangedAt { get; init; }
}

/// <summary>The rules of programs: their bounds, and how much of a group's program each role sees. Pure.</summary>
public static class ProgramRules
{
    public static FieldErrors Check(SaveProgramRequest r)
    {
        var errors = new FieldErrors()
            .Text(r.Title, "title", 200)
            .Check(GroupRules.IsTopic(r.Topic), "topic", "Lower-case words joined by hyphens, like grief-and-loss.")
            .Check(r.Program is { Count: > 0 }, "program", "A program has at least one week.");
        GroupRules.CheckProgram(r.Program, errors);
        return errors;
    }

    public static FieldErrors Check(ChangeProgramRequest r, ProgramDetail shown) =>
        Check(r)
            .AsShown(r.Id, shown.Id, "id")
            .AsShown(r.Practice, shown.Practice, "practice")
            .AsShown(r.Version, shown.Version, "version")
            .AsShown(r.ChangedAt, shown.ChangedAt, "changedAt");

    /// <summary>The titles alone, and guidance, skills and homework up to a week.</summary>
    /// <param name="upTo">0 for a visitor, the current week for a member, <see cref="int.MaxValue"/> for staff and operators.</param>
    public static IReadOnlyList<ProgramWeek> UpTo(IReadOnlyList<ProgramWeek> program, int upTo) =>
        [.. program.Select(w => w.Week <= upTo ? w : w with { Guidance = "", Skills = [], Homework = null })];
}
