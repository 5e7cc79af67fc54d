using GroupTherapy.Contracts.Identity;
using GroupTherapy.Platform.Data;
using GroupTherapy.Platform.Security;
using GroupTherapy.Platform.Time;
using GroupTherapy.Room.Log;
using GroupTherapy.Room.Phasing;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace GroupTherapy.Room.Live;

/// <summary>
/// What keeps this node true to the database whatever hints were lost: its lease, the heads of the logs it serves, the connections that must go,
/// and the signs of life of its facilitators.
/// </summary>
internal sealed class NodeLoop : BackgroundService
{
    private static readonly TimeSpan Every = TimeSpan.FromMilliseconds(500);
    private static readonly TimeSpan HeadsEvery = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan LeaseEvery = TimeSpan.FromSeconds(3);
    private static readonly TimeSpan SweepEvery = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan EmptyFor = TimeSpan.FromSeconds(30);
    private static readonly TimeSpan EnterWithin = TimeSpan.FromSeconds(60);

    private readonly Db _db;
    private readonly LiveRooms _rooms;
    private readonly RedisLink _redis;
    private readonly RoomTimes _times;
    private readonly NodeLease _lease;
    private readonly LeaveRoom _leaving;
    private readonly ILogger<NodeLoop> _log;
    private readonly SemaphoreSlim _asked = new(0, 1);
    private readonly Dictionary<string, long> _last = [];

    public NodeLoop(Db db, LiveRooms rooms, RedisLink redis, RoomTimes times, NodeLease lease, LeaveRoom leaving, ILogger<NodeLoop> log)
    {
        (_db, _rooms, _redis, _times, _lease, _leaving, _log) = (db, rooms, redis, times, lease, leaving, log);
        rooms.CheckAsked += Ask;
    }

    /// <summary>The first lease is there before the first client.</summary>
    public override async Task StartAsync(CancellationToken cancellationToken)
    {
        await StepAsync("lease", LeaseEvery, RenewAsync, cancellationToken);
        await base.StartAsync(cancellationToken);
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        while (!stoppingToken.IsCancellationRequested)
        {
            await StepAsync("lease", LeaseEvery, RenewAsync, stoppingToken);
            await StepAsync("signs of life", HeadsEvery, ReportStaffAsync, stoppingToken);
            await StepAsync("connections", TimeSpan.Zero, CloseWhoMustGoAsync, stoppingToken);
            await StepAsync("heads", HeadsEvery, ReadHeadsAsync, stoppingToken);
            await StepAsync("sweep", SweepEvery, SweepAsync, stoppingToken);
            await _asked.WaitAsync(Every, stoppingToken);
        }
    }

    public override void Dispose()
    {
        _rooms.CheckAsked -= Ask;
        _asked.Dispose();
        base.Dispose();
    }

    private void Ask()
    {
        try
        {
            _asked.Release();
        }
        catch (Exception e) when (e is SemaphoreFullException or ObjectDisposedException)
        {
            // Asked already: one look sees everything committed so far.
        }
    }

    private async Task StepAsync(string what, TimeSpan every, Func<CancellationToken, Task> step, CancellationToken ct)
    {
        var now = TimeProvider.System.GetTimestamp();
        if (_last.TryGetValue(what, out var last) && TimeProvider.System.GetElapsedTime(last, now) < every)
        {
            return;
        }

        try
        {
            await step(ct);
            _last[what] = now;
        }
        catch (Exception e) when (e is not OperationCanceledException || !ct.IsCancellationRequested)
        {
            _log.LogWarning("The node's {What} wait ({Kind})", what, e.GetType().Name);
        }
    }

    private async Task RenewAsync(CancellationToken ct)
    {
        var askedAt = TimeProvider.System.GetTimestamp();
        await using var work = await _db.BeginAsync(Platform.Security.Caller.System("room"), ct);
        var term = await work.FirstOrDefaultAsync<long>(
            $"""
             insert into nodes as n (node_id, term, lease_until) values (@NodeId, @Term + 1, clock_timestamp() + @NodeLease)
             on conflict (node_id) do update set lease_until = excluded.lease_until, term = case when {NodeLease.Counts} then n.term else greatest(n.term, @Term) + 1 end
             returning term;
             delete from nodes n where n.lease_until < clock_timestamp() - interval '1 hour' and not exists (select 1 from connections c where c.node_id = n.node_id);
             """, new { _rooms.NodeId, _lease.Term, _times.NodeLease });
        await work.CommitAsync(ct);
        if (_lease.Renewed(askedAt, term))
        {
            CutOffWatch.MoveEverybody(_rooms);
        }
    }

    private async Task ReportStaffAsync(CancellationToken ct)
    {
        var seen = _rooms.Connections.Where(c => c is { Entry: not null, IsStaff: true, IsEnding: false })
            .GroupBy(c => c.Entry!.SessionId, (session, staff) => (session, at: staff.Max(c => c.LastSeen).ToMicroseconds())).ToList();
        if (seen.Count == 0)
        {
            return;
        }

        await using var work = await _db.BeginAsync(Platform.Security.Caller.System("room"), ct);
        await work.ExecuteAsync(
            """
            insert into staff_presence as p (session_id, seen_at) select * from unnest(@sessions, @instants) order by 1
            on conflict (session_id) do update set seen_at = excluded.seen_at where excluded.seen_at > p.seen_at
            """, new { sessions = seen.Select(s => s.session).ToArray(), instants = seen.Select(s => s.at.UtcDateTime).ToArray() });
        await work.CommitAsync(ct);
    }

    /// <summary>A connection that has not entered stands in no table, but a sign-out ends it all the same.</summary>
    private async Task CloseSignedOutAtTheDoorAsync(CancellationToken ct)
    {
        var waiting = _rooms.Connections.Where(c => c.Entry is null && !c.IsEnding).ToList();
        if (waiting.Count == 0)
        {
            return;
        }

        var revoked = (await _db.QueryAsync<Guid>(
            "select sign_in_id from revoked_sign_ins where sign_in_id = any(@signIns)", new { signIns = waiting.Select(c => c.Caller.SignInId).Distinct().ToArray() }, ct)).ToHashSet();
        var now = _db.Clock.GetUtcNow();
        foreach (var connection in waiting.Where(c => revoked.Contains(c.Caller.SignInId) || c.Caller.SignInEndsAt <= now))
        {
            connection.End("signed-out");
        }
    }

    private async Task CloseWhoMustGoAsync(CancellationToken ct)
    {
        await CloseSignedOutAtTheDoorAsync(ct);
        if (!_rooms.Connections.Any(c => c.Entry is not null))
        {
            return;
        }

        var now = _db.Clock.GetUtcNow();
        var going = await _db.QueryAsync<Going>(
            """
            select connection_id, reason from (
                select c.connection_id, case
                    when p.admission = 'removed' then 'removed'
                    when s.phase = 'ended' and s.ended_at < @drained then 'session-ended'
                    when c.ending is not null then c.ending
                    when c.closes_at <= @now then 'eligibility-lost'
                    when c.sign_in_ends_at <= @now or r.sign_in_id is not null then 'signed-out'
                    when p.role <> 'member' and t.account_id is null then 'eligibility-lost'
                    when a.roles is not null and not (case when p.role = 'member' then @member else @facilitator end = any (a.roles)) then 'eligibility-lost'
                    when p.role = 'member' and c.closes_at is null and not p.crisis and (p.permit_lost or p.permit_until <= @late
                        or (p.permit_until <= @now and not exists (
                            select 1 from deadlines d where d.session_id = p.session_id and d.kind = 'permit-end' and d.subject = p.participant_id))) then 'eligibility-lost' end as reason
                from connections c
                join participants p using (session_id, participant_id)
                join sessions s using (session_id)
                left join revoked_sign_ins r on r.sign_in_id = c.sign_in_id
                left join session_staff t on t.session_id = p.session_id and t.account_id = p.account_id
                left join account_roles a on a.account_id = p.account_id
                where c.node_id = @NodeId) x
            where reason is not null
            """,
            // A permit's end is told in words first; this is for whom that did not reach.
            // A session that ended is told in its turn, after the last events; this is for whom that did not reach.
            new { _rooms.NodeId, now, drained = now.AddSeconds(-3), late = now.AddSeconds(-50), member = Roles.Member, facilitator = Roles.Facilitator }, ct);
        foreach (var (connectionId, reason) in going)
        {
            _rooms.Find(connectionId)?.End(reason);
        }
    }

    private async Task ReadHeadsAsync(CancellationToken ct)
    {
        var rooms = _rooms.Rooms.Where(r => r.EmptySince is null).ToDictionary(r => r.SessionId);
        if (rooms.Count == 0)
        {
            return;
        }

        foreach (var head in await RoomLog.HeadsAsync(_db, [.. rooms.Keys], ct))
        {
            rooms[head.SessionId].Hint(head.Stream, head.LastSeq);
        }
    }

    private async Task SweepAsync(CancellationToken ct)
    {
        var now = _db.Clock.GetUtcNow();
        foreach (var room in _rooms.Rooms)
        {
            _rooms.Retire(room, now - EmptyFor);
        }

        foreach (var room in _rooms.Rooms)
        {
            _redis.Listen(room.SessionId);
        }

        foreach (var silent in _rooms.Connections.Where(c => c.Entry is null && c.OpenedAt < now - EnterWithin))
        {
            silent.Drop();
        }

        // Rows of this node without a connection: their end could not be written when it came. Connections without a row, or of an earlier term: this node was thought dead.
        var term = _lease.Term;
        var open = _rooms.Connections.Where(c => c is { Entry: not null }).ToDictionary(c => c.ConnectionId);
        var rows = await _db.QueryAsync<Row>(
            "select connection_id, session_id, participant_id, entered_at from connections where node_id = @NodeId", new { _rooms.NodeId }, ct);
        foreach (var row in rows.Where(r => _rooms.Find(r.ConnectionId)?.Entry is null && r.EnteredAt < now - SweepEvery))
        {
            await _leaving.ForgetAsync(term, row.SessionId, row.ParticipantId, row.ConnectionId, atOnce: false, ct);
        }

        foreach (var row in rows.Where(r => open.TryGetValue(r.ConnectionId, out var c) && c.Entry?.Term == term))
        {
            open.Remove(row.ConnectionId);
        }

        foreach (var stranger in open.Values)
        {
            stranger.End(EndReasons.Moved);
        }
    }

    private sealed record Going(string ConnectionId, string Reason);

    private sealed record Row(string ConnectionId, Guid SessionId, Guid ParticipantId, DateTimeOffset EnteredAt);
}
