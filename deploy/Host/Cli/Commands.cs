using GroupTherapy.Host.Options;

namespace GroupTherapy.Host.Cli;

/// <summary>A command line after parsing.</summary>
public abstract record Command(string DataFolder);

/// <summary>Start everything and look after it.</summary>
public sealed record Up(string DataFolder, RunOptions Options, bool Detach) : Command(DataFolder)
{
    /// <summary>The data folder was named and not taken by default.</summary>
    public bool DataChosen { get; init; }

    /// <summary>This process is the one that <c>--detach</c> leaves behind.</summary>
    public bool IsDaemon { get; init; }
}

/// <summary>Stop what <c>up</c> started with the same data folder, and nothing else.</summary>
public sealed record Down(string DataFolder) : Command(DataFolder);

/// <summary>Say what runs, where, and how healthy.</summary>
public sealed record Status(string DataFolder, bool Json) : Command(DataFolder);

/// <summary>Say what is missing before the first member comes.</summary>
public sealed record Check(string DataFolder, bool Json) : Command(DataFolder);

/// <summary>Replace a secret.</summary>
public sealed record Rotate(string DataFolder, string Name) : Command(DataFolder);

/// <summary>Run the tests of the projects whose name contains <paramref name="Name"/>, or all.</summary>
/// <param name="RunnerArguments">The words after <c>--</c>, passed on to each project's test runner.</param>
public sealed record Test(string? Name, IReadOnlyList<string> RunnerArguments) : Command("");

/// <summary>Make a practice.</summary>
public sealed record AddPractice(string DataFolder, string Id, string Name) : Command(DataFolder);

/// <summary>Invite the first operator of a practice.</summary>
public sealed record InviteOperator(string DataFolder, string Email, IReadOnlyList<string> Practices) : Command(DataFolder);

/// <summary>Take the second factors of a person who lost them away.</summary>
public sealed record ResetSecondFactor(string DataFolder, string Email) : Command(DataFolder);

public sealed record Help(string Text) : Command("");
