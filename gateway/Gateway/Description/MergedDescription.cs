using System.Text.Json.Nodes;
using GroupTherapy.Gateway.Audit;
using GroupTherapy.Gateway.Edge;
using GroupTherapy.Gateway.Routing;
using GroupTherapy.Platform.Json;
using GroupTherapy.Platform.Problems;
using GroupTherapy.Platform.Web;
using Microsoft.AspNetCore.OpenApi;
using Microsoft.OpenApi;

namespace GroupTherapy.Gateway.Description;

/// <summary>
/// Merges the OpenAPI documents of the services: only paths that the gateway routes to that service, schema names prefixed by the service.
/// The last document of each service is kept, so that a service that is down does not remove its paths.
/// </summary>
internal sealed class MergedDescription(ServiceCalls calls, IServiceProvider services, TimeProvider clock) : IDisposable
{
    private static readonly TimeSpan FreshFor = TimeSpan.FromSeconds(30);
    private readonly Dictionary<string, JsonObject> _known = [];
    private readonly SemaphoreSlim _single = new(1, 1);
    private string? _merged;
    private long _at;

    /// <returns>The document; null until every service has answered once.</returns>
    public async Task<string?> GetAsync(CancellationToken ct)
    {
        await _single.WaitAsync(ct);
        try
        {
            if (_merged is null || clock.GetElapsedTime(_at) >= FreshFor)
            {
                await AskAsync(ct);
            }

            return _merged;
        }
        finally
        {
            _single.Release();
        }
    }

    public void Dispose() => _single.Dispose();

    private async Task AskAsync(CancellationToken ct)
    {
        var answers = await Task.WhenAll(
            GatewaySettings.ServiceNames.Select(async service =>
            {
                try
                {
                    using var answer = await calls.GetAsync(service, "/openapi/v1.json", null, ct);
                    return (service, document: answer is { IsSuccessStatusCode: true } ? await answer.Content.ReadFromJsonAsync<JsonObject>(ct) : null);
                }
                catch (Exception e) when (e is HttpRequestException or System.Text.Json.JsonException)
                {
                    return (service, document: null);
                }
            })
        );
        foreach (var (service, document) in answers)
        {
            if (document is not null)
            {
                _known[service] = document;
            }
        }

        _at = clock.GetTimestamp();
        if (GatewaySettings.ServiceNames.All(_known.ContainsKey))
        {
            var own = await services.GetRequiredKeyedService<IOpenApiDocumentProvider>("v1").GetOpenApiDocumentAsync(ct);
            var parts = GatewaySettings
                .ServiceNames.Select(s => (s, _known[s]))
                .Append((GatewayApp.Service, JsonNode.Parse(await own.SerializeAsJsonAsync(OpenApiSpecVersion.OpenApi3_1, ct))!.AsObject()));
            _merged = DescriptionMerge.Of(parts, RouteTable.ServiceOf).ToJsonString(ContractJson.Options);
        }
    }
}

internal static class DescriptionSetup
{
    private const string Json = "application/json; charset=utf-8";

    public static void MapPublicDescription(this IEndpointRouteBuilder app)
    {
        app.MapGet(
                "/openapi/v1.json",
                async (MergedDescription description, CancellationToken ct) =>
                    await description.GetAsync(ct) is { } document ? (IResult)TypedResults.Text(document, Json) : Problem.TryAgain()
            )
            .ForAnyone()
            .ExcludeFromDescription();
        app.MapGet(
                "/asyncapi/v1.json",
                async (RoomDescription description, CancellationToken ct) =>
                    await description.GetAsync(ct) is { } document ? (IResult)TypedResults.Text(document, Json) : Problem.TryAgain()
            )
            .ForAnyone()
            .ExcludeFromDescription();
        app.MapGet(
                "/docs",
                async (MergedDescription description, RoomDescription hub, HttpContext http, CancellationToken ct) =>
                {
                    if (await description.GetAsync(ct) is not { } document)
                    {
                        return (IResult)Problem.TryAgain();
                    }

                    var live = await hub.GetAsync(ct);
                    http.Features.Set(new ContentPolicy("no-store", new PagePolicy(DocsPage.ContentSecurityPolicy, "")));
                    return TypedResults.Text(
                        DocsPage.Of(JsonNode.Parse(document)!.AsObject(), live is null ? null : JsonNode.Parse(live)!.AsObject()),
                        "text/html; charset=utf-8"
                    );
                }
            )
            .ForAnyone()
            .ExcludeFromDescription();
    }
}
