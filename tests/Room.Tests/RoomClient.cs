using System.Net.WebSockets;
using System.Text;
using System.Text.Json;
using System.Text.RegularExpressions;
using System.Threading.Channels;

namespace GroupTherapy.Room.Tests;

/// <summary>A refusal of a hub call, as it stood in the completion.</summary>
public sealed class HubRefusedException(string error) : Exception(error)
{
    private const string Mark = "HubException: ";

    /// <summary>The code after the last <c>HubException: </c>; empty when the error carries none.</summary>
    public string Code => Regex.Match(Message[Math.Max(0, Message.LastIndexOf(Mark, StringComparison.Ordinal))..], "^HubException: ([a-z-]+): ").Groups[1]
        .Value;
}

/// <summary>The hub's JSON protocol over a bare WebSocket, keeping every byte that came: what a member was sent is asserted on the wire.</summary>
public sealed class RoomClient : IAsyncDisposable
{
    private readonly ClientWebSocket _socket = new();
    private readonly CancellationTokenSource _stop = new();
    private readonly Dictionary<string, TaskCompletionSource<JsonElement>> _calls = [];
    private readonly List<JsonElement> _events = [];
    private readonly List<JsonElement> _media = [];
    private readonly StringBuilder _wire = new();
    private readonly SemaphoreSlim _sending = new(1);
    private readonly Lock _gate = new();
    private Task _reading = Task.CompletedTask;
    private int _ids;
    private bool _isRead;

    public JsonElement Entered { get; private set; }

    public Guid ParticipantId => Entered.GetProperty("participantId").GetGuid();

    public string Own => $"private:{ParticipantId}";

    public string? EndedReason { get; private set; }

    public bool? EndedTerminal { get; private set; }

    public bool IsClosed => _reading.IsCompleted;

    /// <summary>Set to stop reading from the socket, as a client that hangs does.</summary>
    public TaskCompletionSource? Hang { get; set; }

    public string Wire
    {
        get
        {
            lock (_gate)
            {
                return _wire.ToString();
            }
        }
    }

    public IReadOnlyList<JsonElement> Events
    {
        get
        {
            lock (_gate)
            {
                return [.. _events];
            }
        }
    }

    /// <summary>What the server told about media.</summary>
    public IReadOnlyList<JsonElement> Media
    {
        get
        {
            lock (_gate)
            {
                return [.. _media];
            }
        }
    }

    /// <summary>Each of these as it comes.</summary>
    public Action<JsonElement>? MediaTold { get; set; }

    public static async Task<RoomClient> ConnectAsync(Uri node, string token, Guid session)
    {
        var client = new RoomClient();
        client._socket.Options.SetRequestHeader("Authorization", $"Bearer {token}");
        var address = new UriBuilder(node) { Scheme = "ws", Path = "/hubs/room", Query = $"session={session}" }.Uri;
        await client._socket.ConnectAsync(address, CancellationToken.None);
        await client.SendAsync("""{"protocol":"json","version":1}""");
        client._reading = Task.Run(client.ReadAsync);
        return client;
    }

    public async Task<JsonElement> EnterAsync(string ticket, object? cursors = null) => Entered = await CallAsync("Enter", new { ticket, cursors });

    public async Task<JsonElement> CallAsync(string method, params object?[] arguments)
    {
        var (id, answer) = Expect();
        try
        {
            await SendAsync(JsonSerializer.Serialize(new { type = 1, invocationId = id, target = method, arguments }, JsonSerializerOptions.Web));
        }
        catch (WebSocketException)
        {
            // Closed by now: that is the answer.
        }

        return await answer.WaitAsync(TimeSpan.FromSeconds(60));
    }

    public (string Id, Task<JsonElement> Answer) Expect()
    {
        var id = Interlocked.Increment(ref _ids).ToString();
        var answer = new TaskCompletionSource<JsonElement>(TaskCreationOptions.RunContinuationsAsynchronously);
        lock (_gate)
        {
            _calls[id] = answer;
            if (_isRead)
            {
                answer.SetException(new HubRefusedException("The connection closed."));
            }
        }

        return (id, answer.Task);
    }

    public async Task SendAsync(string frame) => await SendBytesAsync([.. Encoding.UTF8.GetBytes(frame), 0x1e]);

    public async Task SendBytesAsync(byte[] bytes)
    {
        await _sending.WaitAsync();
        try
        {
            await _socket.SendAsync(bytes, WebSocketMessageType.Text, true, CancellationToken.None);
        }
        finally
        {
            _sending.Release();
        }
    }

    public async Task<string> RefusedAsync(string method, params object?[] arguments)
    {
        try
        {
            await CallAsync(method, arguments);
            return "(no refusal)";
        }
        catch (HubRefusedException e)
        {
            return e.Code;
        }
    }

    public Task<JsonElement> PostAsync(string text, string to = "everyone", string? id = null) =>
        CallAsync("Post", new { id = id ?? Guid.CreateVersion7().ToString(), text, to });

    /// <summary>The events of one stream, those of the answer of Enter included.</summary>
    public IReadOnlyList<JsonElement> Of(string stream)
    {
        var first = Entered.ValueKind == JsonValueKind.Object ? Entered.GetProperty("events").EnumerateArray() : [];
        return [.. first.Concat(Events).Where(e => e.GetProperty("stream").GetString() == stream)];
    }

    public IReadOnlyList<string?> Kinds(string stream) => [.. Of(stream).Select(e => e.GetProperty("kind").GetString())];

    public IReadOnlyList<string?> Texts(string stream) =>
        [.. Of(stream).Where(e => e.GetProperty("kind").GetString() == "message.posted").Select(e => e.GetProperty("data").GetProperty("text").GetString())];

    /// <summary>Sequence numbers follow each other without a gap or a repeat.</summary>
    public bool IsWhole(string stream) => Of(stream).Select(e => e.GetProperty("seq").GetInt64()).ToList() is var seqs
        && seqs.Zip(seqs.Skip(1)).All(p => p.Second == p.First + 1);

    public Dictionary<string, long> Cursors()
    {
        var cursors = Entered.GetProperty("cursors").EnumerateObject().ToDictionary(c => c.Name, c => c.Value.GetInt64());
        foreach (var e in Events)
        {
            cursors[e.GetProperty("stream").GetString()!] = e.GetProperty("seq").GetInt64();
        }

        return cursors;
    }

    /// <summary>Cuts the socket without a word.</summary>
    public void Abort() => _socket.Abort();

    public async ValueTask DisposeAsync()
    {
        Hang?.TrySetResult();
        await _stop.CancelAsync();
        _socket.Abort();
        await _reading;
        _socket.Dispose();
        _stop.Dispose();
        _sending.Dispose();
    }

    private async Task ReadAsync()
    {
        var buffer = new byte[64 * 1024];
        var pending = new List<byte>();
        try
        {
            while (true)
            {
                if (Hang is { } hang)
                {
                    await hang.Task;
                }

                var read = await _socket.ReceiveAsync(buffer, _stop.Token);
                if (read.MessageType == WebSocketMessageType.Close)
                {
                    break;
                }

                foreach (var b in buffer.AsSpan(0, read.Count))
                {
                    if (b != 0x1e)
                    {
                        pending.Add(b);
                        continue;
                    }

                    Handle(Encoding.UTF8.GetString([.. pending]));
                    pending.Clear();
                }
            }
        }
        catch (Exception e) when (e is WebSocketException or OperationCanceledException or IOException or ObjectDisposedException)
        {
            // Closed from the other side, or by the test.
        }

        lock (_gate)
        {
            _isRead = true;
            foreach (var call in _calls.Values)
            {
                call.TrySetException(new HubRefusedException("The connection closed."));
            }
        }
    }

    private void Handle(string frame)
    {
        using var json = JsonDocument.Parse(frame);
        var root = json.RootElement.Clone();
        lock (_gate)
        {
            _wire.Append(frame).Append('\n');
            switch (root.TryGetProperty("type", out var type) ? type.GetInt32() : 0)
            {
                case 1 when root.GetProperty("target").GetString() == "events":
                    _events.AddRange(root.GetProperty("arguments")[0].EnumerateArray());
                    break;
                case 1 when root.GetProperty("target").GetString() == "media":
                    _media.Add(root.GetProperty("arguments")[0]);
                    MediaTold?.Invoke(root.GetProperty("arguments")[0]);
                    break;
                case 1 when root.GetProperty("target").GetString() == "ended":
                    EndedReason = root.GetProperty("arguments")[0].GetProperty("reason").GetString();
                    EndedTerminal = root.GetProperty("arguments")[0].GetProperty("terminal").GetBoolean();
                    break;
                case 3 when _calls.Remove(root.GetProperty("invocationId").GetString()!, out var call):
                    if (root.TryGetProperty("error", out var error))
                    {
                        call.TrySetException(new HubRefusedException(error.GetString()!));
                    }
                    else
                    {
                        call.TrySetResult(root.TryGetProperty("result", out var result) ? result : default);
                    }

                    break;
            }
        }
    }
}
