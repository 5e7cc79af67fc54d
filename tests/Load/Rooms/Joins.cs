using System.Diagnostics;
using System.Net;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Net.WebSockets;
using System.Text;
using System.Text.Json;
using GroupTherapy.Platform.Data;

namespace GroupTherapy.Load.Rooms;

/// <summary>A person who may join: their session and account.</summary>
internal sealed record Visitor(Guid Session, Uri Address, string Token);

/// <summary>
/// Members who tap "join": the licensing answer and a ticket over HTTP, a socket, and the hub's answer to <c>Enter</c>. Timed from the instant the tap was due
/// to that answer; the way through the gateway is not in it.
/// </summary>
internal sealed class Joins : IDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);
    private readonly HttpClient _http = new(new SocketsHttpHandler { MaxConnectionsPerServer = 200, PooledConnectionIdleTimeout = Patience });
    private readonly Histogram _times = new();
    private readonly List<ClientWebSocket> _open = [];
    private readonly Lock _gate = new();
    private string? _error;

    /// <summary>Lets each come at its instant, whether those before are in or not.</summary>
    /// <returns>p50, p99 and the longest, in milliseconds; and how many were refused.</returns>
    public async Task<(double P50, double P99, double Longest, int Refused, string? FirstError)> RunAsync(
        IReadOnlyList<Visitor> visitors,
        double perSecond,
        int seed
    )
    {
        var (random, due, began, coming) = (new Random(seed), 0.0, Stopwatch.GetTimestamp(), new List<Task<bool>>());
        foreach (var visitor in visitors)
        {
            due += -Math.Log(1 - random.NextDouble()) / perSecond;
            var wait = TimeSpan.FromSeconds(due) - Stopwatch.GetElapsedTime(began);
            if (wait > TimeSpan.FromMilliseconds(1))
            {
                await Task.Delay(wait);
            }

            var tapped = began + (long)(due * Stopwatch.Frequency);
            coming.Add(Task.Run(() => JoinAsync(visitor, tapped)));
        }

        var came = await Task.WhenAll(coming);
        return (_times.Milliseconds(0.5), _times.Milliseconds(0.99), _times.Milliseconds(1), came.Count(c => !c), _error);
    }

    public void Dispose()
    {
        foreach (var socket in _open)
        {
            socket.Abort();
            socket.Dispose();
        }

        _http.Dispose();
    }

    private async Task<bool> JoinAsync(Visitor visitor, long tapped)
    {
        try
        {
            using var limit = new CancellationTokenSource(Patience);
            using var request = new HttpRequestMessage(HttpMethod.Post, new Uri(visitor.Address, $"/api/sessions/{visitor.Session}/join"))
            {
                Content = JsonContent.Create(new { location = new { jurisdiction = "US-NY" }, alone = true }),
            };
            request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", visitor.Token);
            request.Headers.Add("Idempotency-Key", Guid.CreateVersion7().ToString());
            using var response = await _http.SendAsync(request, limit.Token);
            var answer = await response.Content.ReadAsStringAsync(limit.Token);
            if (response.StatusCode != HttpStatusCode.OK)
            {
                throw new InvalidOperationException($"{(int)response.StatusCode} {answer}");
            }

            var ticket = JsonDocument.Parse(answer).RootElement.GetProperty("ticket").GetString();
            var socket = new ClientWebSocket();
            lock (_gate)
            {
                _open.Add(socket);
            }

            socket.Options.SetRequestHeader("Authorization", $"Bearer {visitor.Token}");
            await socket.ConnectAsync(new Uri($"ws://{visitor.Address.Authority}/hubs/room?session={visitor.Session}"), limit.Token);
            var enter = JsonSerializer.Serialize(
                new
                {
                    type = 1,
                    invocationId = "0",
                    target = "Enter",
                    arguments = new[] { new { ticket } },
                }
            );
            await socket.SendAsync(
                Encoding.UTF8.GetBytes($"{{\"protocol\":\"json\",\"version\":1}}\u001e{enter}\u001e"),
                WebSocketMessageType.Text,
                true,
                limit.Token
            );
            await EnteredAsync(socket, limit.Token);
            lock (_gate)
            {
                _times.Add((long)Stopwatch.GetElapsedTime(tapped).TotalMicroseconds);
            }

            return true;
        }
        catch (Exception e)
        {
            Interlocked.CompareExchange(ref _error, $"{e.GetType().Name} {e.Message}", null);
            return false;
        }
    }

    private static async Task EnteredAsync(ClientWebSocket socket, CancellationToken ct)
    {
        var (buffer, text) = (new byte[16 * 1024], new StringBuilder());
        while (true)
        {
            var received = await socket.ReceiveAsync(buffer, ct);
            text.Append(Encoding.UTF8.GetString(buffer, 0, received.Count));
            var records = text.ToString().Split('\u001e');
            if (records.FirstOrDefault(r => r.StartsWith("{\"type\":3", StringComparison.Ordinal)) is { } answer)
            {
                if (answer.Contains("\"error\"", StringComparison.Ordinal))
                {
                    throw new InvalidOperationException(answer);
                }

                return;
            }

            if (received.MessageType == WebSocketMessageType.Close)
            {
                throw new InvalidOperationException("closed");
            }
        }
    }
}
