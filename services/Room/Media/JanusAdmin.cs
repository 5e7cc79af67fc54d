using System.Net.Http.Json;
using System.Text.Json;
using System.Text.Json.Nodes;
using Polly;
using Polly.CircuitBreaker;
using Polly.Retry;
using Polly.Timeout;

namespace GroupTherapy.Room.Media;

/// <summary>A refusal of Janus or of its VideoRoom plugin, with its number.</summary>
internal sealed class JanusException(int code, string reason) : Exception($"Janus refused: {code} {reason}")
{
    public const int NoSuchSession = 458;
    public const int NoSuchRoom = 426;
    public const int RoomExists = 427;
    public const int NoSuchFeed = 428;
    public const int ParticipantExists = 436;

    public int Code => code;

    /// <summary>The session, the handle or the room is not there any more, or has forgotten the participant.</summary>
    public bool IsGone => code is NoSuchSession or NoSuchRoom or 424 or 459;

    /// <exception cref="JanusException">The message is an error, of the core or of the plugin.</exception>
    public static JsonElement Check(JsonElement message)
    {
        if (message.TryGetProperty("error", out var error) && error.ValueKind == JsonValueKind.Object)
        {
            throw new JanusException(error.GetProperty("code").GetInt32(), error.GetProperty("reason").GetString() ?? "");
        }

        // Errors of the plugin come inside a success.
        var data =
            message.TryGetProperty("response", out var response) ? response
            : message.TryGetProperty("plugindata", out var plugin) && plugin.TryGetProperty("data", out var inner) ? inner
            : default;
        return data.ValueKind == JsonValueKind.Object && data.TryGetProperty("error_code", out var code)
            ? throw new JanusException(code.GetInt32(), data.TryGetProperty("error", out var reason) ? reason.GetString() ?? "" : "")
            : message;
    }
}

/// <summary>The admin API of one node: commands without a session, that any process may send and repeat.</summary>
internal sealed class JanusAdmin(HttpClient http, MediaNodeOptions node) : IDisposable
{
    public const string Plugin = "janus.plugin.videoroom";
    private static readonly TimeSpan PingWithin = TimeSpan.FromMilliseconds(700);

    // Everything asked here has the same effect when it is done twice.
    private readonly ResiliencePipeline _calls = new ResiliencePipelineBuilder { Name = $"media {node.Name}" }
        .AddCircuitBreaker(
            new CircuitBreakerStrategyOptions
            {
                FailureRatio = 0.5,
                MinimumThroughput = 6,
                SamplingDuration = TimeSpan.FromSeconds(5),
                BreakDuration = TimeSpan.FromSeconds(1),
                ShouldHandle = new PredicateBuilder().Handle<HttpRequestException>().Handle<TimeoutRejectedException>(),
            }
        )
        .AddRetry(
            new RetryStrategyOptions
            {
                MaxRetryAttempts = 1,
                Delay = TimeSpan.FromMilliseconds(50),
                ShouldHandle = new PredicateBuilder().Handle<HttpRequestException>(),
            }
        )
        .AddTimeout(new TimeoutStrategyOptions { Timeout = TimeSpan.FromMilliseconds(1500) })
        .Build();

    private CancellationTokenSource _patience = new();

    /// <summary>Gives up all requests that still wait: the node is down, and other work waits behind them.</summary>
    public void GiveUp() => Interlocked.Exchange(ref _patience, new CancellationTokenSource()).Cancel();

    public void Dispose() => _patience.Dispose();

    /// <summary>Asks the VideoRoom plugin.</summary>
    public async Task<JsonElement> RoomAsync(JsonObject request, CancellationToken ct) =>
        (
            await AskAsync(
                new JsonObject
                {
                    ["janus"] = "message_plugin",
                    ["plugin"] = Plugin,
                    ["request"] = request,
                },
                ct
            )
        ).GetProperty("response");

    public Task EndSessionAsync(long session, CancellationToken ct) => AskAsync(new JsonObject { ["janus"] = "destroy_session" }, ct, session);

    /// <exception cref="HttpRequestException">It does not answer.</exception>
    /// <exception cref="OperationCanceledException">It does not answer in time.</exception>
    public async Task PingAsync(CancellationToken ct)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(ct);
        limit.CancelAfter(PingWithin);
        using var answer = await http.PostAsJsonAsync(node.Admin, Signed(new JsonObject { ["janus"] = "ping" }), limit.Token);
        answer.EnsureSuccessStatusCode();
    }

    private async Task<JsonElement> AskAsync(JsonObject message, CancellationToken ct, long? session = null)
    {
        var text = Signed(message).ToJsonString();
        using var patience = CancellationTokenSource.CreateLinkedTokenSource(ct, Volatile.Read(ref _patience).Token);
        try
        {
            return await _calls.ExecuteAsync(
                async token =>
                {
                    var address = session is { } id ? new Uri($"{node.Admin}/{id}") : node.Admin;
                    using var content = new StringContent(text, null, "application/json");
                    using var answer = await http.PostAsync(address, content, token);
                    answer.EnsureSuccessStatusCode();
                    return JanusException.Check(await answer.Content.ReadFromJsonAsync<JsonElement>(token));
                },
                patience.Token
            );
        }
        catch (Exception e)
            when (e is HttpRequestException or TimeoutRejectedException or BrokenCircuitException or JsonException
                || (e is OperationCanceledException && !ct.IsCancellationRequested)
            )
        {
            throw new MediaException($"Media node {node.Name} does not answer", isRefusal: false, e);
        }
    }

    private JsonObject Signed(JsonObject message)
    {
        message["transaction"] = Guid.CreateVersion7().ToString("n");
        message["admin_secret"] = node.AdminSecret;
        return message;
    }
}
