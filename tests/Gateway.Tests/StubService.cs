using System.Net.WebSockets;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace GroupTherapy.Gateway.Tests;

/// <summary>Stands for a service behind the gateway: tells what reached it. Trusts nothing and checks nothing.</summary>
public sealed class StubService : IAsyncDisposable
{
    private readonly string _name;
    private WebApplication? _app;

    public StubService(string name, int port) => (_name, Port) = (name, port);

    public int Port { get; }

    public string Address => $"http://127.0.0.1:{Port}";

    /// <summary>What it answers under <c>/openapi/v1.json</c>.</summary>
    public JsonObject Description { get; set; } = new() { ["openapi"] = "3.1.1", ["paths"] = new JsonObject() };

    /// <summary>What it answers under <c>/internal/audit…</c>, by path.</summary>
    public Dictionary<string, Func<HttpRequest, IResult>> Internal { get; } = [];

    /// <summary>Messages sent so far for a "flood".</summary>
    public int Flooded { get; private set; }

    /// <summary>Every path that reached it.</summary>
    public List<string> Seen { get; } = [];

    public async Task StartAsync()
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Configuration["Urls"] = Address;
        builder.WebHost.ConfigureKestrel(k => (k.Limits.MaxRequestBodySize, k.RequestHeaderEncodingSelector) = (null, _ => System.Text.Encoding.Latin1));
        builder.Logging.ClearProviders();
        var app = builder.Build();
        app.UseWebSockets();
        app.Run(HandleAsync);
        await app.StartAsync();
        _app = app;
    }

    public async Task StopAsync()
    {
        if (_app is { } app)
        {
            _app = null;
            using var now = new CancellationTokenSource(TimeSpan.Zero);
            try
            {
                await app.StopAsync(now.Token);
            }
            catch (OperationCanceledException)
            {
                // Open WebSockets are cut, as a killed node would cut them.
            }

            await app.DisposeAsync();
        }
    }

    public async ValueTask DisposeAsync() => await StopAsync();

    private async Task HandleAsync(HttpContext context)
    {
        var path = context.Request.Path.Value!;
        if (path == "/health/live")
        {
            return;
        }

        lock (Seen)
        {
            Seen.Add(path);
        }

        if (path == "/openapi/v1.json")
        {
            await context.Response.WriteAsJsonAsync(Description);
        }
        else if (Internal.TryGetValue(path, out var answer))
        {
            await answer(context.Request).ExecuteAsync(context);
        }
        else if (context.WebSockets.IsWebSocketRequest && context.Request.Query.ContainsKey("echo"))
        {
            // Like the hub: the client speaks first. "flood:N" is answered by N messages of 64 KiB.
            using var socket = await context.WebSockets.AcceptWebSocketAsync();
            var buffer = new byte[64 * 1024];
            while (await socket.ReceiveAsync(buffer, context.RequestAborted) is { MessageType: not WebSocketMessageType.Close } message)
            {
                var text = System.Text.Encoding.UTF8.GetString(buffer, 0, message.Count);
                if (text == "close")
                {
                    break;
                }

                var answers = text.StartsWith("flood:", StringComparison.Ordinal) ? int.Parse(text[6..], System.Globalization.CultureInfo.InvariantCulture) : 0;
                for (var n = 0; n < answers; n++)
                {
                    await socket.SendAsync(
                        Enumerable.Repeat((byte)('a' + n % 26), 64 * 1024).ToArray(),
                        WebSocketMessageType.Binary,
                        true,
                        context.RequestAborted
                    );
                    Flooded = n + 1;
                }

                await socket.SendAsync(buffer.AsMemory(0, message.Count), WebSocketMessageType.Text, message.EndOfMessage, context.RequestAborted);
            }

            await socket.CloseAsync(WebSocketCloseStatus.NormalClosure, null, CancellationToken.None);
        }
        else if (context.WebSockets.IsWebSocketRequest)
        {
            using var socket = await context.WebSockets.AcceptWebSocketAsync();
            await socket.SendAsync(
                System.Text.Encoding.UTF8.GetBytes(Tell(context, 0).ToJsonString()),
                WebSocketMessageType.Text,
                true,
                CancellationToken.None
            );
            await socket.ReceiveAsync(new byte[64], context.RequestAborted);
        }
        else if (context.Request.Query["status"] is [{ } status])
        {
            context.Response.StatusCode = int.Parse(status, System.Globalization.CultureInfo.InvariantCulture);
        }
        else
        {
            var body = new MemoryStream();
            await context.Request.Body.CopyToAsync(body);
            context.Response.Headers["X-Powered-By"] = "a stub";
            context.Response.Headers.SetCookie = "stub=1";
            await context.Response.WriteAsJsonAsync(Tell(context, body.Length));
        }
    }

    private JsonObject Tell(HttpContext context, long bytes) =>
        new()
        {
            ["service"] = _name,
            ["node"] = Port,
            ["method"] = context.Request.Method,
            ["path"] = context.Request.Path.Value,
            ["query"] = context.Request.QueryString.Value,
            ["bytes"] = bytes,
            ["headers"] = new JsonObject(context.Request.Headers.Select(h => KeyValuePair.Create(h.Key, (JsonNode?)h.Value.ToString()))),
        };
}
