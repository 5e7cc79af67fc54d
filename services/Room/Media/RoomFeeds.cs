using System.Collections.Concurrent;
using System.Collections.Immutable;
using GroupTherapy.Room.Delivery;
using GroupTherapy.Room.Storage;

namespace GroupTherapy.Room.Media;

/// <summary>The senders of one room at its media node, sent to the connections that this process has there.</summary>
internal sealed class RoomFeeds(MediaRoomRow room, LiveRooms rooms, Action<Guid> changed) : IMediaWatcher, IAsyncDisposable
{
    private static readonly TimeSpan PoorFor = TimeSpan.FromSeconds(5);
    private readonly ConcurrentDictionary<Guid, DateTimeOffset> _poor = new();
    private volatile Told _told = new([]);
    private volatile bool _isLost;
    private IMediaWatch? _watch;

    public MediaRoomRow Room => room;

    public bool IsLost => _isLost;

    public ImmutableArray<MediaFeed> Feeds => _told.Feeds;

    /// <param name="before">The watch of this process that was lost, if there was one.</param>
    public async Task StartAsync(IMediaPlane plane, RoomFeeds? before, CancellationToken ct) =>
        _watch = await plane.WatchAsync(room, this, before?.Room.Epoch == room.Epoch ? before.Feeds : [], ct);

    public async Task KeepAliveAsync(CancellationToken ct)
    {
        try
        {
            await (_watch?.KeepAliveAsync(ct) ?? Task.CompletedTask);
        }
        catch (MediaException e) when (e.IsRefusal)
        {
            _isLost = true;
        }
    }

    /// <summary>Tells the connections that have not heard of the present feeds.</summary>
    /// <returns>False when one cannot be told just now.</returns>
    public bool TellNewcomers()
    {
        var (told, areAllTold) = (_told, true);
        foreach (var connection in Hearing().Where(c => !ReferenceEquals(c.MediaTold, told)))
        {
            if (connection.Tell(MediaFrames.Publishers(told.Feeds)))
            {
                connection.MediaTold = told;
            }
            else
            {
                areAllTold = false;
            }
        }

        return areAllTold;
    }

    public void TellMoved()
    {
        foreach (var connection in Hearing())
        {
            connection.MediaTold = null;
            connection.Tell(MediaFrames.Moved());
        }
    }

    public void FeedsAre(IReadOnlyList<MediaFeed> feeds)
    {
        _told = new Told([.. feeds.OrderBy(f => f.ParticipantId)]);
        TellNewcomers();
        changed(room.SessionId);
    }

    public void Speaks(Guid participant, bool isSpeaking)
    {
        var frame = MediaFrames.Speaking(participant, isSpeaking);
        foreach (var connection in Hearing())
        {
            connection.Tell(frame, isTransient: true);
        }
    }

    /// <summary>Packets of a participant, or to them, were lost just now.</summary>
    public void LosesPackets(Guid participant, DateTimeOffset now)
    {
        var isNew = !_poor.ContainsKey(participant);
        _poor[participant] = now;
        if (isNew)
        {
            TellQuality(participant, "poor");
        }
    }

    /// <summary>Tells whose packets arrive again.</summary>
    public void TellRecovered(DateTimeOffset now)
    {
        foreach (var (participant, last) in _poor)
        {
            if (now - last > PoorFor && _poor.TryRemove(participant, out _))
            {
                TellQuality(participant, "good");
            }
        }
    }

    private void TellQuality(Guid participant, string level)
    {
        var frame = MediaFrames.Quality(participant, level);
        foreach (var connection in Hearing())
        {
            connection.Tell(frame, isTransient: true);
        }
    }

    public void WatchLost() => _isLost = true;

    public ValueTask DisposeAsync() => _watch?.DisposeAsync() ?? ValueTask.CompletedTask;

    private IEnumerable<RoomConnection> Hearing() => rooms.Room(room.SessionId)?.Connections().Where(c => c.HearsRoom) ?? [];

    private sealed record Told(ImmutableArray<MediaFeed> Feeds);
}
