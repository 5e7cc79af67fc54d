using System.Text.Json;
using System.Text.Json.Nodes;
using GroupTherapy.Tests.Support;

namespace GroupTherapy.History;

/// <summary>A connection of a recorded person: events are handed on in the order of the wire, by one reader.</summary>
public sealed class HubLine : IAsyncDisposable
{
    private static readonly TimeSpan AnswerWithin = TimeSpan.FromSeconds(5);
    private readonly Action<JsonArray> _events;
    private HubClient? _hub;

    private HubLine(Action<JsonArray> events) => _events = events;

    /// <summary>What <c>ended</c> said, if it did.</summary>
    public JsonNode? Ended { get; private set; }

    /// <summary>Completes when the connection is gone and everything that came over it was handed on.</summary>
    public Task Gone => _hub!.Closed;

    /// <param name="events">Called by the reader for each frame of events.</param>
    /// <exception cref="HubLostException"/>
    public static async Task<HubLine> ConnectAsync(Uri hub, string token, Action<JsonArray> events)
    {
        var line = new HubLine(events);
        line._hub = await HubClient.ConnectAsync(
            hub,
            token,
            new HubClientOptions(line.Hear, TimeSpan.FromSeconds(8), TimeSpan.FromSeconds(25)) { AnswerWithin = AnswerWithin, ConnectWithin = AnswerWithin }
        );
        return line;
    }

    /// <param name="inline">Given the answer by the reader itself, before anything that follows it on the wire.</param>
    /// <exception cref="HubRefusedException"/>
    /// <exception cref="HubLostException"/>
    public async Task<JsonNode?> CallAsync(string method, object?[] arguments, Action<JsonNode>? inline = null, TimeSpan? within = null) =>
        Node(await _hub!.CallAsync(method, arguments, answer => inline?.Invoke(Node(answer)!), within));

    /// <summary>Cuts the connection without a word.</summary>
    public void Cut() => _hub!.Cut();

    public ValueTask DisposeAsync() => _hub!.DisposeAsync();

    private static JsonNode? Node(JsonElement element) => element.ValueKind == JsonValueKind.Undefined ? null : JsonNode.Parse(element.GetRawText());

    private void Hear(JsonElement message, string text)
    {
        switch (message.TryGetProperty("target", out var target) ? target.GetString() : null)
        {
            case "events":
                _events(Node(message.GetProperty("arguments")[0])!.AsArray());
                break;
            case "ended":
                Ended = Node(message.GetProperty("arguments")[0]);
                break;
        }
    }
}
