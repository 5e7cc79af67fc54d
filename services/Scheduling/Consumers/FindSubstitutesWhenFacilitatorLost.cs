using GroupTherapy.Contracts.Enrollment.V1;
using GroupTherapy.Contracts.Room.V1;
using GroupTherapy.Contracts.Scheduling.V1;
using GroupTherapy.Platform.Data;
using GroupTherapy.Platform.Messaging;
using GroupTherapy.Scheduling.Domain;
using GroupTherapy.Scheduling.Series;
using GroupTherapy.Scheduling.Storage;

namespace GroupTherapy.Scheduling.Consumers;

/// <summary>
/// A room is held because its facilitators are gone: publishes which facilitators are free and may serve every member who is in it, where they are now.
/// A facilitator who would leave one of them uncovered is not proposed.
/// </summary>
public sealed class FindSubstitutesWhenFacilitatorLost(Db db) : TransactionalConsumer<FacilitatorLost>(db)
{
    protected override async Task HandleAsync(UnitOfWork work, FacilitatorLost m, CancellationToken ct)
    {
        if (await SessionStore.FindAsync(work, m.SessionId) is not var (group, session)
            || await PhaseStore.WentOnAsync(work, m.SessionId, m.Version)
            || !await SubstituteStore.BeginSearchAsync(work, m.SessionId, m.Version))
        {
            return;
        }

        var found = await CoverageStore.FindAsync(work, group.Id) is { } coverage ? await FindAsync(work, group, session, coverage, m) : [];
        work.Publish(new SubstitutesSought(m.SessionId, group.Id, found, m.HeldUntil, work.Now));
        work.Audit("session.substitutes-sought", reference: m.SessionId, data: new { groupId = group.Id, found, m.Version });
    }

    private static async Task<IReadOnlyList<Guid>> FindAsync(UnitOfWork work, Group group, Session session, Coverage coverage, FacilitatorLost m)
    {
        // A room may outlast its planned end; the event says until when it is held.
        var rest = new MeetingTime(work.Now, new[] { session.EndsAt, m.HeldUntil, work.Now }.Max());
        var present = m.Places.Select(p => new MembersByJurisdiction(p.Jurisdiction, p.Members)).ToList();
        var ranked = await SubstituteStore.RankAsync(work, group, session, coverage, present, rest);
        return [.. ranked.Where(s => s is { Busy: false, Uncovered.Count: 0 }).Select(s => s.FacilitatorId)];
    }
}
