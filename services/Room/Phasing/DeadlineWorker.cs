using GroupTherapy.Platform.Data;
using GroupTherapy.Platform.Security;
using GroupTherapy.Room.Eligibility;
using GroupTherapy.Room.Live;
using GroupTherapy.Room.Log;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace GroupTherapy.Room.Phasing;

/// <summary>
/// Makes due what is due, in every node: deadlines are rows, so they survive whoever set them. The session is locked first and the deadline read again under
/// that lock; a session that another is busy with is left to it or to the next round.
/// </summary>
internal sealed class DeadlineWorker(Db db, LiveRooms rooms, RoomTimes times, LeaveRoom leaving, ILogger<DeadlineWorker> log) : BackgroundService
{
    private const int Batch = 100;
    private static readonly TimeSpan Every = TimeSpan.FromMilliseconds(500);

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(Every, db.Clock);
        while (await timer.WaitForNextTickAsync(stoppingToken))
        {
            foreach (var round in new Func<CancellationToken, Task>[] { DueAsync, HeldAsync, DeadNodesAsync })
            {
                try
                {
                    await round(stoppingToken);
                }
                catch (Exception e) when (e is not OperationCanceledException || !stoppingToken.IsCancellationRequested)
                {
                    log.LogWarning("Deadlines wait ({Kind})", e.GetType().Name);
                }
            }
        }
    }

    private async Task DueAsync(CancellationToken ct)
    {
        var due = await db.QueryAsync<Due>(
            "select session_id, kind, subject from deadlines where due_at <= @now order by due_at limit @Batch", new { now = db.Clock.GetUtcNow(), Batch }, ct);
        foreach (var one in due)
        {
            await ForSessionAsync(one.SessionId, async turn =>
            {
                if (await turn.Work.ExecuteAsync(
                    "delete from deadlines where session_id = @SessionId and kind = @Kind and subject = @Subject and due_at <= @Now",
                    new { one.SessionId, one.Kind, one.Subject, turn.Work.Now }) == 1)
                {
                    await MeetAsync(turn, one);
                }
            }, ct);
        }
    }

    private async Task MeetAsync(RoomTurn turn, Due due)
    {
        switch (due.Kind)
        {
            case Deadlines.Lobby:
                await OpenRoom.OpenLobbyWhenDueAsync(turn, times);
                break;
            case Deadlines.End:
                await EndSession.ApplyAsync(turn, null, "The time of this session is over.", EndSession.TimeOver);
                break;
            case Deadlines.HeldEnd when turn.Session.Phase == Phases.Held:
                await EndSession.ApplyAsync(turn, null, "No facilitator could come back. This session has ended; the next one takes place as planned.", EndSession.NoStaff);
                break;
            case Deadlines.Leave:
                await LeaveAsync(turn, due.Subject);
                break;
            case Deadlines.PermitEnd:
                await MemberStanding.ExpireAsync(turn, due.Subject, times);
                break;
            case var warning when EligibilityRules.AnnouncedBefore.FirstOrDefault(m => Deadlines.PermitWarning(m) == warning) is var minutes and > 0:
                await MemberStanding.WarnAsync(turn, due.Subject, minutes);
                break;
            case Deadlines.Forget:
                await turn.Work.ExecuteAsync("update sessions set wrapped_key = null where session_id = @SessionId", new { turn.SessionId });
                await turn.Work.AuditAsync("session.key-destroyed", null, turn.SessionId);
                break;
        }
    }

    private static async Task LeaveAsync(RoomTurn turn, Guid participant)
    {
        var connected = await turn.Work.FirstOrDefaultAsync<bool>(
            "select exists (select 1 from connections where session_id = @SessionId and participant_id = @participant)", new { turn.SessionId, participant });
        if (!connected && await turn.ParticipantAsync(participant) is { Present: true } who)
        {
            await Presence.GoAsync(turn, who);
        }
    }

    private async Task HeldAsync(CancellationToken ct)
    {
        var now = db.Clock.GetUtcNow();
        var suspect = await db.QueryAsync<Guid>(
            """
            select s.session_id from sessions s left join staff_presence p using (session_id)
            where (s.phase = 'live' and coalesce(p.seen_at, s.opened_at) <= @lost) or (s.phase = 'held' and p.seen_at > @alive)
            """, new { lost = now - times.FacilitatorGrace, alive = now - times.FacilitatorGrace / 2 }, ct);
        foreach (var session in suspect)
        {
            await ForSessionAsync(session, async turn =>
            {
                if (turn.Session.Phase == Phases.Live)
                {
                    await HoldRoom.HoldWhenDueAsync(turn, times);
                }
                else if (turn.Session.Phase == Phases.Held)
                {
                    await HoldRoom.ResumeWhenStaffLiveAsync(turn, times);
                }
            }, ct);
        }
    }

    // A node whose lease is over serves nobody: its connections are gone, and whoever had no other has been gone for longer than the grace already.
    private async Task DeadNodesAsync(CancellationToken ct)
    {
        var left = await db.QueryAsync<Orphan>(
            """
            select c.session_id, c.participant_id, c.connection_id from connections c left join nodes n using (node_id)
            where n.lease_until is null or n.lease_until < clock_timestamp() limit @Batch
            """, new { Batch }, ct);
        foreach (var orphan in left)
        {
            await leaving.ForgetAsync(orphan.SessionId, orphan.ParticipantId, orphan.ConnectionId, atOnce: times.NodeLease >= times.LeaveAfter, ct);
        }
    }

    private async Task ForSessionAsync(Guid session, Func<RoomTurn, Task> act, CancellationToken ct)
    {
        await using var work = await db.BeginAsync(Caller.System("room"), ct);
        var free = await work.FirstOrDefaultAsync<Guid?>("select session_id from sessions where session_id = @session for no key update skip locked", new { session });
        if (free is not null && await RoomTurn.BeginAsync(work, session, TurnLock.Change, rooms) is { } turn)
        {
            await act(turn);
            await work.CommitAsync(ct);
        }
    }

    private sealed record Due(Guid SessionId, string Kind, Guid Subject);

    private sealed record Orphan(Guid SessionId, Guid ParticipantId, string ConnectionId);
}
