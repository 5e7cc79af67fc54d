using GroupTherapy.Contracts.Enrollment.V1;
using GroupTherapy.Enrollment.Storage;
using GroupTherapy.Platform.Data;
using GroupTherapy.Platform.Security;
using GroupTherapy.Platform.Work;

namespace GroupTherapy.Enrollment.Workers;

/// <summary>
/// Rechecks every live enrollment after the rules themselves changed, in small steps: a member who confirms or leaves meanwhile waits for a few rows, not for
/// the whole table.
/// </summary>
internal sealed class SweepPermits(Db db, RuleSetCache ruleSets) : DueWorkHandler
{
    private const int EnrollmentsPerStep = 200;

    public override string Kind => ScheduledWork.SweepPermits;

    /// <summary>Schedules a sweep, in the transaction that changed the rules.</summary>
    public static void Schedule(UnitOfWork work, DateTimeOffset dueAt)
    {
        work.Schedule(ScheduledWork.SweepPermits, work.NewId().ToString(), dueAt);
        ScheduledWork.WakeCoverage(work);
    }

    public override async Task HandleAsync(IReadOnlyList<DueRow> rows, CancellationToken ct)
    {
        foreach (var row in rows)
        {
            await using var work = await db.BeginAsync(Caller.System("permits"), ct);
            Guid? reached = row.Data is null ? null : Guid.Parse(row.Data);
            if (reached is null)
            {
                await PublishOffersAsync(work);
            }

            var ids = await Rechecks.NextEnrollmentsAsync(work, reached, EnrollmentsPerStep);
            await Rechecks.OfEnrollmentsAsync(work, ids);
            await work.CommitAsync(ct);
            if (ids.Length == EnrollmentsPerStep)
            {
                // How far it came is in the row, so a crash repeats one step at most.
                await ScheduledWork.MoveAsync(db, row, row.DueAt, ids[^1].ToString(), ct);
            }
        }
    }

    // A sweep is due whenever other rules come into force, so this is when the catalogue must print what they offer.
    private async Task PublishOffersAsync(UnitOfWork work)
    {
        var rules = await ruleSets.InForceAsync(work);
        var offers = from practice in rules.Document.PracticePolicies.Select(row => row.Practice).Distinct().Order(StringComparer.Ordinal)
                     from service in rules.Document.ServiceClasses.Select(row => row.Code).Order(StringComparer.Ordinal)
                     let places = rules.OfferedIn(practice, service, work.Now)
                     where places.Count > 0
                     select new PracticeOffer(practice, service, places);
        work.Publish(new PracticeOffersChanged(rules.Version, [.. offers], work.Now));
    }
}
