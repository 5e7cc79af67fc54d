using System.Text.Json.Nodes;
using GroupTherapy.Tests.Support;

namespace GroupTherapy.History;

/// <summary>What the judge said.</summary>
/// <param name="Exit">0: no violation; 1: at least one; 2: malformed, or a required part was not exercised.</param>
public sealed record Verdict(int Exit, JsonNode Report)
{
    public IEnumerable<string> Violations => Report["violations"]!.AsObject().Select(v => v.Key);

    public JsonNode Metrics => Report["metrics"]!;

    /// <summary>Each fault with the seconds from it until every probe that had failed answered again.</summary>
    public IEnumerable<(string Kind, double Seconds)> Recoveries =>
        Metrics["faults"]!
            .AsArray()
            .Select(f =>
                ((string)f!["kind"]!, f["probes"]!.AsObject().Select(p => (double?)p.Value!["recovered_s"] ?? double.PositiveInfinity).DefaultIfEmpty(0).Max())
            );
}

/// <summary><c>tests/tools/check_history.py</c>.</summary>
public static class Judge
{
    /// <param name="require">Parts that must have been exercised: <c>chat,private</c>.</param>
    public static async Task<Verdict> CheckAsync(string history, string require)
    {
        var (exit, output) = await Python.RunAsync(Python.Tool("check_history.py"), "check", history, "--require", require);
        return new Verdict(exit, output.Length == 0 ? new JsonObject() : JsonNode.Parse(output)!);
    }
}
