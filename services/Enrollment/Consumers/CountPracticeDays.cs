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
        var counted = zone is null ? [] : await PracticeDayStore.CountAsync(work, m.SessionId, m.MemberId, m.Jurisdiction, zone);
        await PracticeDayStore.LookAgainAsync(work, counted, m.Jurisdiction);
    }
}

/// <summary>Takes back the practice days of jurisdictions from which no member was present: an admission alone uses up no day.</summary>
public sealed class CountPracticeDaysWhenSessionEnded(Db db) : TransactionalConsumer<SessionEnded>(db)
{
    protected override async Task HandleAsync(UnitOfWork work, SessionEnded m, CancellationToken ct)
    {
        var present = m.Attendance.Where(a => a.Segments.Count > 0).Select(a => a.MemberId).Distinct().ToArray();
        foreach (var unused in (await PracticeDayStore.TakeBackAsync(work, m.SessionId, present, m.EndedAt)).GroupBy(u => u.Jurisdiction))
        {
            await PracticeDayStore.LookAgainAsync(work, unused.Select(u => u.FacilitatorId), unused.Key);
        }
    }
}
