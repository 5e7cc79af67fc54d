using GroupTherapy.Contracts.Enrollment.V1;
using GroupTherapy.Enrollment.Domain;
using GroupTherapy.Enrollment.Licensing;
using GroupTherapy.Enrollment.Storage;
using GroupTherapy.Platform.Data;
using GroupTherapy.Platform.Security;

namespace GroupTherapy.Enrollment.Workers;

/// <summary>
/// Has every stay looked at again after the rules themselves changed, in small steps: whoever confirms or leaves meanwhile waits for a few rows, not for the
/// whole table. How far a sweep came is a row, so a crash repeats one step at most.
/// </summary>
public sealed class SweepPermits(Db db, RuleSetShelf shelf, ILogger<SweepPermits> log) : RegularWork(db.Clock, TimeSpan.FromMilliseconds(250), "the sweep of permits", log)
{
    private const int StaysPerStep = 200;

    /// <summary>Orders a sweep, in the transaction that changed the rules.</summary>
    internal static Task OrderAsync(UnitOfWork work, DateTimeOffset dueAt) => work.ExecuteAsync("insert into permit_sweeps (due_at) values (@dueAt)", new { dueAt });

    /// <summary>One step of the sweep that is due the longest.</summary>
    /// <returns>False when none is due.</returns>
    public override async Task<bool> StepAsync(CancellationToken ct)
    {
        await using var work = await db.BeginAsync(Caller.System("permits"), ct);
        var sweep = await work.FirstOrDefaultAsync<Sweep>("select id, reached from permit_sweeps where due_at <= @Now order by due_at, id limit 1 for update skip locked", new { work.Now });
        if (sweep is null)
        {
            return false;
        }

        if (sweep.Reached is null)
        {
            await TellOffersAsync(work);
        }

        var stays = (await work.QueryAsync<Guid>(
            "select id from enrollments where status <> 'ended' and (@Reached::uuid is null or id > @Reached) order by id limit @StaysPerStep", new { sweep.Reached, StaysPerStep })).ToArray();
        await PermitSql.LookAgainAsync(work, stays);
        await work.ExecuteAsync(
            stays.Length < StaysPerStep ? "delete from permit_sweeps where id = @Id" : "update permit_sweeps set reached = @last where id = @Id", new { sweep.Id, last = stays.LastOrDefault() });
        await work.CommitAsync(ct);
        return true;
    }

    // A sweep is due whenever other rules have come into force, so this is when the catalogue must print what they offer.
    private async Task TellOffersAsync(UnitOfWork work)
    {
        var rules = await shelf.InForceAsync(work);
        var offers = from practice in rules.Document.PracticePolicies.Select(row => row.Practice).Distinct().Order(StringComparer.Ordinal)
                     from service in rules.Document.ServiceClasses.Select(row => row.Code).Order(StringComparer.Ordinal)
                     let places = rules.OfferedIn(practice, service, work.Now)
                     where places.Count > 0
                     select new PracticeOffer(practice, service, places);
        await work.PublishAsync(new PracticeOffersChanged(rules.Version, [.. offers], work.Now));
    }

    private sealed record Sweep(long Id, Guid? Reached);
}
