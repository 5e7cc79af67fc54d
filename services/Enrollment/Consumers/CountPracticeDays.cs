using GroupTherapy.Contracts.Room.V1;
using GroupTherapy.Enrollment.Licensing;
using GroupTherapy.Enrollment.Storage;
using GroupTherapy.Platform.Data;
using GroupTherapy.Platform.Messaging;

namespace GroupTherapy.Enrollment.Consumers;

/// <summary>A member who joins from a jurisdiction makes the day a practice day of the session's facilitators there. A room that a crisis keeps open does
/// not.</summary>
public sealed class CountPracticeDayWhenJoinDecided(Db db, RuleSetCache ruleSets) : TransactionalConsumer<JoinDecided>(db)
{
    protected override async Task HandleAsync(UnitOfWork work, JoinDecided m, CancellationToken ct)
    {
        var letIn = m.Outcome == Outcome.Allow.Wire() || m.Outcome == Outcome.AllowWithConditions.Wire();
        if (!letIn || m.ReasonCodes.Contains(ReasonCodes.CrisisNeverDisconnect) || await ruleSets.FindAsync(work, m.RuleSet) is not { } rules)
        {
            return;
        }

        var zone = rules.Document.Jurisdictions.FirstOrDefault(j => j.Code == m.Jurisdiction)?.Zone;
        var counted = zone is null ? [] : await work.QueryAsync<Guid>(
            """
            insert into practice_days (facilitator_id, jurisdiction, day, zone, session_id)
            select facilitator, @Jurisdiction, (s.starts_at at time zone @zone)::date, @zone, s.session_id
                from planned_sessions s, unnest(s.lead_id || s.co_ids) facilitator
            where s.session_id = @SessionId and not exists (select 1 from meetings_held h where h.session_id = s.session_id and @MemberId <> all(h.present))
            on conflict do nothing returning facilitator_id
            """, new { m.Jurisdiction, zone, m.SessionId, m.MemberId });
        await PracticeDayStore.LookAgainAsync(work, counted, m.Jurisdiction);
    }
}

/// <summary>Takes back the practice days of jurisdictions from which no member was present: an admission alone uses up no day.</summary>
public sealed class CountPracticeDaysWhenSessionEnded(Db db) : TransactionalConsumer<SessionEnded>(db)
{
    protected override async Task HandleAsync(UnitOfWork work, SessionEnded m, CancellationToken ct)
    {
        var present = m.Attendance.Where(a => a.Segments.Count > 0).Select(a => a.MemberId).Distinct().ToArray();
        await work.ExecuteAsync(
            "insert into meetings_held (session_id, present, ended_at) values (@SessionId, @present, @EndedAt) on conflict do nothing",
                new { m.SessionId, present, m.EndedAt });
        foreach (var unused in (await work.QueryAsync<Unused>(
            """
            delete from practice_days p where session_id = @SessionId and not exists (
                select 1 from decisions d where d.session_id = @SessionId and d.member_id = any(@present)
                  and d.inputs::json -> 'request' -> 'member' -> 'location' ->> 'jurisdiction' = p.jurisdiction)
            returning facilitator_id, jurisdiction
            """, new { m.SessionId, present })).GroupBy(u => u.Jurisdiction))
        {
            await PracticeDayStore.LookAgainAsync(work, unused.Select(u => u.FacilitatorId), unused.Key);
        }
    }

    private sealed record Unused(Guid FacilitatorId, string Jurisdiction);
}
