using System.Collections.Concurrent;
using System.Net.WebSockets;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace GroupTherapy.History;

/// <summary>The hub refused a call.</summary>
public sealed class HubRefusedException(string code, string sentence) : Exception($"{code}: {sentence}")
{
    public string Code => code;
}

/// <summary>There was no answer: what was asked for may have happened or not.</summary>
public sealed class LineLostException(string why) : Exception(why);

/// <summary>One WebSocket with SignalR's JSON protocol. Everything that comes in is handed on in the order of the wire, by one reader.</summary>
public sealed class HubLine : IDisposable
{
    private const char Separator = '\u001e';
    private const string Mark = "HubException: ";
    private static readonly TimeSpan AnswerWithin = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan HeardWithin = TimeSpan.FromSeconds(25);
    private static readonly TimeSpan PingEvery = TimeSpan.FromSeconds(8);

    private readonly ClientWebSocket _socket = new();
    private readonly ConcurrentDictionary<string, (TaskCompletionSource<JsonNode?> Answer, Action<JsonNode>? Inline)> _calls = new();
    private readonly SemaphoreSlim _sending = new(1, 1);
    private readonly CancellationTokenSource _end = new();
    private readonly Action<JsonArray> _events;
    private Task _reading = Task.CompletedTask;
    private int _ids;

    private HubLine(Action<JsonArray> events) => _events = events;

    /// <summary>What <c>ended</c> said, if it did.</summary>
    public JsonNode? Ended { get; private set; }

    /// <summary>Completes when the line is gone and everything that came over it was handed on.</summary>
    public Task Gone => _reading;

    /// <param name="events">Called by the reader for each frame of events.</param>
    public static async Task<HubLine> ConnectAsync(Uri hub, string token, Action<JsonArray> events)
    {
        var line = new HubLine(events);
        try
        {
            using var limit = new CancellationTokenSource(AnswerWithin);
            line._socket.Options.SetRequestHeader("Authorization", $"Bearer {token}");
            await line._socket.ConnectAsync(new UriBuilder(hub) { Scheme = "ws" }.Uri, limit.Token);
            await line.SendAsync("""{"protocol":"json","version":1}""");
        }
        catch (Exception e) when (e is WebSocketException or OperationCanceledException or HttpRequestException)
        {
            line.Dispose();
            throw new LineLostException($"No connection: {e.Message}");
        }

        line._reading = Task.Run(line.ReadAsync);
        _ = line.PingAsync();
        return line;
    }

    /// <param name="inline">Given the answer by the reader itself, before anything that follows it on the wire.</param>
    /// <exception cref="HubRefusedException"/>
    /// <exception cref="LineLostException"/>
    public async Task<JsonNode?> CallAsync(string method, object?[] arguments, Action<JsonNode>? inline = null, TimeSpan? within = null)
    {
        var id = $"{Interlocked.Increment(ref _ids)}";
        var answer = new TaskCompletionSource<JsonNode?>(TaskCreationOptions.RunContinuationsAsynchronously);
        _calls[id] = (answer, inline);
        try
        {
            await SendAsync(JsonSerializer.Serialize(new { type = 1, invocationId = id, target = method, arguments }, JsonSerializerOptions.Web));
            return await Task.WhenAny(answer.Task, _reading).WaitAsync(within ?? AnswerWithin) == answer.Task
                ? await answer.Task
                : throw new LineLostException($"The line was lost during {method}.");
        }
        catch (Exception e) when (e is TimeoutException or WebSocketException or ObjectDisposedException
            or InvalidOperationException or OperationCanceledException)
        {
            throw new LineLostException($"No answer to {method}: {e.Message}");
        }
        finally
        {
            _calls.TryRemove(id, out _);
        }
    }

    /// <summary>Cuts the line without a word.</summary>
    public void Cut() => _end.Cancel();

    public void Dispose()
    {
        _end.Cancel();
        _socket.Dispose();
    }

    private async Task SendAsync(string json)
    {
        await _sending.WaitAsync(_end.Token);
        try
        {
            await _socket.SendAsync(Encoding.UTF8.GetBytes(json + Separator), WebSocketMessageType.Text, true, _end.Token);
        }
        finally
        {
            _sending.Release();
        }
    }

    private async Task PingAsync()
    {
        using var timer = new PeriodicTimer(PingEvery);
        try
        {
            while (await timer.WaitForNextTickAsync(_end.Token))
            {
                await SendAsync("""{"type":6}""");
            }
        }
        catch (Exception e) when (e is WebSocketException or OperationCanceledException or ObjectDisposedException or InvalidOperationException)
        {
            // The reader notices as well.
        }
    }

    private async Task ReadAsync()
    {
        var (buffer, chars, text) = (new byte[64 * 1024], new char[64 * 1024], new StringBuilder());
        var decoder = Encoding.UTF8.GetDecoder();
        try
        {
            while (true)
            {
                using var limit = CancellationTokenSource.CreateLinkedTokenSource(_end.Token);
                limit.CancelAfter(HeardWithin);
                var part = await _socket.ReceiveAsync(buffer, limit.Token);
                if (part.MessageType == WebSocketMessageType.Close)
                {
                    break;
                }

                text.Append(chars, 0, decoder.GetChars(buffer, 0, part.Count, chars, 0));
                var frames = text.ToString().Split(Separator);
                text.Clear().Append(frames[^1]);
                foreach (var frame in frames[..^1])
                {
                    Take(JsonNode.Parse(frame)!);
                }
            }
        }
        catch (Exception e) when (e is WebSocketException or OperationCanceledException or ObjectDisposedException)
        {
            // The line is gone; who waits for an answer sees the reader end.
        }

        await _end.CancelAsync();
        _socket.Abort();
    }

    private void Take(JsonNode message)
    {
        switch ((int?)message["type"])
        {
            case 1 when (string)message["target"]! == "events":
                _events(message["arguments"]![0]!.AsArray());
                break;
            case 1 when (string)message["target"]! == "ended":
                Ended = message["arguments"]![0]!.DeepClone();
                break;
            case 3 when _calls.TryGetValue((string)message["invocationId"]!, out var call):
                Answer(message, call.Answer, call.Inline);
                break;
            default:
                break;
        }
    }

    private static void Answer(JsonNode message, TaskCompletionSource<JsonNode?> answer, Action<JsonNode>? inline)
    {
        if ((string?)message["error"] is { } error)
        {
            var said = error.LastIndexOf(Mark, StringComparison.Ordinal) is var at and >= 0 ? error[(at + Mark.Length)..].Split(": ", 2) : ["(no code)", error];
            answer.TrySetException(new HubRefusedException(said[0], said[^1]));
            return;
        }

        var result = message["result"]?.DeepClone();
        if (result is not null)
        {
            inline?.Invoke(result);
        }

        answer.TrySetResult(result);
    }
}
