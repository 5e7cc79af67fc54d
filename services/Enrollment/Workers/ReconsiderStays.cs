using GroupTherapy.Enrollment.Domain;
using GroupTherapy.Enrollment.Licensing;
using GroupTherapy.Enrollment.Storage;
using GroupTherapy.Platform.Data;
using GroupTherapy.Platform.Security;

namespace GroupTherapy.Enrollment.Workers;

/// <summary>
/// Asks the rules again about stays that are due: something changed, or a known instant has come. Work is rows, taken by whichever process is first and by one alone.
/// </summary>
public sealed class ReconsiderStays(Db db, RuleSetShelf shelf, KeepStanding standing, ILogger<ReconsiderStays> log)
    : RegularWork(db.Clock, TimeSpan.FromMilliseconds(250), "stays", log)
{
    private static readonly TimeSpan LookAgainAtLeast = TimeSpan.FromHours(12);

    /// <summary>Looks at the stay that is due the longest.</summary>
    /// <returns>False when none is due.</returns>
    public override async Task<bool> StepAsync(CancellationToken ct)
    {
        await using var work = await db.BeginAsync(Caller.System("stays"), ct);
        var stay = await work.FirstOrDefaultAsync<KeepStanding.Live>(
            $"""
            {KeepStanding.Select} join stays_due d on d.enrollment_id = e.id
            where d.due_at <= @Now and e.status <> 'ended' order by d.due_at limit 1 for no key update of e skip locked
            """, new { work.Now });
        if (stay is null)
        {
            return false;
        }

        // A look may order another one at the permits. Rows that are due are locked there first and here second, as by everybody who orders looks.
        await work.ExecuteAsync("select due_at from permits_due where enrollment_id = @Id for update", new { stay.Id });

        // The stay is held, its due row was only read: another process may have done it meanwhile.
        if (await work.ExecuteAsync("delete from stays_due where enrollment_id = @Id and due_at <= @Now", new { stay.Id, work.Now }) == 0)
        {
            return true;
        }

        var known = await standing.LookAsync(work, stay);
        if (stay.Status == SeatStates.Enrolled)
        {
            var published = (await shelf.TimelineAsync(work)).NextAfter(work.Now);
            DateTimeOffset?[] instants = [known, published, work.Now + LookAgainAtLeast];
            await work.ExecuteAsync(
                "insert into stays_due (enrollment_id, due_at) values (@Id, @next) on conflict (enrollment_id) do update set due_at = least(stays_due.due_at, excluded.due_at)",
                new { stay.Id, next = instants.Where(at => at > work.Now).Min() });
        }

        await work.CommitAsync(ct);
        return true;
    }
}
