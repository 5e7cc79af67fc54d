using System.Collections.Concurrent;
using System.Net.Http.Json;
using System.Security.Claims;
using System.Text.Json.Nodes;
using GroupTherapy.Description;
using GroupTherapy.Gateway.Audit;
using GroupTherapy.Platform.Json;
using GroupTherapy.Platform.Problems;
using GroupTherapy.Platform.Web;

namespace GroupTherapy.Gateway.PersonalData;

/// <summary>
/// Everything that the services hold of the caller, collected in the background with the caller's own internal tokens: nothing of it travels on the bus or
/// is stored. It is kept in memory for ten minutes; another gateway behind the same name collects it again.
/// </summary>
internal static class ExportEndpoints
{
    /// <param name="Status"><c>collecting</c>; the address answers the data itself once it is there.</param>
    public sealed record Export(Guid Id, string Status, string Location, DateTimeOffset ExpiresAt);

    public static void MapExport(this IEndpointRouteBuilder app)
    {
        app.MapGet("/api/me/export", (ClaimsPrincipal person, Exports exports, HttpContext http) =>
            exports.Begin(person) is { } id ? Collecting(http, exports, id) : Problem.TryAgain())
            .ForSignedIn().Produces<Export>(202).Describe("exportMe", Tag.Profile, "Collect everything that is held of me");
        app.MapGet("/api/me/export/{id:guid}", async Task<IResult> (Guid id, ClaimsPrincipal person, Exports exports, HttpContext http) =>
        {
            if (exports.Find(person, id) is not { } collected)
            {
                return Problem.NotFound();
            }

            if (!collected.IsCompleted)
            {
                return Collecting(http, exports, id);
            }

            if (await collected is not { } data)
            {
                exports.Forget(person, id);
                return Problem.TryAgain();
            }

            http.Response.Headers.CacheControl = "no-store";
            var asPage = http.Request.Headers.Accept.ToString().Contains("text/html", StringComparison.OrdinalIgnoreCase);
            http.Response.Headers.ContentDisposition = asPage ? "inline" : "attachment; filename=\"my-data.json\"";
            return asPage ? TypedResults.Text(ExportPage.Of(data), "text/html; charset=utf-8") : TypedResults.Ok(data);
        }).ForSignedIn().Produces<JsonObject>().Produces<Export>(202).Describe("getMyExport", Tag.Profile, "What is held of me, as JSON or as a page");
    }

    private static IResult Collecting(HttpContext http, Exports exports, Guid id)
    {
        var location = $"/api/me/export/{id}";
        http.Response.Headers.RetryAfter = "1";
        return TypedResults.Accepted(location, new Export(id, "collecting", location, exports.ExpiryOf(id)));
    }
}

/// <summary>The exports of the last ten minutes.</summary>
internal sealed class Exports(ServiceCalls calls, TimeProvider clock)
{
    private const int MostAtOnce = 200;

    // Of the year 9998: an id may name an instant that no calendar has.
    private const long LastMillisecond = 253_370_764_800_000;
    private static readonly TimeSpan KeptFor = TimeSpan.FromMinutes(10);
    private static readonly TimeSpan SameWithin = TimeSpan.FromSeconds(30);
    private readonly ConcurrentDictionary<(string Account, Guid Id), Lazy<Task<JsonObject?>>> _running = new();

    public DateTimeOffset ExpiryOf(Guid id) => MadeAt(id) + KeptFor;

    /// <returns>Its id; null while too many are kept.</returns>
    public Guid? Begin(ClaimsPrincipal person)
    {
        var (account, now) = (AccountOf(person), clock.GetUtcNow());
        foreach (var (key, _) in _running.Where(r => ExpiryOf(r.Key.Id) < now))
        {
            _running.TryRemove(key, out _);
        }

        // Asked twice, collected once.
        var known = _running.Keys.Where(k => k.Account == account && now - MadeAt(k.Id) < SameWithin).ToList();
        if (known.Count > 0)
        {
            return known[0].Id;
        }

        if (_running.Count >= MostAtOnce)
        {
            return null;
        }

        var id = Guid.CreateVersion7(now);
        _ = Find(person, id);
        return id;
    }

    /// <returns>Null for an id that is over or was never given.</returns>
    public Task<JsonObject?>? Find(ClaimsPrincipal person, Guid id)
    {
        var now = clock.GetUtcNow();
        return id.Version != 7 || ExpiryOf(id) < now || MadeAt(id) > now.AddMinutes(1) ? null
            : _running.GetOrAdd((AccountOf(person), id), _ => new Lazy<Task<JsonObject?>>(() => CollectAsync(person))).Value;
    }

    public void Forget(ClaimsPrincipal person, Guid id) => _running.TryRemove((AccountOf(person), id), out _);

    // A copy that lacks a service would look complete: then there is none.
    private async Task<JsonObject?> CollectAsync(ClaimsPrincipal person)
    {
        var parts = await Task.WhenAll(GatewaySettings.ServiceNames.Select(async service =>
        {
            try
            {
                using var answer = await calls.GetAsync(service, "/internal/me/export", person, CancellationToken.None);
                return (service, Part: answer is { IsSuccessStatusCode: true } ? await answer.Content.ReadFromJsonAsync<JsonObject>() : null);
            }
            catch (Exception e) when (e is HttpRequestException or IOException or System.Text.Json.JsonException)
            {
                return (service, null);
            }
        }));
        if (parts.Any(p => p.Part is null))
        {
            return null;
        }

        var whole = new JsonObject { ["collectedAt"] = InstantConverter.Text(clock.GetUtcNow()) };
        foreach (var (service, part) in parts)
        {
            whole[service] = part;
        }

        return whole;
    }

    private static string AccountOf(ClaimsPrincipal person) => person.FindFirstValue("sub")!;

    // The first 48 bits of a UUIDv7 are its milliseconds.
    private static DateTimeOffset MadeAt(Guid id) =>
        DateTimeOffset.FromUnixTimeMilliseconds(
            Math.Min(id.ToByteArray(bigEndian: true).Take(6).Aggregate(0L, (sum, b) => (sum << 8) | b), LastMillisecond));
}
