using System.Text;
using System.Text.Json;
using GroupTherapy.Tests.Support;

namespace GroupTherapy.Room.Tests;

/// <summary>A person's connection to a node, keeping every byte that came: what a member was sent is asserted on the wire.</summary>
public sealed class RoomClient : IAsyncDisposable
{
    private readonly List<JsonElement> _events = [];
    private readonly List<JsonElement> _media = [];
    private readonly StringBuilder _wire = new();
    private readonly Lock _gate = new();
    private HubClient? _hub;

    public JsonElement Entered { get; private set; }

    public Guid ParticipantId => Entered.GetProperty("participantId").GetGuid();

    public string Own => $"private:{ParticipantId}";

    public string? EndedReason { get; private set; }

    public bool? EndedTerminal { get; private set; }

    public bool IsClosed => Hub.Closed.IsCompleted;

    /// <summary>Set to stop reading from the socket, as a client that hangs does.</summary>
    public TaskCompletionSource? Hang
    {
        get => Hub.Hang;
        set => Hub.Hang = value;
    }

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

    private HubClient Hub => _hub!;

    public static async Task<RoomClient> ConnectAsync(Uri node, string token, Guid session)
    {
        var client = new RoomClient();
        client._hub = await HubClient.ConnectAsync(
            new UriBuilder(node) { Path = "/hubs/room", Query = $"session={session}" }.Uri,
            token,
            new HubClientOptions(client.Hear)
        );
        return client;
    }

    public async Task<JsonElement> EnterAsync(string ticket, object? cursors = null) => Entered = await CallAsync("Enter", new { ticket, cursors });

    /// <summary>Calls a hub method; a connection that closed instead of answering is a refusal without a code.</summary>
    public async Task<JsonElement> CallAsync(string method, params object?[] arguments)
    {
        try
        {
            return await Hub.CallAsync(method, arguments);
        }
        catch (HubLostException e)
        {
            throw new HubRefusedException(e.Message);
        }
    }

    public (string Id, Task<JsonElement> Answer) Expect() => Hub.Expect();

    public Task SendAsync(string frame) => Hub.SendAsync(frame);

    public Task SendBytesAsync(byte[] bytes) => Hub.SendBytesAsync(bytes);

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
        CallAsync(
            "Post",
            new
            {
                id = id ?? Guid.CreateVersion7().ToString(),
                text,
                to,
            }
        );

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
    public bool IsWhole(string stream) =>
        Of(stream).Select(e => e.GetProperty("seq").GetInt64()).ToList() is var seqs && seqs.Zip(seqs.Skip(1)).All(p => p.Second == p.First + 1);

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
    public void Abort() => Hub.Cut();

    public ValueTask DisposeAsync() => Hub.DisposeAsync();

    private void Hear(JsonElement message, string text)
    {
        lock (_gate)
        {
            _wire.Append(text).Append('\n');
            switch (message.TryGetProperty("target", out var target) ? target.GetString() : null)
            {
                case "events":
                    _events.AddRange(message.GetProperty("arguments")[0].EnumerateArray());
                    break;
                case "media":
                    _media.Add(message.GetProperty("arguments")[0]);
                    MediaTold?.Invoke(message.GetProperty("arguments")[0]);
                    break;
                case "ended":
                    EndedReason = message.GetProperty("arguments")[0].GetProperty("reason").GetString();
                    EndedTerminal = message.GetProperty("arguments")[0].GetProperty("terminal").GetBoolean();
                    break;
            }
        }
    }
}
