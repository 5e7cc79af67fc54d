using GroupTherapy.Contracts.Scheduling.V1;
using GroupTherapy.Platform.Data;
using GroupTherapy.Room.Live;
using GroupTherapy.Room.Log;
using GroupTherapy.Room.Phasing;

namespace GroupTherapy.Room.Planning;

/// <summary>Keeps what Scheduling plans. Snapshots are whole and versioned, so they may come twice, late and in any order.</summary>
public sealed class SessionPlans(LiveRooms rooms, RoomTimes times)
{
    internal async Task KeepAsync(UnitOfWork work, SessionSnapshot plan)
    {
        var key = rooms.Keys.NewWrapped(plan.SessionId);
        var kept = await work.ExecuteAsync(
            """
            insert into sessions as s (session_id, group_id, practice, starts_at, ends_at, capacity, retention_days, cancelled, plan_version, wrapped_key, late_arrivals)
            values (@SessionId, @GroupId, @Practice, @StartsAt, @EndsAt, @Capacity, @ChatRetentionDays, @Cancelled, @Version, @key, @LateArrivals)
            on conflict (session_id) do update set group_id = excluded.group_id, practice = excluded.practice, starts_at = excluded.starts_at, ends_at = excluded.ends_at,
                capacity = excluded.capacity, retention_days = excluded.retention_days, cancelled = excluded.cancelled, plan_version = excluded.plan_version,
                late_arrivals = excluded.late_arrivals
            where excluded.plan_version > s.plan_version
            """,
            new
            {
                plan.SessionId, plan.GroupId, plan.Practice, plan.StartsAt, plan.EndsAt, plan.Capacity, plan.ChatRetentionDays, plan.Cancelled, plan.Version, key, plan.LateArrivals,
            });
        if (kept == 0)
        {
            return;
        }

        var turn = (await RoomTurn.BeginAsync(work, plan.SessionId, TurnLock.Change, rooms))!;
        await StaffAsync(turn, plan);
        if (turn.Session.Phase == Phases.Ended)
        {
            return;
        }

        if (plan.Cancelled)
        {
            await turn.DropDeadlineAsync(Deadlines.Lobby);
            await turn.DropDeadlineAsync(Deadlines.End);
            if (PhaseRules.HasBegun(turn.Session.Phase))
            {
                await EndSession.ApplyAsync(turn, null, "This session was cancelled.", EndSession.Cancelled);
            }

            return;
        }

        await turn.SetDeadlineAsync(Deadlines.End, plan.EndsAt + times.EndAfter);
        if (turn.Session.Phase == Phases.Scheduled)
        {
            await turn.SetDeadlineAsync(Deadlines.Lobby, PhaseRules.LobbyAt(plan.StartsAt, times.LobbyBefore));
        }
    }

    // Who no longer leads it loses the room at once.
    private static async Task StaffAsync(RoomTurn turn, SessionSnapshot plan)
    {
        await turn.Work.ExecuteAsync("delete from session_staff where session_id = @SessionId", new { turn.SessionId });
        await turn.Work.ExecuteAsync(
            """
            insert into session_staff (session_id, account_id, role) values (@SessionId, @LeadFacilitatorId, 'lead');
            insert into session_staff (session_id, account_id, role) select @SessionId, id, 'co_facilitator' from unnest(@others) as id on conflict do nothing;
            """, new { turn.SessionId, plan.LeadFacilitatorId, others = plan.CoFacilitatorIds.ToArray() });
        turn.CheckConnectionsAfterCommit();
    }
}
