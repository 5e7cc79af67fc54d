using System.Globalization;
using System.Security.Claims;
using System.Text.Json.Nodes;
using GroupTherapy.Contracts.Identity;
using GroupTherapy.Description;
using GroupTherapy.Platform.Json;
using GroupTherapy.Platform.Problems;
using GroupTherapy.Platform.Web;

namespace GroupTherapy.Gateway.Audit;

/// <summary>
/// The audit endpoints for operators. Each service has its own chain. Without <c>service</c> the list walks the services in turn (each entry names
/// its service), and <c>verify</c> covers all of them.
/// </summary>
internal static class AuditEndpoints
{
    public sealed record Verdict(long Entries, bool Intact, long? FirstBroken, IReadOnlyList<ServiceVerdict> Services);

    public sealed record ServiceVerdict(string Service, long Entries, bool Intact, long? FirstBroken);

    private sealed record Chain(long Entries, bool Intact, long? FirstBroken);

    public sealed record AuditEntry(
        string Service,
        long? Seq,
        DateTimeOffset At,
        string Act,
        string Who,
        Guid? Subject,
        Guid? Ref,
        JsonNode? Data,
        string? Practice,
        string? Source,
        string? Trace,
        string? Hash
    );

    public static void MapAudit(this IEndpointRouteBuilder app)
    {
        app.MapGet("/api/audit", ListAsync)
            .For(Roles.Operator)
            .Produces<Page<AuditEntry>>()
            .Describe("listAudit", Tag.Operations, "Audit entries, in their order");
        app.MapGet("/api/audit/verify", VerifyAsync).For(Roles.Operator).Produces<Verdict>().Describe("verifyAudit", Tag.Operations, "Check the hash chains");
        app.MapGet("/api/audit/export", ExportAsync)
            .For(Roles.Operator)
            .Produces<string>(200, "application/x-ndjson")
            .Describe("exportAudit", Tag.Operations, "All audit entries as ndjson")
            .AfterStepUp();
    }

    private static async Task<IResult> ListAsync(
        string? service,
        Guid? subject,
        DateTimeOffset? from,
        Paging page,
        ClaimsPrincipal person,
        ServiceCalls calls,
        CancellationToken ct
    )
    {
        if (Unknown(service) is { } problem)
        {
            return problem;
        }

        // A cursor holds a service and that service's own cursor.
        var order = Selected(service);
        var (at, inner) =
            page.After is [var name, var own] && order.Contains(name) ? (order.IndexOf(name), own)
            : page.After.Count == 0 ? (0, "")
            : throw new FieldException("cursor", "This is not a cursor of this list.");
        var items = new JsonArray();
        while (at < order.Count && items.Count < page.Limit)
        {
            var start = Query("from", from is { } f ? InstantConverter.Text(f) : null);
            var query = $"limit={page.Limit - items.Count}{Query("subject", subject?.ToString())}{start}{Query("cursor", inner)}";
            using var answer = await calls.GetAsync(order[at], $"/internal/audit?{query}", person, ct);
            if (answer is null)
            {
                return Problem.TryAgain();
            }

            if (!answer.IsSuccessStatusCode)
            {
                return await RelayAsync(answer, ct);
            }

            var part = (await answer.Content.ReadFromJsonAsync<JsonObject>(ct))!;
            foreach (var item in part["items"]!.AsArray().ToList())
            {
                part["items"]!.AsArray().Remove(item);
                items.Add(item);
            }

            inner = (string?)part["nextCursor"] ?? "";
            at += inner.Length == 0 ? 1 : 0;
        }

        return TypedResults.Ok(new JsonObject { ["items"] = items, ["nextCursor"] = at < order.Count ? page.CursorAt([order[at], inner]) : null });
    }

    private static async Task<IResult> VerifyAsync(string? service, ClaimsPrincipal person, ServiceCalls calls, CancellationToken ct)
    {
        if (Unknown(service) is { } problem)
        {
            return problem;
        }

        var verdicts = await Task.WhenAll(
            Selected(service)
                .Select(async name =>
                {
                    using var answer = await calls.GetAsync(name, "/internal/audit/verify", person, ct);
                    return answer is { IsSuccessStatusCode: true } && await answer.Content.ReadFromJsonAsync<Chain>(ct) is { } c
                        ? new ServiceVerdict(name, c.Entries, c.Intact, c.FirstBroken)
                        : null;
                })
        );
        var all = verdicts.OfType<ServiceVerdict>().ToList();
        return all.Count < verdicts.Length
            ? Problem.TryAgain()
            : TypedResults.Ok(new Verdict(all.Sum(v => v.Entries), all.All(v => v.Intact), all.FirstOrDefault(v => !v.Intact)?.FirstBroken, all));
    }

    private static async Task<IResult> ExportAsync(string? service, ClaimsPrincipal person, HttpContext http, ServiceCalls calls)
    {
        if (Unknown(service) is { } problem)
        {
            return problem;
        }

        if (service is null)
        {
            return Problem.Invalid("service", $"Each service has its own chain. One of {string.Join(", ", GatewaySettings.ServiceNames)}.");
        }

        var answer = await calls.GetAsync(service, "/internal/audit/export", person, http.RequestAborted);
        if (answer is null)
        {
            return Problem.TryAgain();
        }

        http.Response.RegisterForDispose(answer);
        return answer.IsSuccessStatusCode
            ? TypedResults.Stream(
                await answer.Content.ReadAsStreamAsync(http.RequestAborted),
                "application/x-ndjson",
                string.Create(CultureInfo.InvariantCulture, $"audit-{service}.ndjson")
            )
            : await RelayAsync(answer, http.RequestAborted);
    }

    private static List<string> Selected(string? service) => service is null ? [.. GatewaySettings.ServiceNames] : [service];

    private static Problem? Unknown(string? service) =>
        service is null || GatewaySettings.ServiceNames.Contains(service)
            ? null
            : Problem.Invalid("service", $"One of {string.Join(", ", GatewaySettings.ServiceNames)}.");

    private static string Query(string name, string? value) => string.IsNullOrEmpty(value) ? "" : $"&{name}={Uri.EscapeDataString(value)}";

    private static async Task<IResult> RelayAsync(HttpResponseMessage answer, CancellationToken ct) =>
        TypedResults.Text(await answer.Content.ReadAsStringAsync(ct), Problem.MediaType, statusCode: (int)answer.StatusCode);
}
