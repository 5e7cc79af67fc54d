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
/// that lock; a session that another is busy with is left to it or to the next round. One that fails is put off, longer each time, and holds up no other.
/// </summary>
internal sealed class DeadlineWorker(Db db, LiveRooms rooms, RoomTimes times, LeaveRoom leaving, ILogger<DeadlineWorker> log) : BackgroundService
{
    private const int Batch = 100;
    private const int AtOnce = 3;
    private static readonly TimeSpan Every = TimeSpan.FromMilliseconds(500);

    protected override Task ExecuteAsync(CancellationToken stoppingToken) =>
        Task.WhenAll(new Func<CancellationToken, Task>[] { DueAsync, HeldAsync, DeadNodesAsync }.Select(round => RepeatAsync(round, stoppingToken)));

    private async Task RepeatAsync(Func<CancellationToken, Task> round, CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(Every, db.Clock);
        while (await timer.WaitForNextTickAsync(stoppingToken))
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

    private async Task DueAsync(CancellationToken ct)
    {
        var due = await db.QueryAsync<Due>(
            """
            select session_id, kind, subject, failures from (
                select session_id, kind, subject, failures, due_at, row_number() over (partition by session_id order by due_at) as place
                from deadlines where due_at <= @now and (retry_at is null or retry_at <= @now)) due
            order by place, due_at limit @Batch
            """, new { now = db.Clock.GetUtcNow(), Batch }, ct);
        // The first of each session before the second of any: no session fills the batch. Within one they are met in their order, sessions beside each other.
        await Parallel.ForEachAsync(due.GroupBy(d => d.SessionId), new ParallelOptions { MaxDegreeOfParallelism = AtOnce, CancellationToken = ct }, async (session, stop) =>
        {
            foreach (var one in session)
            {
                if (!await TryAsync(one, stop))
                {
                    break;
                }
            }
        });
    }

    /// <returns>False when it failed: the session's others wait for the next round, so that a session whose locks hang costs a round one wait and not many.</returns>
    private async Task<bool> TryAsync(Due one, CancellationToken ct)
    {
        try
        {
            await ForSessionAsync(one.SessionId, async turn =>
            {
                if (await turn.Work.ExecuteAsync(
                    """
                    delete from deadlines where (session_id, kind, subject) in (
                        select session_id, kind, subject from deadlines
                        where session_id = @SessionId and kind = @Kind and subject = @Subject and due_at <= @Now and (retry_at is null or retry_at <= @Now)
                        for update skip locked)
                    """, new { one.SessionId, one.Kind, one.Subject, turn.Work.Now }) == 1)
                {
                    await MeetAsync(turn, one);
                }
            }, ct);
            return true;
        }
        catch (Exception e) when (!ct.IsCancellationRequested)
        {
            await PutOffAsync(one, e, ct);
            return false;
        }
    }

    // Where the database is away this fails too, and ends the round: then nothing is the row's own fault.
    private async Task PutOffAsync(Due one, Exception cause, CancellationToken ct)
    {
        var wait = PhaseRules.PutOffFor(one.Failures + 1);
        await using var work = await db.BeginAsync(Caller.System("room"), ct);
        await work.ExecuteAsync(
            """
            update deadlines set failures = @failures, retry_at = @retryAt
            where session_id = @SessionId and kind = @Kind and subject = @Subject and due_at <= @Now and failures = @Failed
            """, new { one.SessionId, one.Kind, one.Subject, Failed = one.Failures, failures = one.Failures + 1, retryAt = work.Now + wait, work.Now });
        await work.CommitAsync(ct);
        log.LogError(
            "The deadline {Deadline} of session {Session} could not be met the {Failures}. time ({Kind} {State}); again in {Seconds} s",
            one.Kind, one.SessionId, one.Failures + 1, cause.GetType().Name, (cause as Npgsql.PostgresException)?.SqlState, wait.TotalSeconds);
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
            await ApartAsync("room", session, () => ForSessionAsync(session, async turn =>
            {
                if (turn.Session.Phase == Phases.Live)
                {
                    await HoldRoom.HoldWhenDueAsync(turn, times);
                }
                else if (turn.Session.Phase == Phases.Held)
                {
                    await HoldRoom.ResumeWhenStaffLiveAsync(turn, times);
                }
            }, ct), ct);
        }
    }

    // A node whose lease is over serves nobody: its connections are gone, and whoever had no other has been gone for longer than the grace already.
    private async Task DeadNodesAsync(CancellationToken ct)
    {
        var term = rooms.Lease.Term;
        var left = await db.QueryAsync<Orphan>(
            """
            select c.session_id, c.participant_id, c.connection_id from connections c left join nodes n using (node_id)
            where n.lease_until is null or n.lease_until < clock_timestamp() limit @Batch
            """, new { Batch }, ct);
        foreach (var orphan in left)
        {
            await ApartAsync("connection of a dead node", orphan.SessionId, () => leaving.ForgetAsync(
                term, orphan.SessionId, orphan.ParticipantId, orphan.ConnectionId, atOnce: times.NodeLease >= times.LeaveAfter, ct), ct);
        }
    }

    // What has no row of its own is looked at again in the next round anyway; until then its failure is nobody else's.
    private async Task ApartAsync(string what, Guid session, Func<Task> act, CancellationToken ct)
    {
        try
        {
            await act();
        }
        catch (Exception e) when (!ct.IsCancellationRequested)
        {
            log.LogError("The {What} of session {Session} could not be seen to ({Kind})", what, session, e.GetType().Name);
        }
    }

    private async Task ForSessionAsync(Guid session, Func<RoomTurn, Task> act, CancellationToken ct)
    {
        var term = rooms.Lease.Term;
        await using var work = await db.BeginAsync(Caller.System("room"), ct);
        // Whoever waits longer for a lock inside the turn gives it up: those behind must not wait with it.
        var free = await work.FirstOrDefaultAsync<Guid?>(
            "set local lock_timeout = '3s'; select session_id from sessions where session_id = @session for no key update skip locked", new { session });
        if (free is not null && await RoomTurn.BeginServingAsync(work, session, TurnLock.Change, rooms, term) is ({ } turn, true))
        {
            await act(turn);
            await work.CommitAsync(ct);
        }
    }

    private sealed record Due(Guid SessionId, string Kind, Guid Subject, int Failures);

    private sealed record Orphan(Guid SessionId, Guid ParticipantId, string ConnectionId);
}
