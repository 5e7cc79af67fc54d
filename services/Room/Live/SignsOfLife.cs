using System.IO.Pipelines;
using Microsoft.AspNetCore.Connections;

namespace GroupTherapy.Room.Live;

/// <summary>When a socket last gave a sign of life: any frame, a ping too. SignalR's own time-out is not the clock for a facilitator who is lost.</summary>
public sealed class SignsOfLife
{
    private readonly ConnectionContext _connection;
    private readonly TimeProvider _clock;
    private readonly TimeSpan _answersWithin;
    private long _lastFrame;

    private SignsOfLife(ConnectionContext connection, TimeProvider clock, TimeSpan answersWithin)
    {
        (_connection, _clock, _answersWithin) = (connection, clock, answersWithin);
        _lastFrame = clock.GetUtcNow().UtcTicks;
        connection.Transport = new Watched(connection.Transport.Output, new WatchedReader(connection.Transport.Input, this));
        connection.Items[typeof(SignsOfLife)] = this;
    }

    /// <summary>
    /// The last frame, or what an open socket proves by itself: it is pinged below SignalR and cut when it does not answer, so while it is open it lived
    /// at most that long ago. Clients need not send anything of their own.
    /// </summary>
    public DateTimeOffset LastSeen
    {
        get
        {
            var frame = new DateTimeOffset(Volatile.Read(ref _lastFrame), TimeSpan.Zero);
            var open = _clock.GetUtcNow() - _answersWithin;
            return frame > open ? frame : open;
        }
    }

    /// <summary>Cuts the socket without a word; for who does not read what they are told.</summary>
    public void Cut() => _connection.Abort(new ConnectionAbortedException("The connection was ended by the server."));

    public static ConnectionDelegate Watch(ConnectionDelegate next, TimeProvider clock, RoomTimes times) => connection =>
    {
        _ = new SignsOfLife(connection, clock, times.PingAfter + times.PongWithin);
        return next(connection);
    };

    private void Note() => Volatile.Write(ref _lastFrame, _clock.GetUtcNow().UtcTicks);

    private sealed record Watched(PipeWriter Output, PipeReader Input) : IDuplexPipe;

    private sealed class WatchedReader(PipeReader inner, SignsOfLife signs) : PipeReader
    {
        public override async ValueTask<ReadResult> ReadAsync(CancellationToken cancellationToken = default)
        {
            var result = await inner.ReadAsync(cancellationToken);
            Saw(result);
            return result;
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
            if (!result.Buffer.IsEmpty && !result.IsCanceled)
            {
                signs.Note();
            }
        }
    }
}
