using System.IO.Pipelines;
using System.Net;
using System.Net.WebSockets;
using System.Text.Json;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Connections.Features;
using Microsoft.AspNetCore.SignalR.Client;
using Microsoft.AspNetCore.SignalR.Protocol;
using Microsoft.Extensions.DependencyInjection;

namespace GroupTherapy.Room.Tests;

/// <summary>SignalR's own .NET client over a WebSocket: what a practice's own integration would use.</summary>
internal sealed class ReadyMadeClient : IAsyncDisposable
{
    private ReadyMadeClient(HubConnection connection) => (Connection, Handlers) = (connection, new Listeners(connection));

    public HubConnection Connection { get; }

    public Listeners Handlers { get; }

    public static ReadyMadeClient For(Uri node, string token, Guid session)
    {
        var address = new UriBuilder(node) { Scheme = "ws", Path = "/hubs/room", Query = $"session={session}" }.Uri;
        var builder = new HubConnectionBuilder();
        builder.Services.AddSingleton<IConnectionFactory>(new Factory(token));
        builder.Services.AddSingleton<EndPoint>(new UriEndPoint(address));
        builder.Services.AddSingleton<IHubProtocol, JsonHubProtocol>();
        return new ReadyMadeClient(builder.Build());
    }

    public Task<JsonElement> InvokeAsync(string method, object argument) => Connection.InvokeAsync<JsonElement>(method, argument);

    public ValueTask DisposeAsync() => Connection.DisposeAsync();

    internal sealed class Listeners(HubConnection connection)
    {
        public void On(string method, Action<JsonElement> heard) => connection.On(method, heard);
    }

    private sealed class Factory(string token) : IConnectionFactory
    {
        public async ValueTask<ConnectionContext> ConnectAsync(EndPoint endpoint, CancellationToken cancellationToken = default)
        {
            var socket = new ClientWebSocket();
            socket.Options.SetRequestHeader("Authorization", $"Bearer {token}");
            await socket.ConnectAsync(((UriEndPoint)endpoint).Uri, cancellationToken);
            return new Connected(socket);
        }
    }

    private sealed class Connected : DefaultConnectionContext
    {
        private readonly ClientWebSocket _socket;
        private readonly Task _pumps;

        public Connected(ClientWebSocket socket)
            : base(Guid.CreateVersion7().ToString())
        {
            _socket = socket;
            var pair = (ToApp: new Pipe(), FromApp: new Pipe());
            Transport = new Duplex(pair.ToApp.Reader, pair.FromApp.Writer);
            Features.Set<ITransferFormatFeature>(new Format());
            _pumps = Task.WhenAll(ReceiveAsync(pair.ToApp.Writer), SendAsync(pair.FromApp.Reader));
        }

        public override async ValueTask DisposeAsync()
        {
            await Transport.Output.CompleteAsync();
            _socket.Abort();
            await _pumps;
            _socket.Dispose();
            await base.DisposeAsync();
        }

        private async Task ReceiveAsync(PipeWriter writer)
        {
            try
            {
                while (await _socket.ReceiveAsync(writer.GetMemory(4096), CancellationToken.None) is { MessageType: not WebSocketMessageType.Close } read)
                {
                    writer.Advance(read.Count);
                    await writer.FlushAsync();
                }
            }
            catch (Exception e) when (e is WebSocketException or ObjectDisposedException or OperationCanceledException)
            {
                // Gone.
            }

            await writer.CompleteAsync();
        }

        private async Task SendAsync(PipeReader reader)
        {
            try
            {
                while (await reader.ReadAsync() is { IsCompleted: false } read)
                {
                    foreach (var segment in read.Buffer)
                    {
                        await _socket.SendAsync(segment, WebSocketMessageType.Text, true, CancellationToken.None);
                    }

                    reader.AdvanceTo(read.Buffer.End);
                }
            }
            catch (Exception e) when (e is WebSocketException or ObjectDisposedException or OperationCanceledException)
            {
                // Gone.
            }
        }

        private sealed record Duplex(PipeReader Input, PipeWriter Output) : IDuplexPipe;

        private sealed class Format : ITransferFormatFeature
        {
            public TransferFormat SupportedFormats => TransferFormat.Text;

            public TransferFormat ActiveFormat { get; set; } = TransferFormat.Text;
        }
    }
}
