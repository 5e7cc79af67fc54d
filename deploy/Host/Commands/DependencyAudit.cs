using System.Text.Json;
using System.Text.Json.Nodes;
using GroupTherapy.Host.Processes;

namespace GroupTherapy.Host.Commands;

/// <summary>A known vulnerability of a package that is used.</summary>
/// <param name="Url">Of the advisory; its last part is the id that an exception names.</param>
public sealed record Advisory(string Package, string Severity, string Url)
{
    public string Id => Url[(Url.LastIndexOf('/') + 1)..];
}

/// <summary>An advisory that does not concern us, with the reason, for a time: <c>deploy/audit-exceptions.json</c>.</summary>
public sealed record AuditException(string Advisory, string Why, DateOnly Until);

/// <summary>Asks NuGet and npm for known vulnerabilities of the packages in use. A machine that cannot ask says so and does not fail.</summary>
public static class DependencyAudit
{
    private const string ExceptionsFile = "deploy/audit-exceptions.json";
    private static readonly TimeSpan Limit = TimeSpan.FromMinutes(3);
    private static readonly JsonSerializerOptions Format = new(JsonSerializerDefaults.Web);

    /// <returns>The faults to mend: advisories without an exception, and exceptions that are over.</returns>
    public static async Task<IReadOnlyList<string>> RunAsync(string root, Action<string> say, DateOnly today)
    {
        var found = new List<Advisory>();
        foreach (
            var (name, command, folder, read) in new (string, string[], string, Func<string, IReadOnlyList<Advisory>?>)[]
            {
                (
                    "NuGet",
                    [DotnetPath.Value, "list", "GroupTherapy.sln", "package", "--vulnerable", "--include-transitive", "--format", "json"],
                    root,
                    ReadNuGet
                ),
                ("npm", ["/usr/bin/env", "npm", "audit", "--json"], Path.Combine(root, "gateway", "web"), ReadNpm),
            }
        )
        {
            if (read(await AskAsync(command, folder)) is { } advisories)
            {
                found.AddRange(advisories);
            }
            else
            {
                say($"{name} cannot be asked for vulnerabilities from here: its packages were NOT audited");
            }
        }

        return Judge(found, Exceptions(root), today);
    }

    /// <summary>The pure rule: every advisory is mended or excepted, and no exception outlives its day.</summary>
    public static IReadOnlyList<string> Judge(IEnumerable<Advisory> found, IReadOnlyList<AuditException> exceptions, DateOnly today) =>
        [
            .. found
                .Distinct()
                .Where(a => !exceptions.Any(e => e.Advisory == a.Id && e.Until >= today))
                .Select(a => $"{a.Package} has a known vulnerability ({a.Severity}): {a.Url}"),
            .. exceptions.Where(e => e.Until < today).Select(e => $"The exception for {e.Advisory} in {ExceptionsFile} ended on {e.Until:yyyy-MM-dd}."),
        ];

    /// <summary>Findings of <c>dotnet list package --vulnerable --format json</c>; null when it could not ask.</summary>
    internal static IReadOnlyList<Advisory>? ReadNuGet(string output) =>
        Parse(output) is not { } json || json["projects"] is not JsonArray projects || json["problems"] is JsonArray { Count: > 0 }
            ? null
            :
            [
                .. Items(projects, "frameworks")
                    .SelectMany(f => Items([f], "topLevelPackages").Concat(Items([f], "transitivePackages")))
                    .SelectMany(p => Items([p], "vulnerabilities").Select(v => new Advisory(Text(p, "id"), Text(v, "severity"), Text(v, "advisoryurl")))),
            ];

    /// <summary>Findings of <c>npm audit --json</c>; null when it could not ask.</summary>
    internal static IReadOnlyList<Advisory>? ReadNpm(string output) =>
        Parse(output)?["vulnerabilities"] is not JsonObject all
            ? null
            :
            [
                .. all.SelectMany(p => p.Value!["via"]!.AsArray().OfType<JsonObject>())
                    .Select(v => new Advisory(Text(v, "name"), Text(v, "severity"), Text(v, "url"))),
            ];

    private static IEnumerable<JsonObject> Items(IEnumerable<JsonNode?> of, string name) =>
        of.SelectMany(o => o?[name] as JsonArray ?? []).OfType<JsonObject>();

    private static string Text(JsonObject of, string name) => of[name]?.ToString() ?? "";

    private static async Task<string> AskAsync(IReadOnlyList<string> command, string folder)
    {
        using var limit = new CancellationTokenSource(Limit);
        try
        {
            return (await Tool.CaptureAsync(command, limit.Token, start => start.WorkingDirectory = folder)).Output;
        }
        catch (Exception e) when (e is OperationCanceledException or System.ComponentModel.Win32Exception)
        {
            return "";
        }
    }

    // Warnings may stand before or after the document.
    private static JsonNode? Parse(string output)
    {
        var (from, to) = (output.IndexOf('{', StringComparison.Ordinal), output.LastIndexOf('}'));
        try
        {
            return from >= 0 && to > from ? JsonNode.Parse(output[from..(to + 1)]) : null;
        }
        catch (JsonException)
        {
            return null;
        }
    }

    private static IReadOnlyList<AuditException> Exceptions(string root) =>
        File.Exists(Path.Combine(root, ExceptionsFile))
            ? JsonSerializer.Deserialize<AuditException[]>(File.ReadAllText(Path.Combine(root, ExceptionsFile)), Format) ?? []
            : [];
}
