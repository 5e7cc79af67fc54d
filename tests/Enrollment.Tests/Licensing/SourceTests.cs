using System.Text.RegularExpressions;
using GroupTherapy.Enrollment.Licensing;
using Xunit;

namespace GroupTherapy.Enrollment.Tests.Licensing;

/// <summary>States are data, and rules are pure: what the code may not contain.</summary>
public sealed partial class SourceTests
{
    private static readonly string Service = Path.GetFullPath(Path.Combine(CaseFile.Folder(), "../../../services/Enrollment"));

    [Fact]
    public void No_code_names_a_state()
    {
        var files = Sources();
        Assert.True(files.Length > 20);
        Assert.Empty(files.SelectMany(file => States(File.ReadAllText(file)).Select(state => $"{Path.GetFileName(file)}: {state}")));
    }

    [Fact]
    public void A_state_in_code_would_be_seen() =>
        Assert.Equal(["US-FL", "US-NY"], States("""if (place == "US-FL" || stated is "US-NY") // US-DC is one of the examples, US-XX is no state"""));

    [Fact]
    public void The_rules_use_no_clock_database_chance_or_bus()
    {
        var files = Directory.GetFiles(Path.Combine(Service, "Licensing"), "*.cs");
        Assert.Empty(files.Where(file => Impure().IsMatch(File.ReadAllText(file))).Select(Path.GetFileName));
        Assert.Matches(Impure(), "using Npgsql;");
        Assert.Matches(Impure(), "var now = clock.GetUtcNow();");
    }

    private static string[] Sources() => [.. Directory.GetFiles(Service, "*.cs", SearchOption.AllDirectories).Where(file => !Apart().IsMatch(file))];

    // US-DC serves as the example of a code in what clients are told.
    private static string[] States(string text) =>
        [.. Literal().Matches(text).Select(match => match.Value).Where(value => value != "US-DC" && SeededRuleSet.Compiled.IsJurisdiction(value))];

    [GeneratedRegex("/(Seed|obj|bin)/")]
    private static partial Regex Apart();

    [GeneratedRegex("US-[A-Z]{2}")]
    private static partial Regex Literal();

    [GeneratedRegex(@"Npgsql|MassTransit|HttpContext|TimeProvider|GetUtcNow|UtcNow\b|\bRandom\b|Guid\.(New|Create)|Stopwatch|Environment\.")]
    private static partial Regex Impure();
}
