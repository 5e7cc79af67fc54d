using System.Collections.Concurrent;
using System.Net.WebSockets;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using GroupTherapy.Tests.Support;

namespace GroupTherapy.SystemTests;

/// <summary>A hub client written from the contract alone: SignalR's JSON protocol over one WebSocket, and every byte that came in kept for questions.</summary>
public sealed class RoomClient : IAsyncDisposable
{
    private const char Separator = '\u001e';
    private readonly ClientWebSocket _socket = new();
    private readonly ConcurrentDictionary<string, TaskCompletionSource<JsonNode?>> _calls = new();
    private readonly CancellationTokenSource _end = new();
    private readonly SemaphoreSlim _sending = new(1, 1);
    private readonly List<JsonNode> _events = [];
    private readonly StringBuilder _wire = new();
    private Task _reading = Task.CompletedTask;
    private int _ids;

    public JsonNode? Ended { get; private set; }

    public bool Closed => _reading.IsCompleted;

    /// <summary>Everything the server sent, as it came.</summary>
    public string Wire
    {
        get
        {
            lock (_wire)
            {
                return _wire.ToString();
            }
        }
    }

    public IReadOnlyList<JsonNode> Events
    {
        get
        {
            lock (_events)
            {
                return [.. _events];
            }
        }
    }

    public static async Task<RoomClient> ConnectAsync(Person person, JsonNode join)
    {
        var client = new RoomClient();
        client._socket.Options.SetRequestHeader("Authorization", $"Bearer {person.Token}");
        var address = new UriBuilder(new Uri(person.Address, (string)join["hub"]!)) { Scheme = "ws" }.Uri;
        await client._socket.ConnectAsync(address, CancellationToken.None);
        await client.SendAsync("""{"protocol":"json","version":1}""");
        client._reading = client.ReadAsync();
        return client;
    }

    /// <summary>Connects and enters with the ticket of a join.</summary>
    public static async Task<(RoomClient Client, JsonNode Entered)> EnterAsync(Person person, JsonNode join, object? cursors = null)
    {
        var client = await ConnectAsync(person, join);
        var entered = await client.CallAsync("Enter", new { ticket = (string)join["ticket"]!, cursors });
        lock (client._events)
        {
            client._events.InsertRange(0, entered!["events"]!.AsArray().Select(e => e!.DeepClone()));
        }

        return (client, entered!);
    }

    /// <summary>Calls a hub method. A refusal is an exception whose message starts with the code.</summary>
    public async Task<JsonNode?> CallAsync(string method, params object?[] arguments)
    {
        var id = $"{Interlocked.Increment(ref _ids)}";
        var answer = _calls[id] = new TaskCompletionSource<JsonNode?>(TaskCreationOptions.RunContinuationsAsynchronously);
        await SendAsync(JsonSerializer.Serialize(new { type = 1, invocationId = id, target = method, arguments }));
        return await answer.Task.WaitAsync(TimeSpan.FromSeconds(20));
    }

    public async Task<string> RefusedAsync(string method, params object?[] arguments) =>
        (await Assert.ThrowsAsync<HubRefusal>(() => CallAsync(method, arguments))).Message.Split(':')[0];

    /// <summary>Waits for an event of a kind that fits.</summary>
    public async Task<JsonNode> SeesAsync(string kind, string missing, Func<JsonNode, bool>? fits = null)
    {
        JsonNode? found = null;
        await Eventually.Async(() => Task.FromResult((found = Events.FirstOrDefault(e => (string)e["kind"]! == kind && (fits?.Invoke(e) ?? true))) is not null),
            () => missing);
        return found!;
    }

    public Task EndsAsync(string reason) => Eventually.Async(
        () => Task.FromResult((string?)Ended?["reason"] == reason && Closed), () =>
            $"the connection did not end with '{reason}' (it has {Ended?.ToJsonString() ?? "not been told"})");

    /// <summary>The text of messages seen in a stream, in the order they came.</summary>
    public IReadOnlyList<string> TextsOf(string stream) =>
        [.. Events.Where(e => (string)e["stream"]! == stream && (string)e["kind"]! == "message.posted").Select(e => (string)e["data"]!["text"]!)];

    /// <summary>Cursors of everything seen so far.</summary>
    public Dictionary<string, long> Cursors() => Events.GroupBy(e => (string)e["stream"]!).ToDictionary(g => g.Key, g => g.Max(e => (long)e["seq"]!));

    private async Task SendAsync(string json)
    {
        await _sending.WaitAsync();
        try
        {
            await _socket.SendAsync(Encoding.UTF8.GetBytes(json + Separator), WebSocketMessageType.Text, true, _end.Token);
        }
        finally
        {
            _sending.Release();
        }
    }

    private async Task ReadAsync()
    {
        var (buffer, text) = (new byte[64 * 1024], new StringBuilder());
        var decoder = Encoding.UTF8.GetDecoder();
        var chars = new char[64 * 1024];
        try
        {
            while (true)
            {
                var part = await _socket.ReceiveAsync(buffer, _end.Token);
                if (part.MessageType == WebSocketMessageType.Close)
                {
                    break;
                }

                text.Append(chars, 0, decoder.GetChars(buffer, 0, part.Count, chars, 0));
                var frames = text.ToString().Split(Separator);
                text.Clear().Append(frames[^1]);
                foreach (var frame in frames[..^1])
                {
                    Take(frame);
                }
            }
        }
        catch (Exception e) when (e is WebSocketException or OperationCanceledException)
        {
            // The line is gone; what was asked and not answered says so below.
        }

        foreach (var call in _calls.Values)
        {
            call.TrySetException(new HubRefusal("closed: the connection ended"));
        }
    }

    private void Take(string frame)
    {
        lock (_wire)
        {
            _wire.AppendLine(frame);
        }

        var message = JsonNode.Parse(frame)!;
        switch ((int?)message["type"])
        {
            case 1 when (string)message["target"]! == "events":
                lock (_events)
                {
                    _events.AddRange(message["arguments"]![0]!.AsArray().Select(e => e!.DeepClone()));
                }

                break;
            case 1 when (string)message["target"]! == "ended":
                Ended = message["arguments"]![0]!.DeepClone();
                break;
            case 3 when _calls.TryRemove((string)message["invocationId"]!, out var call):
                if ((string?)message["error"] is { } error)
                {
                    var at = error.LastIndexOf("HubException: ", StringComparison.Ordinal);
                    call.TrySetException(new HubRefusal(at < 0 ? $"(no code) {error}" : error[(at + 14)..]));
                }
                else
                {
                    call.TrySetResult(message["result"]?.DeepClone());
                }

                break;
            case 6:
                _ = SendAsync("""{"type":6}""");
                break;
            default:
                break;
        }
    }

    /// <summary>Cuts the line without a word, as a phone in a tunnel does.</summary>
    public void Cut() => _socket.Abort();

    public async ValueTask DisposeAsync()
    {
        await _end.CancelAsync();
        _socket.Dispose();
        await _reading;
    }
}

public sealed class HubRefusal(string message) : Exception(message);
