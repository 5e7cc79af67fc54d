using System.Globalization;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using GroupTherapy.Enrollment.Licensing;

namespace GroupTherapy.Enrollment.Domain;

/// <summary>The policy that a new practice starts with: every service that needs a licence, wherever the law allows it, and nothing else.</summary>
public static partial class SafePolicy
{
    public const int GraceDaysAfterMove = 14;
    private const int LongestName = 120;

    /// <summary>Whether a practice that the bus tells of can stand in a rule set: an id as Scheduling makes them, and a name.</summary>
    public static bool Knows(string? practice, string? name) =>
        practice is not null && Id().IsMatch(practice) && name is { Length: > 0 and <= 2 * LongestName };

    [GeneratedRegex(@"\A[a-z][a-z0-9-]{0,39}\z")]
    private static partial Regex Id();

    public static JsonObject For(string practice, string name, IEnumerable<ServiceClassRow> services, DateTimeOffset now) =>
        new()
        {
            ["id"] = $"practice-{practice}",
            ["practice"] = practice,
            ["name"] = name,
            ["offers"] = new JsonArray([
                .. services
                    .Where(s => s.NeedsAuthority)
                    .Select(s => new JsonObject
                    {
                        ["serviceClass"] = s.Code,
                        ["jurisdictions"] = new JsonArray("*"),
                        ["residencyRequired"] = false,
                        ["instead"] = new JsonArray(),
                    }),
            ]),
            ["quorum"] = "lead_for_all",
            ["graceDaysAfterMove"] = GraceDaysAfterMove,
            ["crisisNeverDisconnects"] = true,
            ["citations"] = new JsonArray("Policy of a new practice: only what needs a licence, only where its facilitators are licensed"),
            ["sourceDate"] = now.ToString("yyyy-MM-dd", CultureInfo.InvariantCulture),
            ["confidence"] = "primary",
        };
}
