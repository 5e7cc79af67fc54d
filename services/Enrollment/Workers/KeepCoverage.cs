using System.Security.Cryptography;
using System.Text;
using GroupTherapy.Contracts.Enrollment.V1;
using GroupTherapy.Enrollment.Domain;
using GroupTherapy.Enrollment.Licensing;
using GroupTherapy.Enrollment.Storage;
using GroupTherapy.Platform.Data;
using GroupTherapy.Platform.Json;
using GroupTherapy.Platform.Security;

namespace GroupTherapy.Enrollment.Workers;

/// <summary>
/// Works out the coverage of each group that is due, and tells it when it changed. Work is rows, which the tables that a coverage depends on add by themselves;
/// the group's own row of coverage is the lock, so that of two workers the later one reads the later facts.
/// </summary>
public sealed class KeepCoverage(Db db, RuleSetShelf shelf, ILogger<KeepCoverage> log) : RegularWork(db.Clock, TimeSpan.FromMilliseconds(250), "coverage", log)
{
    public override async Task<bool> StepAsync(CancellationToken ct) => await SpreadOneAsync(ct) || await KeepOneAsync(ct);

    /// <summary>Turns one mark about a practice, or about all, into marks of its groups.</summary>
    /// <returns>False when there is none.</returns>
    private async Task<bool> SpreadOneAsync(CancellationToken ct)
    {
        await using var work = await db.BeginAsync(Caller.System("coverage"), ct);
        var spread = await work.FirstOrDefaultAsync<Mark>(
            "delete from coverage_due where id = (select id from coverage_due where group_id is null and due_at <= @Now order by due_at, id limit 1 for update skip locked) returning id, practice", new { work.Now });
        if (spread is null)
        {
            return false;
        }

        await work.ExecuteAsync(
            "insert into coverage_due (group_id, due_at) select group_id, @Now from seat_groups where not closed and (@Practice::text is null or practice = @Practice)", new { work.Now, spread.Practice });
        await work.CommitAsync(ct);
        return true;
    }

    /// <summary>Works out the group that is due the longest.</summary>
    /// <returns>False when none is due.</returns>
    private async Task<bool> KeepOneAsync(CancellationToken ct)
    {
        await using var work = await db.BeginAsync(Caller.System("coverage"), ct);
        var due = await work.FirstOrDefaultAsync<Guid?>(
            "select c.group_id from coverage_due d join coverage c using (group_id) where d.due_at <= @Now order by d.due_at, d.id limit 1 for no key update of c skip locked", new { work.Now });
        if (due is not { } id)
        {
            return false;
        }

        // Marks go before anything is read: what changes from here on marks the group again.
        await work.ExecuteAsync("delete from coverage_due where group_id = @id", new { id });
        if (await GroupStore.FindAsync(work, id) is { } group)
        {
            var (members, covers, next) = group.Closed ? ([], [], null) : await WorkOutAsync(work, group);
            await TellAsync(work, id, members, covers);
            if (next is { } at)
            {
                await work.ExecuteAsync("insert into coverage_due (group_id, due_at) values (@id, @at)", new { id, at });
            }
        }

        await work.CommitAsync(ct);
        return true;
    }

    private async Task<(IReadOnlyList<MembersInPlace> Members, IReadOnlyList<FacilitatorCover> Covers, DateTimeOffset? Next)> WorkOutAsync(UnitOfWork work, SeatGroup group)
    {
        var rules = await CoverageSql.RulesAsync(work, shelf);
        var members = await CoverageSql.MembersAsync(work, group.GroupId);
        var facilitators = await CoverageSql.FacilitatorsAsync(work, [group.Practice], [group.LeadId, .. group.CoIds]);
        var asked = new CoverageGroup(group.Practice, group.ServiceClass, group.MinimumAge, await CoverageSql.ModalityAsync(work, group.GroupId));
        var places = CoverageRules.Places(rules, asked, members.Select(m => m.Jurisdiction));
        var cos = facilitators.Where(f => group.CoIds.Contains(f.Id)).ToList();
        var covers = new List<FacilitatorCover>();
        foreach (var lead in facilitators)
        {
            FacilitatorFacts[] team = [lead.AsKnownAt(work.Now, Vocabulary.Lead), .. cos.Where(co => co.Id != lead.Id).Select(co => co.AsKnownAt(work.Now, Vocabulary.Co))];
            var served = places.SelectMany(place => CoverageRules.TimesServed(rules, asked, team, place, work.Now)
                .Select(time => new PlaceServed(place, time.From <= work.Now ? null : time.From, time.Until))).ToList();
            if (served.Count > 0)
            {
                covers.Add(new FacilitatorCover(lead.Id, served));
            }
        }

        // What is told changes by itself when a time begins or ends.
        var next = covers.SelectMany(c => c.Places).SelectMany(p => new[] { p.From, p.Until }).Where(at => at > work.Now).Min();
        return (members, covers, next);
    }

    private static async Task TellAsync(UnitOfWork work, Guid id, IReadOnlyList<MembersInPlace> members, IReadOnlyList<FacilitatorCover> covers)
    {
        var digest = Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(CanonicalJson.Of(new { members, covers }))));
        if (await work.FirstOrDefaultAsync<long?>(
            "update coverage set version = version + 1, digest = @digest where group_id = @id and digest <> @digest returning version", new { id, digest }) is { } version)
        {
            await work.PublishAsync(new CoverageChanged(id, members, covers, version, work.Now));
            await work.AuditAsync("coverage.changed", reference: id, data: new { version, members, facilitators = covers.Select(c => c.FacilitatorId) });
        }
    }

    private sealed record Mark(long Id, string? Practice);
}
