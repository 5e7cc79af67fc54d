using System.Net;
using System.Net.Http.Json;
using System.Security.Claims;
using System.Text.Json;
using System.Text.Json.Nodes;
using GroupTherapy.Gateway.Audit;
using GroupTherapy.Gateway.Edge;
using GroupTherapy.Platform.Json;

namespace GroupTherapy.Gateway.PersonalData;

/// <summary>
/// Collects a person's data from every service and leaves it with Identity, which keeps it sealed until it is over: no gateway holds anything of it, and
/// when one stops midway, the next that is asked takes over (decision 0070).
/// </summary>
internal sealed class Exports(ServiceCalls calls, RequestSource source, TimeProvider clock, ILogger<Exports> log)
{
    private const string Kept = "/internal/me/exports";

    /// <param name="Collect">This gateway is to collect it.</param>
    public sealed record Begun(Guid Id, DateTimeOffset ExpiresAt, bool Collect);

    /// <returns>Null when Identity does not answer.</returns>
    public async Task<Begun?> BeginAsync(ClaimsPrincipal person, HttpContext http, CancellationToken ct)
    {
        using var answer = await calls.SendAsync("identity", HttpMethod.Post, Kept, null, person, source.Of(http), ct);
        return answer is { IsSuccessStatusCode: true } ? await BegunAsync(answer, person, http, ct) : null;
    }

    /// <returns>Not known: it is over, another's, or of another sign-in. Known with neither: it cannot be had now.</returns>
    public async Task<(bool Known, Begun? Begun, JsonObject? Data)> OpenAsync(ClaimsPrincipal person, Guid id, HttpContext http, CancellationToken ct)
    {
        using var answer = await calls.SendAsync("identity", HttpMethod.Post, $"{Kept}/{id}", null, person, source.Of(http), ct);
        return answer?.StatusCode switch
        {
            HttpStatusCode.OK => (true, null, await answer.Content.ReadFromJsonAsync<JsonObject>(ct)),
            HttpStatusCode.Accepted => (true, await BegunAsync(answer, person, http, ct), null),
            HttpStatusCode.NotFound => (false, null, null),
            _ => (true, null, null),
        };
    }

    private async Task<Begun?> BegunAsync(HttpResponseMessage answer, ClaimsPrincipal person, HttpContext http, CancellationToken ct)
    {
        var begun = await answer.Content.ReadFromJsonAsync<Begun>(ContractJson.Options, ct);
        if (begun is { Collect: true })
        {
            _ = CollectAsync(begun.Id, person, source.Of(http));
        }

        return begun;
    }

    // A copy that lacks a service would look complete: then there is none.
    private async Task CollectAsync(Guid id, ClaimsPrincipal person, string? from)
    {
        try
        {
            var parts = await Task.WhenAll(GatewaySettings.ServiceNames.Select(service => PartAsync(service, person, from)));
            if (parts.Any(p => p.Part is null))
            {
                using var failed = await calls.SendAsync("identity", HttpMethod.Post, $"{Kept}/{id}/failed", null, person, from, CancellationToken.None);
                return;
            }

            var whole = new JsonObject { ["collectedAt"] = InstantConverter.Text(clock.GetUtcNow()) };
            foreach (var (service, part) in parts)
            {
                whole[service] = part;
            }

            var bytes = JsonSerializer.SerializeToUtf8Bytes(whole, ContractJson.Options);
            using var kept = await calls.SendAsync("identity", HttpMethod.Put, $"{Kept}/{id}", bytes, person, from, CancellationToken.None);
        }
        catch (Exception e) when (e is HttpRequestException or IOException or OperationCanceledException)
        {
            // The claim ends by itself, and the next request collects it.
            log.LogWarning("An export was not collected: {Kind}", e.GetType().Name);
        }
    }

    private async Task<(string Service, JsonObject? Part)> PartAsync(string service, ClaimsPrincipal person, string? from)
    {
        try
        {
            using var answer = await calls.SendAsync(service, HttpMethod.Get, "/internal/me/export", null, person, from, CancellationToken.None);
            return (service, answer is { IsSuccessStatusCode: true } ? await answer.Content.ReadFromJsonAsync<JsonObject>() : null);
        }
        catch (Exception e) when (e is HttpRequestException or IOException or JsonException)
        {
            return (service, null);
        }
    }
}
