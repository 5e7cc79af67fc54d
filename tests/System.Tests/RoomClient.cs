using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using GroupTherapy.Tests.Support;

namespace GroupTherapy.SystemTests;

/// <summary>A person in a room through the front door, with every event and every byte that came kept for questions.</summary>
public sealed class RoomClient : IAsyncDisposable
{
    private readonly List<JsonNode> _events = [];
    private readonly StringBuilder _wire = new();
    private HubClient? _hub;

    public JsonNode? Ended { get; private set; }

    public bool Closed => Hub.Closed.IsCompleted;

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

    private HubClient Hub => _hub!;

    public static async Task<RoomClient> ConnectAsync(Person person, JsonNode join)
    {
        var client = new RoomClient();
        client._hub = await HubClient.ConnectAsync(
            new Uri(person.Address, (string)join["hub"]!),
            person.Token,
            new HubClientOptions(client.Hear, PingEvery: TimeSpan.FromSeconds(8)) { AnswerWithin = TimeSpan.FromSeconds(20) }
        );
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

    /// <summary>Calls a hub method.</summary>
    /// <exception cref="HubRefusedException"/>
    public async Task<JsonNode?> CallAsync(string method, params object?[] arguments) => Node(await Hub.CallAsync(method, arguments));

    /// <summary>The code of a refusal; <c>closed</c> where the connection ended instead.</summary>
    public async Task<string> RefusedAsync(string method, params object?[] arguments)
    {
        try
        {
            return (await Assert.ThrowsAsync<HubRefusedException>(() => CallAsync(method, arguments))).Code;
        }
        catch (HubLostException)
        {
            return "closed";
        }
    }

    /// <summary>Waits for an event of a kind that fits.</summary>
    public async Task<JsonNode> SeesAsync(string kind, string missing, Func<JsonNode, bool>? fits = null)
    {
        JsonNode? found = null;
        await Eventually.Async(
            () => Task.FromResult((found = Events.FirstOrDefault(e => (string)e["kind"]! == kind && (fits?.Invoke(e) ?? true))) is not null),
            () => missing
        );
        return found!;
    }

    public Task EndsAsync(string reason) =>
        Eventually.Async(
            () => Task.FromResult((string?)Ended?["reason"] == reason && Closed),
            () => $"the connection did not end with '{reason}' (it has {Ended?.ToJsonString() ?? "not been told"})"
        );

    /// <summary>The text of messages seen in a stream, in the order they came.</summary>
    public IReadOnlyList<string> TextsOf(string stream) =>
        [.. Events.Where(e => (string)e["stream"]! == stream && (string)e["kind"]! == "message.posted").Select(e => (string)e["data"]!["text"]!)];

    /// <summary>Cursors of everything seen so far.</summary>
    public Dictionary<string, long> Cursors() => Events.GroupBy(e => (string)e["stream"]!).ToDictionary(g => g.Key, g => g.Max(e => (long)e["seq"]!));

    /// <summary>Cuts the connection without a word, as a phone in a tunnel does.</summary>
    public void Cut() => Hub.Cut();

    public ValueTask DisposeAsync() => Hub.DisposeAsync();

    private static JsonNode? Node(JsonElement element) => element.ValueKind == JsonValueKind.Undefined ? null : JsonNode.Parse(element.GetRawText());

    private void Hear(JsonElement message, string text)
    {
        lock (_wire)
        {
            _wire.AppendLine(text);
        }

        switch (message.TryGetProperty("target", out var target) ? target.GetString() : null)
        {
            case "events":
                lock (_events)
                {
                    _events.AddRange(message.GetProperty("arguments")[0].EnumerateArray().Select(e => Node(e)!));
                }

                break;
            case "ended":
                Ended = Node(message.GetProperty("arguments")[0]);
                break;
        }
    }
}
