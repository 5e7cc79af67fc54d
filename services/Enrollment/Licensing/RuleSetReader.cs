using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;

namespace GroupTherapy.Enrollment.Licensing;

/// <summary>Reads a document that an operator sent: strictly, and with every fault told where it is.</summary>
public static partial class RuleSetReader
{
    /// <summary>A document as text under another number; everything else stays as it was written.</summary>
    public static string Renumber(JsonNode document, int version)
    {
        var copy = document.DeepClone().AsObject();
        copy["version"] = version;
        return copy.ToJsonString();
    }

    /// <param name="version">The number the document will carry, whatever it says itself.</param>
    /// <param name="root">The beginning of each path, such as <c>document</c>.</param>
    public static RuleSetReading Read(JsonElement json, int version, string root)
    {
        if (json.ValueKind != JsonValueKind.Object)
        {
            return Refused(root, "A rule set's document is needed.");
        }

        var text = Renumber(JsonObject.Create(json)!, version);
        try
        {
            var element = JsonElement.Parse(text);
            var document = element.Deserialize<RuleSetDocument>(LicensingJson.Options)!;
            var problems = RuleSetStructure.Problems(document);
            problems = problems.Count == 0 ? Bounds.Problems(document) : problems;
            return problems.Count == 0
                ? new RuleSetReading(document, text, CompiledRuleSet.HashOf(element), new Dictionary<string, string[]>())
                : new RuleSetReading(null, text, "", ByPath(document, problems, root));
        }
        catch (JsonException unreadable)
        {
            var path = unreadable.Path is { Length: > 1 } at ? $"{root}{at[1..]}" : root;
            var missing = Missing().Match(unreadable.Message);
            return missing.Success
                ? new RuleSetReading(
                    null,
                    text,
                    "",
                    Quoted().Matches(missing.Value).ToDictionary(name => $"{path}.{name.Groups[1].Value}", _ => new[] { "This field is needed." })
                )
                : Refused(
                    path,
                    unreadable.Message.Contains("could not be mapped", StringComparison.Ordinal) ? "There is no such field." : "This value cannot be read."
                );
        }
    }

    // A sentence about a row begins with the row's id; its place in the document is what a client can point at.
    private static Dictionary<string, string[]> ByPath(RuleSetDocument document, IReadOnlyList<string> problems, string root)
    {
        var paths = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (var (name, value) in JsonSerializer.SerializeToNode(document, LicensingJson.Options)!.AsObject())
        {
            for (var i = 0; value is JsonArray rows && i < rows.Count; i++)
            {
                if ((string?)rows[i]?["id"] is { } id)
                {
                    paths.TryAdd(id, $"{root}.{name}[{i}]");
                }
            }
        }

        paths.TryAdd(document.LocationRule?.Id ?? "", $"{root}.locationRule");
        return problems.GroupBy(Path, StringComparer.Ordinal).ToDictionary(same => same.Key, same => same.ToArray(), StringComparer.Ordinal);

        string Path(string problem) =>
            problem.IndexOf(": ", StringComparison.Ordinal) is > 0 and var end && paths.TryGetValue(problem[..end], out var path) ? path : root;
    }

    private static RuleSetReading Refused(string path, string message) => new(null, "", "", new Dictionary<string, string[]> { [path] = [message] });

    [GeneratedRegex("missing required properties including: .*")]
    private static partial Regex Missing();

    [GeneratedRegex("'([A-Za-z]+)'")]
    private static partial Regex Quoted();
}

/// <summary>Either a sound document or what is wrong with it.</summary>
/// <param name="Text">The document as it is kept.</param>
/// <param name="Sha256">Of its canonical form.</param>
/// <param name="Errors">Messages by path; empty for a sound document.</param>
public sealed record RuleSetReading(RuleSetDocument? Document, string Text, string Sha256, IReadOnlyDictionary<string, string[]> Errors);
