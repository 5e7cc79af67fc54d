using System.Collections.Concurrent;
using System.Net.WebSockets;
using System.Text;
using System.Text.Json;

namespace GroupTherapy.Tests.Support;

/// <summary>The hub refused a call: the error of its completion.</summary>
public sealed class HubRefusedException : Exception
{
    private const string Mark = "HubException: ";

    public HubRefusedException(string error)
        : base(error)
    {
        var at = error.LastIndexOf(Mark, StringComparison.Ordinal);
        (Code, Sentence) = at >= 0 && error[(at + Mark.Length)..].Split(": ", 2) is [var code, var sentence] ? (code, sentence) : ("", error);
    }

    /// <summary>The code after the last <c>HubException: </c>; empty when the error carries none.</summary>
    public string Code { get; }

    public string Sentence { get; }
}

/// <summary>There was no answer, or no connection: what was asked for may have happened or not.</summary>
public sealed class HubLostException(string why) : Exception(why);

/// <summary>How a client behaves on its connection.</summary>
/// <param name="Heard">Called by the reader for each record that came, in the order of the wire, with its text.</param>
/// <param name="PingEvery">SignalR's ping of the client; none when left out.</param>
/// <param name="GivesUpAfter">Silence after which the client takes the connection for lost.</param>
public sealed record HubClientOptions(Action<JsonElement, string>? Heard = null, TimeSpan? PingEvery = null, TimeSpan? GivesUpAfter = null)
{
    /// <summary>Longest wait for an answer.</summary>
    public TimeSpan AnswerWithin { get; init; } = TimeSpan.FromSeconds(60);

    /// <summary>Longest wait for a connection.</summary>
    public TimeSpan ConnectWithin { get; init; } = TimeSpan.FromSeconds(30);
}

/// <summary>
/// SignalR's JSON protocol over one bare WebSocket, from the contract alone. One reader hands everything on in the order of the wire, so that a test can
/// assert what a person was sent, byte by byte.
/// </summary>
public sealed class HubClient : IAsyncDisposable
{
    private const byte RecordEnd = 0x1e;
    private readonly ClientWebSocket _socket = new();
    private readonly CancellationTokenSource _stop = new();
    private readonly ConcurrentDictionary<string, Call> _calls = new();
    private readonly SemaphoreSlim _sending = new(1);
    private readonly HubClientOptions _options;
    private Task _reading = Task.CompletedTask;
    private Task _pinging = Task.CompletedTask;
    private int _ids;

    private HubClient(HubClientOptions options) => _options = options;

    /// <summary>Completes when the connection is gone and everything that came over it was handed on.</summary>
    public Task Closed => _reading;

    /// <summary>Set to stop reading from the socket, as a client that hangs does.</summary>
    public TaskCompletionSource? Hang { get; set; }

    /// <param name="hub">The hub's address with its session, by http or ws.</param>
    /// <param name="headers">Further headers of the upgrade request.</param>
    /// <exception cref="HubLostException">No connection came about.</exception>
    public static async Task<HubClient> ConnectAsync(Uri hub, string token, HubClientOptions? options = null, params (string Name, string Value)[] headers)
    {
        var client = new HubClient(options ?? new HubClientOptions());
        using var limit = new CancellationTokenSource(client._options.ConnectWithin);
        foreach (var (name, value) in headers.Prepend(("Authorization", $"Bearer {token}")))
        {
            client._socket.Options.SetRequestHeader(name, value);
        }

        try
        {
            await client._socket.ConnectAsync(new UriBuilder(hub) { Scheme = hub.Scheme is "https" or "wss" ? "wss" : "ws" }.Uri, limit.Token);
            await client.SendAsync("""{"protocol":"json","version":1}""");
        }
        catch (Exception e) when (e is WebSocketException or OperationCanceledException or HttpRequestException)
        {
            client._socket.Dispose();
            throw new HubLostException($"No connection: {e.Message}");
        }

        client._reading = Task.Run(client.ReadAsync);
        client._pinging = client._options.PingEvery is { } every ? client.PingAsync(every) : Task.CompletedTask;
        return client;
    }

    /// <summary>Calls a hub method and waits for its completion.</summary>
    /// <param name="inline">Given the answer by the reader itself, before anything that follows it on the wire.</param>
    /// <exception cref="HubRefusedException"/>
    /// <exception cref="HubLostException"/>
    public async Task<JsonElement> CallAsync(string method, object?[] arguments, Action<JsonElement>? inline = null, TimeSpan? within = null)
    {
        var (id, answer) = Expect(inline);
        try
        {
            await SendAsync(
                JsonSerializer.Serialize(
                    new
                    {
                        type = 1,
                        invocationId = id,
                        target = method,
                        arguments,
                    },
                    JsonSerializerOptions.Web
                )
            );
            return await answer.WaitAsync(within ?? _options.AnswerWithin);
        }
        catch (Exception e) when (e is TimeoutException or WebSocketException or ObjectDisposedException or OperationCanceledException)
        {
            throw new HubLostException($"No answer to {method}: {e.Message}");
        }
        finally
        {
            _calls.TryRemove(id, out _);
        }
    }

    /// <summary>An invocation id of the caller's own frame, and its completion.</summary>
    public (string Id, Task<JsonElement> Answer) Expect(Action<JsonElement>? inline = null)
    {
        var id = $"{Interlocked.Increment(ref _ids)}";
        var call = _calls[id] = new Call(new TaskCompletionSource<JsonElement>(TaskCreationOptions.RunContinuationsAsynchronously), inline);
        if (_stop.IsCancellationRequested)
        {
            call.Answer.TrySetException(new HubLostException("The connection is closed."));
        }

        return (id, call.Answer.Task);
    }

    /// <summary>Sends a record of JSON.</summary>
    public Task SendAsync(string record) => SendBytesAsync([.. Encoding.UTF8.GetBytes(record), RecordEnd]);

    /// <summary>Sends a WebSocket message as it is.</summary>
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

    /// <summary>Cuts the connection without a word, as a phone in a tunnel does.</summary>
    public void Cut() => _socket.Abort();

    public async ValueTask DisposeAsync()
    {
        Hang?.TrySetResult();
        await _stop.CancelAsync();
        _socket.Abort();
        await Task.WhenAll(_reading, _pinging);
        _socket.Dispose();
    }

    private async Task PingAsync(TimeSpan every)
    {
        using var timer = new PeriodicTimer(every);
        try
        {
            while (await timer.WaitForNextTickAsync(_stop.Token))
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
        var (buffer, record) = (new byte[64 * 1024], new MemoryStream());
        try
        {
            while (await ReceiveAsync(buffer) is { MessageType: not WebSocketMessageType.Close } part)
            {
                foreach (var b in buffer.AsSpan(0, part.Count))
                {
                    if (b != RecordEnd)
                    {
                        record.WriteByte(b);
                        continue;
                    }

                    Take(Encoding.UTF8.GetString(record.GetBuffer(), 0, (int)record.Length));
                    record.SetLength(0);
                }
            }
        }
        catch (Exception e) when (e is WebSocketException or OperationCanceledException or IOException or ObjectDisposedException)
        {
            // Closed by the server, by the network or by the test: what was asked and not answered says so below.
        }

        await _stop.CancelAsync();
        _socket.Abort();
        foreach (var call in _calls.Values)
        {
            call.Answer.TrySetException(new HubLostException("The connection closed."));
        }
    }

    private async Task<WebSocketReceiveResult> ReceiveAsync(byte[] buffer)
    {
        await (Hang?.Task ?? Task.CompletedTask);
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(_stop.Token);
        if (_options.GivesUpAfter is { } silence)
        {
            limit.CancelAfter(silence);
        }

        return await _socket.ReceiveAsync(buffer, limit.Token);
    }

    private void Take(string text)
    {
        using var json = JsonDocument.Parse(text);
        var message = json.RootElement.Clone();
        _options.Heard?.Invoke(message, text);
        if (
            message.TryGetProperty("type", out var type)
            && type.GetInt32() == 3
            && _calls.TryRemove(message.GetProperty("invocationId").GetString()!, out var call)
        )
        {
            call.Complete(message);
        }
    }

    private sealed record Call(TaskCompletionSource<JsonElement> Answer, Action<JsonElement>? Inline)
    {
        public void Complete(JsonElement completion)
        {
            if (completion.TryGetProperty("error", out var error))
            {
                Answer.TrySetException(new HubRefusedException(error.GetString()!));
                return;
            }

            var result = completion.TryGetProperty("result", out var value) ? value : default;
            Inline?.Invoke(result);
            Answer.TrySetResult(result);
        }
    }
}
