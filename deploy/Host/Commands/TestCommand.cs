using System.Diagnostics;
using System.Globalization;
using System.Xml.Linq;
using GroupTherapy.Host.Cli;
using GroupTherapy.Host.Processes;
using GroupTherapy.Host.Startup;

namespace GroupTherapy.Host.Commands;

/// <summary><c>deploy/test</c>: builds everything, runs the test projects one after the other, and says how many tests passed.</summary>
public static class TestCommand
{
    /// <summary>A project that runs longer is taken for hanging and is ended.</summary>
    private static readonly TimeSpan Limit = TimeSpan.FromMinutes(30);

    /// <summary>Tests that ended in each way.</summary>
    public readonly record struct Tally(int Passed, int Failed, int Skipped)
    {
        public static Tally operator +(Tally a, Tally b) => new(a.Passed + b.Passed, a.Failed + b.Failed, a.Skipped + b.Skipped);

        public override string ToString() => $"{Passed} passed, {Failed} failed, {Skipped} skipped";
    }

    public static async Task<int> RunAsync(Test test, string root, Progress progress)
    {
        var projects = Projects(root, test.Name);
        if (projects.Count == 0)
        {
            throw new HostException(
                test.Name is null ? "There are no test projects in tests/." : $"No test project's name contains '{test.Name}'.",
                $"There are: {string.Join(", ", Projects(root, null).Select(Path.GetFileNameWithoutExtension))}"
            );
        }

        var results = Path.Combine(root, "artifacts", "test-results");
        if (Directory.Exists(results))
        {
            Directory.Delete(results, recursive: true);
        }

        Directory.CreateDirectory(results);
        await Packages.EnsureAsync(media: true, progress, Path.Combine(results, "packages.log"), CancellationToken.None, tests: true);
        // Everything is built where everything is tested; a part alone brings what it refers to.
        foreach (var target in test.Name is null ? [Path.Combine(root, "GroupTherapy.sln")] : projects)
        {
            await progress.StepAsync($"Building {Path.GetFileNameWithoutExtension(target)}", () => BuildAsync(target, Path.Combine(results, "build.log")));
        }

        var (sum, failures) = (default(Tally), new List<string>());
        if (test.Name is null && await progress.StepAsync("Checking the format", () => UnformattedAsync(root)) is { Count: > 0 } files)
        {
            sum += new Tally(0, 1, 0);
            failures.Add($"\nFAILED format: `dotnet format whitespace . --folder --exclude artifacts` changes these files:\n{string.Join('\n', files)}");
        }

        if (test.Name is null)
        {
            var today = DateOnly.FromDateTime(TimeProvider.System.GetUtcNow().UtcDateTime);
            foreach (var vulnerable in await progress.StepAsync("Auditing the packages", () => DependencyAudit.RunAsync(root, progress.Say, today)))
            {
                sum += new Tally(0, 1, 0);
                failures.Add($"\nFAILED audit: {vulnerable}");
            }
        }

        foreach (var project in projects)
        {
            var (tally, problems) = await RunProjectAsync(project, root, test.RunnerArguments, results, progress);
            sum += tally;
            failures.AddRange(problems);
        }

        foreach (var failure in failures)
        {
            progress.Print(failure);
        }

        if (sum.Passed + sum.Failed + sum.Skipped == 0)
        {
            progress.Print("No test was run.");
        }

        progress.Print(sum.ToString());
        return sum is { Failed: 0, Passed: > 0 } && failures.Count == 0 ? 0 : 1;
    }

    /// <summary>The test projects whose name contains <paramref name="name"/>, whatever the case.</summary>
    public static IReadOnlyList<string> Projects(string root, string? name) =>
        [
            .. Directory
                .EnumerateDirectories(Path.Combine(root, "tests"), "*.Tests")
                .Select(folder => Path.Combine(folder, Path.GetFileName(folder) + ".csproj"))
                .Where(File.Exists)
                .Where(project => name is null || Path.GetFileNameWithoutExtension(project).Contains(name, StringComparison.OrdinalIgnoreCase))
                .OrderBy(project => project, StringComparer.Ordinal),
        ];

    /// <summary>
    /// Counts and failures of one result file, as xunit's own runner writes it. A test that was found and neither passed nor failed was skipped.
    /// </summary>
    public static (Tally Tally, IReadOnlyList<string> Failures) Read(XDocument results)
    {
        var tests = results.Descendants("test").ToList();
        var failed = tests.Where(t => Result(t) is not ("Pass" or "Skip" or "NotRun")).ToList();
        // A class or a fixture that failed outside its tests is an error of its own.
        var errors = results.Descendants("error").ToList();
        return (
            new Tally(tests.Count(t => Result(t) == "Pass"), failed.Count + errors.Count, tests.Count(t => Result(t) is "Skip" or "NotRun")),
            [.. failed.Concat(errors).Select(Describe)]
        );

        static string Result(XElement test) => (string?)test.Attribute("result") ?? "Fail";

        static string Describe(XElement test)
        {
            var said = test.Descendants().Where(e => e.Name.LocalName is "message" or "stack-trace").Select(e => e.Value.Trim());
            return $"\nFAILED {(string?)test.Attribute("name")}\n{string.Join('\n', said)}";
        }
    }

    private static async Task<(Tally Tally, IReadOnlyList<string> Failures)> RunProjectAsync(
        string project,
        string root,
        IReadOnlyList<string> arguments,
        string results,
        Progress progress
    )
    {
        var name = Path.GetFileNameWithoutExtension(project);
        var file = Path.Combine(results, $"{name}.xml");
        // A test project is a program: its own runner needs no adapter, and takes the arguments that xunit documents.
        var program = Path.Combine(root, "artifacts", "bin", name, "debug", $"GroupTherapy.{name}.dll");
        var output = "";
        var code = 0;
        var watch = Stopwatch.StartNew();
        using var limit = new CancellationTokenSource(Limit);
        try
        {
            await progress.StepAsync(
                name,
                async () => (code, output) = await Tool.CaptureAsync([DotnetPath.Value, program, "-noColor", "-result-xml", file, .. arguments], limit.Token)
            );
        }
        catch (OperationCanceledException)
        {
            return (new Tally(0, 1, 0), [$"\nFAILED {name} did not end within {Limit.TotalMinutes:0} minutes"]);
        }

        await File.WriteAllTextAsync(Path.Combine(results, $"{name}.log"), output);
        foreach (var line in output.Split('\n').Where(line => line.StartsWith("hostile: ", StringComparison.Ordinal)))
        {
            progress.Print(line);
        }

        if (LoadOrNull(file) is not { } document)
        {
            return (new Tally(0, 1, 0), [$"\nFAILED {name} ended with code {code} and without results; the end of its output:\n{EndOf(output)}"]);
        }

        var (tally, failures) = Read(document);
        progress.Say($"{name}: {tally} ({watch.Elapsed.TotalSeconds.ToString("0", CultureInfo.InvariantCulture)} s)");
        // The run as a whole can fail where no test did: a crash after the last one, say.
        return code != 0 && failures.Count == 0
            ? (tally + new Tally(0, 1, 0), [$"\nFAILED {name} ended with code {code}:\n{EndOf(output)}"])
            : (tally, failures);
    }

    /// <summary>The files that <c>dotnet format</c> would change. Its style rules need no check of their own: they are errors of the build.</summary>
    private static async Task<IReadOnlyList<string>> UnformattedAsync(string root)
    {
        var (code, output) = await Tool.CaptureAsync(
            [DotnetPath.Value, "format", "whitespace", ".", "--folder", "--verify-no-changes", "--exclude", "artifacts"],
            CancellationToken.None,
            start => start.WorkingDirectory = root
        );
        return code == 0 ? [] : UnformattedFiles(output, root);
    }

    /// <summary>The files named by <c>dotnet format --verify-no-changes</c>, relative to the checkout; its last lines when it names none.</summary>
    internal static IReadOnlyList<string> UnformattedFiles(string output, string root)
    {
        var files = output
            .Split('\n')
            .Where(line => line.Contains(": error ", StringComparison.Ordinal) && line.Contains('(', StringComparison.Ordinal))
            .Select(line => Path.GetRelativePath(root, line[..line.IndexOf('(', StringComparison.Ordinal)]))
            .Distinct()
            .Order(StringComparer.Ordinal)
            .ToList();
        return files.Count > 0 ? files : [EndOf(output)];
    }

    // A run that crashed leaves no file, or half of one.
    private static XDocument? LoadOrNull(string file)
    {
        try
        {
            return File.Exists(file) ? XDocument.Load(file) : null;
        }
        catch (System.Xml.XmlException)
        {
            return null;
        }
    }

    private static string EndOf(string output) => string.Join('\n', output.Split('\n').TakeLast(20));

    private static async Task BuildAsync(string target, string log)
    {
        var (code, output) = await Tool.CaptureAsync(
            [DotnetPath.Value, "build", target, "-c", "Debug", "-v", "q", "-clp:NoSummary", "-nodeReuse:false"],
            CancellationToken.None
        );
        await File.AppendAllTextAsync(log, output);
        if (code != 0)
        {
            var errors = output.Split('\n').Where(line => line.Contains("error", StringComparison.Ordinal)).Distinct().Take(20);
            throw new HostException($"{Path.GetFileName(target)} does not build.", $"The whole output is in {log}; the errors:\n{string.Join('\n', errors)}");
        }
    }
}
