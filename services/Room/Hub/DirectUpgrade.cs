using System.Net.Sockets;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Connections.Features;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;

namespace GroupTherapy.Room.Hub;

/// <summary>
/// Lets what a WebSocket writes go to its socket without the HTTP server's pipes between: after the upgrade the server itself has nothing more to say on it.
/// </summary>
internal sealed class DirectUpgrade(HttpContext http, IHttpUpgradeFeature inner, Socket socket) : IHttpUpgradeFeature
{
    public bool IsUpgradableRequest => inner.IsUpgradableRequest;

    /// <summary>The answer to the upgrade has left before this returns: pipes are inlined (see <see cref="RoomHubSetUp"/>), and a client speaks only after it.</summary>
    public async Task<Stream> UpgradeAsync() => new DirectStream(http, await inner.UpgradeAsync(), socket);

    /// <summary>Only where bytes go to the wire as they are: not under TLS, which is the gateway's.</summary>
    public static void Use(IApplicationBuilder app) => app.Use(next => http =>
    {
        if (http.Features.Get<IHttpUpgradeFeature>() is { IsUpgradableRequest: true } upgrade && http.Features.Get<ITlsHandshakeFeature>() is null
            && http.Features.Get<IConnectionSocketFeature>() is { } connection)
        {
            http.Features.Set<IHttpUpgradeFeature>(new DirectUpgrade(http, upgrade, connection.Socket));
        }

        return next(http);
    });

    private sealed class DirectStream(HttpContext http, Stream incoming, Socket socket) : Stream
    {
        public override bool CanRead => true;

        public override bool CanWrite => true;

        public override bool CanSeek => false;

        public override long Length => throw new NotSupportedException();

        public override long Position
        {
            get => throw new NotSupportedException();
            set => throw new NotSupportedException();
        }

        public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default) => incoming.ReadAsync(buffer, cancellationToken);

        public override ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default)
        {
            ValueTask<int> sending;
            try
            {
                sending = socket.SendAsync(buffer, SocketFlags.None, cancellationToken);
            }
            catch (Exception e) when (e is SocketException or ObjectDisposedException)
            {
                throw Lost(e);
            }

            if (!sending.IsCompletedSuccessfully)
            {
                return SentAsync(sending);
            }

            sending.GetAwaiter().GetResult();
            return default;
        }

        public override Task FlushAsync(CancellationToken cancellationToken) => Task.CompletedTask;

        public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();

        public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();

        public override void Flush()
        {
        }

        public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

        public override void SetLength(long value) => throw new NotSupportedException();

        protected override void Dispose(bool disposing)
        {
            if (disposing)
            {
                incoming.Dispose();
            }

            base.Dispose(disposing);
        }

        private async ValueTask SentAsync(ValueTask<int> sending)
        {
            try
            {
                await sending;
            }
            catch (Exception e) when (e is SocketException or ObjectDisposedException)
            {
                throw Lost(e);
            }
        }

        // Whoever reads from it is to know too, and at once.
        private IOException Lost(Exception why)
        {
            http.Abort();
            return new IOException("The connection is gone.", why);
        }
    }
}
