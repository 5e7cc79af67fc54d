using System.Globalization;
using System.Text.Json.Nodes;
using GroupTherapy.Enrollment.Licensing;

namespace GroupTherapy.Enrollment.Domain;

/// <summary>The policy that a new practice starts with: every service that needs a licence, wherever the law allows it, and nothing else.</summary>
public static class SafePolicy
{
    public const int GraceDaysAfterMove = 14;

    public static JsonObject For(string practice, string name, IEnumerable<ServiceClassRow> services, DateTimeOffset now) => new()
    {
        ["id"] = $"practice-{practice}",
        ["practice"] = practice,
        ["name"] = name,
        ["offers"] = new JsonArray([.. services.Where(s => s.NeedsAuthority).Select(s => new JsonObject
        {
            ["serviceClass"] = s.Code,
            ["jurisdictions"] = new JsonArray("*"),
            ["residencyRequired"] = false,
            ["instead"] = new JsonArray(),
        })]),
        ["quorum"] = "lead_for_all",
        ["graceDaysAfterMove"] = GraceDaysAfterMove,
        ["crisisNeverDisconnects"] = true,
        ["citations"] = new JsonArray("Policy of a new practice: only what needs a licence, only where its facilitators are licensed"),
        ["sourceDate"] = now.ToString("yyyy-MM-dd", CultureInfo.InvariantCulture),
        ["confidence"] = "primary",
    };
}
