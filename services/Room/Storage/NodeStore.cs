using GroupTherapy.Platform.Data;
using GroupTherapy.Platform.Security;
using GroupTherapy.Room.Domain;

namespace GroupTherapy.Room.Storage;

/// <summary>A connection that has to end, and why.</summary>
public sealed record EndingConnection(string ConnectionId, string Reason);

/// <summary>A connection as the database knows it.</summary>
public sealed record ConnectionRow(string ConnectionId, Guid SessionId, Guid ParticipantId, DateTimeOffset EnteredAt);

/// <summary>The commands for rooms whose staff may be gone, or back.</summary>
/// <param name="Due">Live sessions whose staff sent no heartbeat for the grace, and held ones whose staff did again.</param>
/// <param name="Next">When another one can be due at the earliest; null when no room runs.</param>
public sealed record StaffLook(Guid[] Due, DateTimeOffset? Next);

/// <summary>A node's own reads and writes: its lease, heartbeats of staff, and which connections have to end.</summary>
public sealed class NodeStore(Db db, NodeLease lease, RoomTimes times)
{
    /// <returns>The term, as the database counts it.</returns>
    public async Task<long> RenewLeaseAsync(CancellationToken ct)
    {
        await using var work = await db.BeginAsync(Caller.System("room"), ct);
        var term = await work.FirstOrDefaultAsync<long>(
            $"""
            insert into nodes as n (node_id, term, lease_until) values (@NodeId, @Term + 1, clock_timestamp() + @NodeLease)
            on conflict (node_id) do update set lease_until = excluded.lease_until, term = case when n.{NodeLease.Counts} then n.term else greatest(n.term,
                @Term) + 1 end
            returning term;
            delete from nodes n where n.lease_until < clock_timestamp() - interval '1 hour' and not exists (select 1 from connections c where c.node_id =
                n.node_id);
            delete from revoked_sign_ins where revoked_at < @Now - interval '7 days';
            """,
            new
            {
                lease.NodeId,
                lease.Term,
                times.NodeLease,
                work.Now,
            }
        );
        await work.CommitAsync(ct);
        return term;
    }

    /// <summary>Staff of these sessions sent a heartbeat at these instants.</summary>
    public async Task SeeStaffAsync(IReadOnlyList<(Guid Session, DateTimeOffset At)> seen, CancellationToken ct)
    {
        await using var work = await db.BeginAsync(Caller.System("room"), ct);
        await work.ExecuteAsync(
            """
            insert into staff_presence as p (session_id, seen_at) select * from unnest(@sessions, @instants) order by 1
            on conflict (session_id) do update set seen_at = excluded.seen_at where excluded.seen_at > p.seen_at
            """,
            new { sessions = seen.Select(s => s.Session).ToArray(), instants = seen.Select(s => s.At.UtcDateTime).ToArray() }
        );
        await work.CommitAsync(ct);
    }

    /// <summary>Looks at every live and held session, by the heartbeats of its staff.</summary>
    public async Task<StaffLook> LookForStaffAsync(CancellationToken ct)
    {
        var now = db.Clock.GetUtcNow();
        return (
            await db.FirstOrDefaultAsync<StaffLook>(
                """
                with running as materialized (
                    select s.session_id, s.phase = 'held' as is_held, coalesce(p.seen_at, s.opened_at) as seen_at,
                        case s.phase when 'live' then coalesce(p.seen_at, s.opened_at) <= @lost else p.seen_at > @alive end as is_due
                    from sessions s left join staff_presence p using (session_id) where s.phase in ('live', 'held'))
                select array(select session_id from running where is_due) as due,
                    (select min(case when is_held then @now else seen_at + @FacilitatorGrace end) from running where is_due is not true) as next
                """,
                new
                {
                    now,
                    lost = now - times.FacilitatorGrace,
                    alive = now - times.FacilitatorGrace / 2,
                    times.FacilitatorGrace,
                },
                ct
            )
        )!;
    }

    /// <summary>Connections of nodes whose lease is over.</summary>
    public Task<IReadOnlyList<ConnectionRow>> ConnectionsOfDeadNodesAsync(int limit, CancellationToken ct) =>
        db.QueryAsync<ConnectionRow>(
            """
            select c.connection_id, c.session_id, c.participant_id, c.entered_at from connections c left join nodes n using (node_id)
            where n.lease_until is null or n.lease_until < clock_timestamp() order by c.session_id limit @limit
            """,
            new { limit },
            ct
        );

    public Task<IReadOnlyList<ConnectionRow>> OwnConnectionsAsync(CancellationToken ct) =>
        db.QueryAsync<ConnectionRow>(
            "select connection_id, session_id, participant_id, entered_at from connections where node_id = @NodeId",
            new { lease.NodeId },
            ct
        );

    public async Task<IReadOnlySet<Guid>> RevokedAsync(Guid[] signIns, CancellationToken ct) =>
        (await db.QueryAsync<Guid>("select sign_in_id from revoked_sign_ins where sign_in_id = any(@signIns)", new { signIns }, ct)).ToHashSet();

    /// <summary>Connections of this node whose people have to go, whatever hints were lost.</summary>
    public Task<IReadOnlyList<EndingConnection>> ConnectionsToEndAsync(CancellationToken ct)
    {
        var now = db.Clock.GetUtcNow();
        return db.QueryAsync<EndingConnection>(
            """
            select connection_id, reason from (
                select c.connection_id, case
                    when p.admission = 'removed' then 'removed'
                    when s.phase = 'ended' and s.ended_at < @drained then 'session-ended'
                    when c.ending is not null then c.ending
                    when c.closes_at <= @now then 'eligibility-lost'
                    when c.sign_in_ends_at <= @now or r.sign_in_id is not null then 'signed-out'
                    when p.role <> 'member' and t.account_id is null then 'handed-over'
                    when a.roles is not null and not (case when p.role = 'member' then @Member else @Facilitator end = any (a.roles)) then 'eligibility-lost'
                    when p.role <> 'member' and s.practice <> all (a.facilitator_in) then 'eligibility-lost'
                    when p.role = 'member' and c.closes_at is null and not p.crisis and (p.permit_lost or p.permit_until <= @late
                        or (p.permit_until <= @now and not exists (
                            select 1 from due_work d where d.kind = @Kind and d.key = p.session_id || @permitEnd || p.participant_id))) then
                                'eligibility-lost' end as reason
                from connections c
                join participants p using (session_id, participant_id)
                join sessions s using (session_id)
                left join revoked_sign_ins r on r.sign_in_id = c.sign_in_id
                left join session_staff t on t.session_id = p.session_id and t.account_id = p.account_id
                left join account_roles a on a.account_id = p.account_id
                where c.node_id = @NodeId) x
            where reason is not null
            """,
            // Events announce the end of a permit and of a session; this is for connections that the events did not reach.
            new
            {
                lease.NodeId,
                now,
                drained = now.AddSeconds(-3),
                late = now.AddSeconds(-50),
                AccountRoles.Member,
                AccountRoles.Facilitator,
                DueKeys.Kind,
                permitEnd = $"/{Deadlines.PermitEnd}/",
            },
            ct
        );
    }
}
