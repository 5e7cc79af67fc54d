using System.Text.Json;
using System.Text.RegularExpressions;

namespace GroupTherapy.Security.Tests;

/// <summary>
/// Every hostile request and free attack that this product must withstand has a number. A test covers it by bearing the number in its name
/// (<c>R02_a_refusal_…</c>) or in its trait <c>hostile</c>; a number without a test has a reason here.
/// </summary>
public sealed partial class CoverageTests
{
    /// <param name="Not">Why no test covers it.</param>
    private sealed record Line(string Id, string Interface, string? Not = null);

    private static readonly JsonSerializerOptions Format = new(JsonSerializerDefaults.Web);

    [Fact]
    public void Every_line_has_a_test_that_names_it_or_a_reason()
    {
        var lines = File.ReadLines(Path.Combine(AppContext.BaseDirectory, "lines.jsonl")).Where(l => l.Length > 0)
            .Select(l => JsonSerializer.Deserialize<Line>(l, Format)!).ToList();
        var covering = lines.ToDictionary(l => l.Id, _ => new SortedSet<string>(StringComparer.Ordinal));
        foreach (var (id, test) in TestsInSources())
        {
            if (covering.TryGetValue(id, out var tests))
            {
                tests.Add(test);
            }
        }

        var open = lines.Where(l => covering[l.Id].Count == 0).ToList();
        Say($"{lines.Count} lines, {lines.Count - open.Count} covered by {covering.Values.SelectMany(t => t).Distinct().Count()} tests, {open.Count} not:");
        foreach (var line in open)
        {
            Say($"{line.Id} ({line.Interface}): {line.Not ?? "no reason is given"}");
        }

        Assert.DoesNotContain(open, line => line.Not is null);
    }

    [Theory]
    [InlineData("    public async Task R26_a_token_is_spent_once()", "R26")]
    [InlineData("    [Trait(\"hostile\", \"R01 H28\")]\n    public void No_connection_is_admitted()", "R01 H28")]
    [InlineData("    [Fact]\n    [Trait(\"hostile\", \"M01\")]\n    public void No_connection_is_admitted()", "M01")]
    [InlineData("    // R02 in a comment covers nothing\n    public void No_connection_is_admitted()", "")]
    public void A_test_is_found_by_its_name_and_by_its_trait(string source, string ids) =>
        Assert.Equal(ids, string.Join(' ', Named(source).Select(n => n.Id)));

    // The host prints what begins so.
    private static void Say(string text) => Console.WriteLine($"hostile: {text}");

    private static IEnumerable<(string Id, string Test)> TestsInSources()
    {
        var own = Path.DirectorySeparatorChar + "Security.Tests" + Path.DirectorySeparatorChar;
        return Directory.EnumerateFiles(Path.Combine(Root(), "tests"), "*.cs", SearchOption.AllDirectories)
            .Where(file => !file.Contains(own, StringComparison.Ordinal))
            .SelectMany(file => Named(File.ReadAllText(file)).Select(named => (named.Id, $"{Path.GetFileNameWithoutExtension(file)}.{named.Test}")));
    }

    private static IEnumerable<(string Id, string Test)> Named(string source) => Test().Matches(source).SelectMany(match =>
        Trait().Matches(match.Groups["attributes"].Value).SelectMany(trait => Number().Matches(trait.Groups["ids"].Value)).Select(n => n.Value)
            .Concat(Number().Matches(match.Groups["name"].Value.Split('_')[0]).Select(n => n.Value))
            .Select(id => (id, match.Groups["name"].Value)));

    private static string Root()
    {
        var folder = AppContext.BaseDirectory;
        while (!File.Exists(Path.Combine(folder, "GroupTherapy.sln")))
        {
            folder = Path.GetDirectoryName(folder) ?? throw new InvalidOperationException("The tests do not run inside a checkout.");
        }

        return folder;
    }

    [GeneratedRegex(@"(?<attributes>(?:\[[^\n]*\]\s*)*)public (?:static )?(?:async )?(?:Task|void|ValueTask)[A-Za-z<>]* (?<name>\w+)\(")]
    private static partial Regex Test();

    [GeneratedRegex(@"\[Trait\(""hostile"", ""(?<ids>[^""]+)""\)\]")]
    private static partial Regex Trait();

    [GeneratedRegex(@"\b[A-Z][0-9]{2}\b")]
    private static partial Regex Number();
}
