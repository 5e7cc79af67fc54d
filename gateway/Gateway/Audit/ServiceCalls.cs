using System.Net;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Security.Claims;
using GroupTherapy.Gateway.Edge;
using GroupTherapy.Gateway.Internal;
using GroupTherapy.Platform.Json;
using GroupTherapy.Platform.Resilience;
using GroupTherapy.Platform.Security;
using GroupTherapy.Platform.Web;
using Polly;

namespace GroupTherapy.Gateway.Audit;

/// <summary>Calls from the gateway itself to services, for merged answers. Each service has its own resilience pipeline and circuit breaker.</summary>
internal sealed class ServiceCalls(GatewaySettings settings, InternalTokens tokens, RequestSource source, IHttpContextAccessor current) : IDisposable
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(30);
    private readonly HttpClient _http = new() { Timeout = Timeout.InfiniteTimeSpan };
    private readonly Dictionary<string, ResiliencePipeline> _pipelines = settings.Services.Keys.ToDictionary(
        s => s,
        s => Outbound.Pipeline($"audit-{s}", Limit)
    );

    /// <summary>Sends a GET to the nodes of a service in turn until one answers.</summary>
    /// <returns>Null when no node answers.</returns>
    public Task<HttpResponseMessage?> GetAsync(string service, string pathAndQuery, ClaimsPrincipal? person, CancellationToken ct) =>
        SendAsync(service, node => new HttpRequestMessage(HttpMethod.Get, new Uri(node, pathAndQuery)), person, ct);

    /// <summary>Sends a POST that may be repeated: a node that does not answer may have carried it out.</summary>
    /// <returns>Null when no node answers.</returns>
    public Task<HttpResponseMessage?> PostAsync(string service, string path, object body, ClaimsPrincipal person, CancellationToken ct) =>
        SendAsync(
            service,
            node => new HttpRequestMessage(HttpMethod.Post, new Uri(node, path)) { Content = JsonContent.Create(body, options: ContractJson.Options) },
            person,
            ct
        );

    /// <summary>Sends what may be repeated, also when the request that caused it is over.</summary>
    /// <param name="json">The body; null for none.</param>
    /// <param name="from">The address for the record.</param>
    /// <returns>Null when no node answers.</returns>
    public Task<HttpResponseMessage?> SendAsync(
        string service,
        HttpMethod method,
        string path,
        byte[]? json,
        ClaimsPrincipal person,
        string? from,
        CancellationToken ct
    ) =>
        SendAsync(
            service,
            node =>
            {
                var request = new HttpRequestMessage(method, new Uri(node, path));
                if (json is not null)
                {
                    request.Content = new ByteArrayContent(json) { Headers = { ContentType = new("application/json") } };
                }

                if (from is not null)
                {
                    request.Headers.Add(Caller.SourceHeader, from);
                }

                return request;
            },
            person,
            ct
        );

    private async Task<HttpResponseMessage?> SendAsync(string service, Func<Uri, HttpRequestMessage> create, ClaimsPrincipal? person, CancellationToken ct)
    {
        foreach (var node in settings.Services[service])
        {
            try
            {
                return await _pipelines[service]
                    .ExecuteAsync(
                        async token =>
                        {
                            using var request = create(node);
                            if (person is not null)
                            {
                                request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", tokens.For(person, [service]));
                            }

                            if (!request.Headers.Contains(Caller.SourceHeader) && source.Of(current.HttpContext) is { } from)
                            {
                                request.Headers.Add(Caller.SourceHeader, from);
                            }

                            var answer = await _http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, token);
                            if (answer.StatusCode is HttpStatusCode.ServiceUnavailable)
                            {
                                answer.Dispose();
                                throw new HttpRequestException("unavailable");
                            }

                            return answer;
                        },
                        ct
                    );
            }
            catch (Exception e) when (e is HttpRequestException or ExecutionRejectedException)
            {
                // The next node, if there is one.
            }
        }

        return null;
    }

    public void Dispose() => _http.Dispose();
}
