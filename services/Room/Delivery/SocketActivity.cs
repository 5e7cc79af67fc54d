using System.IO.Pipelines;
using System.Runtime.CompilerServices;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Server.Kestrel.Core;

namespace GroupTherapy.Room.Delivery;

/// <summary>
/// When a socket last sent a heartbeat: any byte, the answer to a ping too, and its clean end. Seen below HTTP, where pings are answered by every client;
/// SignalR's own time-out is not the clock for a facilitator who is lost.
/// </summary>
public sealed class SocketActivity
{
    private readonly ConnectionContext _connection;
    private readonly TimeProvider _clock;
    private long _lastSeen;

    private SocketActivity(ConnectionContext connection, TimeProvider clock)
    {
        (_connection, _clock) = (connection, clock);
        _lastSeen = clock.GetUtcNow().UtcTicks;
        connection.Transport = new Watched(connection.Transport.Output, new WatchedReader(connection.Transport.Input, this));
        connection.Features.Set(this);
    }

    /// <summary>A silent socket is pinged each <see cref="Domain.RoomTimes.PingAfter"/>, so while its client lives this is hardly older than that.</summary>
    public DateTimeOffset LastSeen => new(Volatile.Read(ref _lastSeen), TimeSpan.Zero);

    /// <summary>Cuts the socket without a message; for a client that does not read.</summary>
    public void Cut() => _connection.Abort(new ConnectionAbortedException("The connection was ended by the server."));

    public static void Watch(ListenOptions listen, TimeProvider clock) =>
        listen.Use(next =>
            connection =>
            {
                _ = new SocketActivity(connection, clock);
                return next(connection);
            }
        );

    private void Note() => Volatile.Write(ref _lastSeen, _clock.GetUtcNow().UtcTicks);

    private sealed record Watched(PipeWriter Output, PipeReader Input) : IDuplexPipe;

    private sealed class WatchedReader(PipeReader inner, SocketActivity signs) : PipeReader
    {
        [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
        public override async ValueTask<ReadResult> ReadAsync(CancellationToken cancellationToken = default)
        {
            try
            {
                var result = await inner.ReadAsync(cancellationToken);
                Saw(result);
                return result;
            }
            catch (ConnectionResetException)
            {
                // The other side closed it that way just now.
                signs.Note();
                throw;
            }
        }

        public override bool TryRead(out ReadResult result)
        {
            var read = inner.TryRead(out result);
            if (read)
            {
                Saw(result);
            }

            return read;
        }

        public override void AdvanceTo(SequencePosition consumed) => inner.AdvanceTo(consumed);

        public override void AdvanceTo(SequencePosition consumed, SequencePosition examined) => inner.AdvanceTo(consumed, examined);

        public override void CancelPendingRead() => inner.CancelPendingRead();

        public override void Complete(Exception? exception = null) => inner.Complete(exception);

        public override ValueTask CompleteAsync(Exception? exception = null) => inner.CompleteAsync(exception);

        private void Saw(ReadResult result)
        {
            if (!result.IsCanceled && (!result.Buffer.IsEmpty || result.IsCompleted))
            {
                signs.Note();
            }
        }
    }
}
