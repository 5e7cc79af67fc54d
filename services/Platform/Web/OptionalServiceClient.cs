using System.Net;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Text.Json;
using GroupTherapy.Platform.Resilience;
using GroupTherapy.Platform.Security;
using Microsoft.AspNetCore.Http;
using Polly;
using Polly.CircuitBreaker;
using Polly.Timeout;

namespace GroupTherapy.Platform.Web;

/// <summary>
/// Another service, asked in a caller's name with the caller's own internal token, within two seconds and behind a circuit breaker of its own. For what
/// may not travel on the bus; each caller can answer without it.
/// </summary>
/// <param name="address">Null where the deployment names none: it then cannot be asked.</param>
public sealed class OptionalServiceClient(string name, string? address) : IDisposable
{
    private readonly HttpClient _http = new() { BaseAddress = new Uri(address ?? "http://127.0.0.1:1") };
    private readonly ResiliencePipeline _calls = Outbound.Pipeline(name, TimeSpan.FromSeconds(2));

    /// <returns>Not reached: it could not be asked, refused, or said what cannot be read. Reached without a value: 404, it knows nothing of this.</returns>
    public async Task<(bool Reached, T? Value)> AskAsync<T>(HttpContext http, string path, CancellationToken ct)
    {
        try
        {
            return await _calls.ExecuteAsync(
                async token =>
                {
                    var bearer = new AuthenticationHeaderValue("Bearer", InternalTokenAuthentication.Bearer(http.Request));
                    using var request = new HttpRequestMessage(HttpMethod.Get, path) { Headers = { Authorization = bearer } };
                    using var response = await _http.SendAsync(request, token);
                    return response.StatusCode == HttpStatusCode.NotFound
                        ? (true, default)
                        : (true, await response.EnsureSuccessStatusCode().Content.ReadFromJsonAsync<T>(token));
                },
                ct
            );
        }
        catch (Exception e) when (e is HttpRequestException or TimeoutRejectedException or BrokenCircuitException or JsonException)
        {
            return (false, default);
        }
    }

    public void Dispose() => _http.Dispose();
}
