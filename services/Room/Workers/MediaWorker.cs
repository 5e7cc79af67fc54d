using GroupTherapy.Platform.Data;
using GroupTherapy.Platform.Work;
using GroupTherapy.Room.Delivery;
using GroupTherapy.Room.Media;
using GroupTherapy.Room.Storage;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace GroupTherapy.Room.Workers;

/// <summary>Makes the media nodes agree with rooms whose media has changed, and with every open room again and again.</summary>
internal sealed class MediaHandler(MediaReconciler reconciler, MediaOptions options, MediaStore store, TimeProvider clock) : DueWorkHandler
{
    private static readonly TimeSpan Again = TimeSpan.FromSeconds(10);

    public override string Kind => DueKeys.MediaKind;

    public override int BatchSize => 50;

    public override TimeSpan ClaimFor => TimeSpan.FromSeconds(10);

    public override async Task HandleAsync(IReadOnlyList<DueRow> rows, CancellationToken ct)
    {
        if (!options.IsOn)
        {
            return;
        }

        var open = await Task.WhenAll(
            rows.Select(async row => (Session: Guid.Parse(row.Key), IsOpen: await reconciler.RunAsync(Guid.Parse(row.Key), isThorough: true, ct)))
        );
        if (open.Any(r => r.IsOpen))
        {
            await store.AskAsync(open.Where(r => r.IsOpen).Select(r => r.Session), clock.GetUtcNow() + Again, ct);
        }
    }
}

/// <summary>
/// Works for the calls that this process keeps: watches the nodes, follows where rooms are, keeps sessions alive, takes over those of dead processes, and
/// applies the changes of this process's commits at the node without waiting for their due row.
/// </summary>
internal sealed class MediaWorker : BackgroundService
{
    private static readonly TimeSpan Soon = TimeSpan.FromMilliseconds(50);
    private static readonly TimeSpan PingEvery = TimeSpan.FromMilliseconds(500);
    private static readonly TimeSpan PingIdleEvery = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan FollowEvery = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan KeepAliveEvery = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan LeaseEvery = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan AdoptEvery = TimeSpan.FromSeconds(2);
    private const int AdoptAtOnce = 50;

    private readonly JanusMediaPlane _plane;
    private readonly MediaStore _store;
    private readonly MediaCalls _calls;
    private readonly MediaReconciler _reconciler;
    private readonly LiveRooms _rooms;
    private readonly Db _db;
    private readonly ILogger<MediaWorker> _log;
    private readonly SemaphoreSlim _asked = new(0, 1);

    public MediaWorker(JanusMediaPlane plane, MediaStore store, MediaCalls calls, MediaReconciler reconciler, LiveRooms rooms, Db db, ILogger<MediaWorker> log)
    {
        (_plane, _store, _calls, _reconciler, _rooms, _db, _log) = (plane, store, calls, reconciler, rooms, db, log);
        rooms.MediaAsked += Hasten;
        rooms.CheckAsked += AskToFollow;
        calls.Asked += Hasten;
        calls.FollowAsked += AskToFollow;
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        if (!_calls.IsOn)
        {
            return;
        }

        foreach (var node in _plane.Janus)
        {
            node.Changed += n => _ = Task.Run(() => TryAsync("node", ct => NodeChangedAsync(n, ct), stoppingToken), stoppingToken);
            node.Start();
        }

        await Task.WhenAll([
            .. _plane.Janus.Select(node => PingAsync(node, stoppingToken)),
            FollowAsync(stoppingToken),
            RepeatAsync("keep-alive", KeepAliveEvery, KeepAliveAsync, stoppingToken),
            RepeatAsync("adoption", AdoptEvery, AdoptAsync, stoppingToken),
            RepeatAsync("lease", LeaseEvery, EndWhenCutOffAsync, stoppingToken),
        ]);
    }

    public override void Dispose()
    {
        _rooms.MediaAsked -= Hasten;
        _rooms.CheckAsked -= AskToFollow;
        _calls.Asked -= Hasten;
        _calls.FollowAsked -= AskToFollow;
        // The semaphore is left to the collector: the loop may still wait for it.
        base.Dispose();
    }

    private void AskToFollow()
    {
        try
        {
            _asked.Release();
        }
        catch (Exception e) when (e is SemaphoreFullException or ObjectDisposedException)
        {
            // Asked already.
        }
    }

    private void Hasten(Guid session)
    {
        if (_calls.IsOn)
        {
            var asked = _db.Clock.GetTimestamp();
            _ = Task.Run(() =>
                TryAsync(
                    "room",
                    async ct =>
                    {
                        await _reconciler.RunAsync(session, isThorough: false, ct, asked);
                        AskToFollow();
                    },
                    CancellationToken.None
                )
            );
        }
    }

    private async Task NodeChangedAsync(IMediaNode node, CancellationToken ct)
    {
        // In this order: a room is placed before it is made, so one that is there and not placed is left from another time.
        var there = node.IsUp ? await _plane.RoomsAsync(node.Name, ct) : [];
        var rooms = await _store.OpenRoomsOnAsync(node.Name, ct);
        if (node.IsUp)
        {
            var placed = rooms.Select(r => r.Name).ToHashSet();
            foreach (var stale in there.Where(name => !placed.Contains(name)))
            {
                await TryAsync("stale room", token => _plane.CloseRoomAsync(node.Name, stale, token), ct);
            }

            // What this process had there went with its connection, or with the node.
            foreach (var feeds in _calls.Watched.Where(f => f.Room.Node == node.Name))
            {
                feeds.WatchLost();
            }

            foreach (var call in _calls.All.Where(c => c.Row?.Node == node.Name))
            {
                await _calls.AdoptAsync(call.Session, call.Participant, null);
            }
        }

        await Task.WhenAll(rooms.Select(room => _reconciler.RunAsync(room.SessionId, isThorough: false, ct)));
        _rooms.CheckEverywhere();
    }

    // A node that missed a ping is pinged again at once. With no participant here a ping each second is enough.
    private async Task PingAsync(JanusNode node, CancellationToken ct)
    {
        while (!ct.IsCancellationRequested)
        {
            await TryAsync("ping", node.LookAsync, ct);
            if (!node.IsInDoubt)
            {
                await Task.Delay(_calls.Watched.Count > 0 ? PingEvery : PingIdleEvery, _db.Clock, ct);
            }
        }
    }

    // Sleeps while this process has no participant: a participant who enters wakes it.
    private async Task FollowAsync(CancellationToken ct)
    {
        var (last, isFirst, wait) = (_db.Clock.GetTimestamp(), true, TimeSpan.Zero);
        while (!ct.IsCancellationRequested)
        {
            var isAsked = await _asked.WaitAsync(wait, ct);
            wait = FollowEvery;
            await TryAsync(
                "rooms",
                async token =>
                {
                    if (isAsked || isFirst || _db.Clock.GetElapsedTime(last) >= FollowEvery)
                    {
                        (last, isFirst) = (_db.Clock.GetTimestamp(), false);
                        await FollowRoomsAsync(token);
                        foreach (var call in _calls.All)
                        {
                            await TryAsync("pictures", t => _calls.LookAtPicturesAsync(call, t), token);
                        }
                    }

                    var isTold = true;
                    foreach (var feeds in _calls.Watched)
                    {
                        isTold &= feeds.TellNewcomers();
                        feeds.TellRecovered(_db.Clock.GetUtcNow());
                    }

                    wait =
                        !isTold ? Soon
                        : IsAnybodyHere ? FollowEvery
                        : Timeout.InfiniteTimeSpan;
                },
                ct
            );
        }
    }

    private bool IsAnybodyHere => _calls.Watched.Count > 0 || _rooms.Rooms.Any(r => r.EmptySince is null);

    private async Task FollowRoomsAsync(CancellationToken ct)
    {
        var here = _rooms.Rooms.Where(r => r.EmptySince is null).Select(r => r.SessionId).ToHashSet();
        foreach (var gone in _calls.Watched.Select(f => f.Room.SessionId).Where(s => !here.Contains(s)))
        {
            _calls.ForgetRoom(gone);
        }

        if (here.Count == 0)
        {
            return;
        }

        // All at once: a node that died leaves many rooms behind.
        var rooms = await _store.RoomsAsync([.. here], ct);
        await Task.WhenAll(rooms.Select(room => TryAsync("watch", token => _calls.FollowRoomAsync(room.SessionId, room, token), ct)));
    }

    private async Task KeepAliveAsync(CancellationToken ct)
    {
        var calls = _calls.All;
        if (calls.Count > 0)
        {
            await TryAsync("ownership", async token => _calls.ForgetAllBut(calls, await _store.OwnedByAsync(_rooms.NodeId, token)), ct);
        }

        await Task.WhenAll([
            .. _calls.All.Select(call => TryAsync("keep-alive", token => _calls.KeepAliveAsync(call, token), ct)),
            .. _calls.Watched.Select(feeds => TryAsync("keep-alive", feeds.KeepAliveAsync, ct)),
        ]);
    }

    // A process that cannot know the rights any more blocks all media: a room must not go on unseen by its rules.
    private async Task EndWhenCutOffAsync(CancellationToken ct)
    {
        if (_rooms.Lease.IsOver)
        {
            await Task.WhenAll(_calls.All.Select(call => TryAsync("cut off", token => _calls.EndWithoutStoreAsync(call, token), ct)));
        }
    }

    private async Task AdoptAsync(CancellationToken ct)
    {
        foreach (var orphan in await _store.OrphansAsync(AdoptAtOnce, ct))
        {
            await _calls.AdoptAsync(orphan.SessionId, orphan.ParticipantId, null);
        }
    }

    private async Task RepeatAsync(string what, TimeSpan every, Func<CancellationToken, Task> step, CancellationToken ct)
    {
        using var timer = new PeriodicTimer(every);
        while (await timer.WaitForNextTickAsync(ct))
        {
            await TryAsync(what, step, ct);
        }
    }

    private async Task TryAsync(string what, Func<CancellationToken, Task> step, CancellationToken ct)
    {
        try
        {
            await step(ct);
        }
        catch (Exception e) when (!ct.IsCancellationRequested || e is not OperationCanceledException)
        {
            _log.LogWarning("Media ({What}): {Error}", what, e is MediaException ? e.Message : e.GetType().Name);
        }
    }
}
