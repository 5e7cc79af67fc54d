using System.Diagnostics;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Security.Claims;
using GroupTherapy.Gateway.Authentication;
using GroupTherapy.Gateway.Edge;
using GroupTherapy.Gateway.Internal;
using GroupTherapy.Gateway.Routing;
using GroupTherapy.Platform.Json;
using GroupTherapy.Platform.Problems;
using GroupTherapy.Platform.Security;
using Yarp.ReverseProxy.Model;

namespace GroupTherapy.Gateway.Audit;

/// <summary>A refusal of the gateway itself, as Identity's record keeps it.</summary>
/// <param name="What">Codes alone: status, code, method and the route's template.</param>
internal sealed record Refused(string What, string Who, string? Practice, string? Source);

/// <summary>
/// Requests that the gateway refused itself (no sign-in, a foreign origin, too many) reach no service. They are counted here and sent to Identity
/// each second, whose audit chain holds it.
/// </summary>
internal sealed class Refusals(GatewaySettings settings, InternalTokens tokens, RequestSource source, TimeProvider clock, ILogger<Refusals> log)
    : BackgroundService
{
    private const int MostKinds = 1024;
    private static readonly TimeSpan Every = TimeSpan.FromSeconds(1);
    private readonly Lock _lock = new();
    private readonly HttpClient _http = new() { Timeout = TimeSpan.FromSeconds(5) };
    private Dictionary<Refused, (string? Trace, int Count)> _waiting = [];
    private bool _isFailing;

    private sealed record Item(string What, string Who, string? Practice, string? Source, string? Trace, int Count);

    public void Add(HttpContext context)
    {
        var person = context.Items[AuthenticationMiddleware.PersonKey] as ClaimsIdentity;
        var practices = (person?.FindAll(Caller.MembershipClaim) ?? []).Select(c => c.Value.Split('@')[^1]).Distinct().Take(2).ToList();
        var code = context.Items[typeof(Problem)] ?? "-";
        var refused = new Refused(
            $"{context.Response.StatusCode} {code} {context.Request.Method} {RouteTable.TemplateOf(context.Request.Path.Value ?? "")}",
            person?.FindFirst("sub")?.Value is { } sub ? $"account:{sub}" : "anonymous",
            practices is [var only] ? only : null,
            source.Of(context)
        );
        lock (_lock)
        {
            // A flood of different ones is counted together.
            refused = _waiting.ContainsKey(refused) || _waiting.Count < MostKinds ? refused : new Refused("many", "anonymous", null, null);
            var (trace, count) = _waiting.GetValueOrDefault(refused, (Activity.Current?.TraceId.ToHexString(), 0));
            _waiting[refused] = (trace, count + 1);
        }
    }

    /// <summary>Sends the counts to Identity. Counts that could not be sent wait.</summary>
    internal async Task TellAsync(CancellationToken ct)
    {
        Dictionary<Refused, (string? Trace, int Count)> told;
        lock (_lock)
        {
            (told, _waiting) = (_waiting, []);
        }

        if (told.Count == 0)
        {
            return;
        }

        try
        {
            using var request = new HttpRequestMessage(HttpMethod.Post, new Uri(settings.Identity, "/internal/refusals"));
            request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", tokens.ForGateway("identity"));
            request.Content = JsonContent.Create(
                new { items = told.Select(t => new Item(t.Key.What, t.Key.Who, t.Key.Practice, t.Key.Source, t.Value.Trace, t.Value.Count)) },
                options: ContractJson.Options
            );
            using var answer = await _http.SendAsync(request, ct);
            answer.EnsureSuccessStatusCode();
            _isFailing = false;
        }
        catch (Exception e) when (e is HttpRequestException or OperationCanceledException)
        {
            if (!_isFailing)
            {
                log.LogWarning("Refusals wait for the record: {Error}", e.GetType().Name);
            }

            _isFailing = true;
            lock (_lock)
            {
                foreach (var (refused, (trace, count)) in told.Where(t => _waiting.Count < MostKinds || _waiting.ContainsKey(t.Key)))
                {
                    _waiting[refused] = (trace, count + _waiting.GetValueOrDefault(refused).Count);
                }
            }
        }
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(Every, clock);
        try
        {
            while (await timer.WaitForNextTickAsync(stoppingToken))
            {
                await TellAsync(stoppingToken);
            }
        }
        catch (OperationCanceledException)
        {
            await TellAsync(CancellationToken.None);
        }
    }

    public override void Dispose()
    {
        _http.Dispose();
        base.Dispose();
    }
}

/// <summary>Sees every answer last, and takes down those refusals that no service saw.</summary>
internal sealed class RefusalMiddleware(RequestDelegate next, Refusals refusals)
{
    public async Task InvokeAsync(HttpContext context)
    {
        await next(context);
        if (
            context.Response.StatusCode is 401 or 403 or 429
            && !context.IsInternal()
            && context.Features.Get<IReverseProxyFeature>()?.ProxiedDestination is null
        )
        {
            refusals.Add(context);
        }
    }
}
