using System.Security.Cryptography;
using System.Text;
using GroupTherapy.Contracts.Enrollment.V1;
using GroupTherapy.Enrollment.Domain;
using GroupTherapy.Enrollment.Licensing;
using GroupTherapy.Enrollment.Storage;
using GroupTherapy.Platform.Data;
using GroupTherapy.Platform.Json;
using GroupTherapy.Platform.Security;
using GroupTherapy.Platform.Work;

namespace GroupTherapy.Enrollment.Workers;

/// <summary>
/// Recomputes the coverage of each marked group and publishes it when it changed. The tables that a coverage depends on add the marks themselves; the group's
/// own row of coverage is the lock, so that of two workers the later one reads the later facts.
/// </summary>
internal sealed class RecomputeCoverage(Db db, RuleSetCache ruleSets) : DueWorkHandler
{
    public override string Kind => ScheduledWork.RecomputeCoverage;

    public override int BatchSize => 50;

    public override async Task HandleAsync(IReadOnlyList<DueRow> rows, CancellationToken ct)
    {
        // A key is the group, with a number behind it where a trigger made the mark: a writer waits for no other one.
        foreach (var id in rows.Select(row => Guid.Parse(row.Key.Split('/')[0])).Distinct())
        {
            await RecomputeAsync(id, ct);
        }
    }

    private async Task RecomputeAsync(Guid id, CancellationToken ct)
    {
        await using var work = await db.BeginAsync(Caller.System("coverage"), ct);
        if (!await CoverageStore.LockAsync(work, id)
            || await GroupStore.FindAsync(work, id) is not { } group)
        {
            return;
        }

        var (members, covers, next) = group.Closed ? ([], [], null) : await ComputeAsync(work, group);
        await PublishAsync(work, id, members, covers);
        if (next is { } at)
        {
            work.Schedule(Kind, id.ToString(), at);
        }

        await work.CommitAsync(ct);
    }

    private async Task<(IReadOnlyList<MembersByJurisdiction> Members, IReadOnlyList<FacilitatorCover> Covers, DateTimeOffset? Next)> ComputeAsync(
        UnitOfWork work, SeatGroup group)
    {
        var rules = await CoverageStore.RulesAsync(work, ruleSets);
        var members = await CoverageStore.MembersAsync(work, group.GroupId);
        var facilitators = await CoverageStore.FacilitatorsAsync(work, [group.Practice], [group.LeadId, .. group.CoIds]);
        var asked = new CoverageGroup(group.Practice, group.ServiceClass, group.MinimumAge, await CoverageStore.ModalityAsync(work, group.GroupId));
        var places = CoverageRules.Places(rules, asked, members.Select(m => m.Jurisdiction));
        var cos = facilitators.Where(f => group.CoIds.Contains(f.Id)).ToList();
        var covers = new List<FacilitatorCover>();
        foreach (var lead in facilitators)
        {
            FacilitatorFacts[] team = [lead.AsOf(work.Now, Vocabulary.Lead), .. cos.Where(co => co.Id != lead.Id)
                .Select(co => co.AsOf(work.Now, Vocabulary.Co))];
            var served = places.SelectMany(place => CoverageRules.PeriodsServed(rules, asked, team, place, work.Now)
                .Select(time => new PlaceServed(place, time.From <= work.Now ? null : time.From, time.Until))).ToList();
            if (served.Count > 0)
            {
                covers.Add(new FacilitatorCover(lead.Id, served));
            }
        }

        // The published answer changes by itself when a period begins or ends.
        var next = covers.SelectMany(c => c.Places).SelectMany(p => new[] { p.From, p.Until }).Where(at => at > work.Now).Min();
        return (members, covers, next);
    }

    private static async Task PublishAsync(UnitOfWork work, Guid id, IReadOnlyList<MembersByJurisdiction> members, IReadOnlyList<FacilitatorCover> covers)
    {
        var digest = Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(CanonicalJson.Of(new { members, covers }))));
        if (await CoverageStore.ChangeAsync(work, id, digest) is { } version)
        {
            work.Publish(new CoverageChanged(id, members, covers, version, work.Now));
            work.Audit("coverage.changed", reference: id, data: new { version, members, facilitators = covers.Select(c => c.FacilitatorId) });
        }
    }
}

/// <summary>Turns one mark about a practice, or about all, into marks of its groups.</summary>
internal sealed class SpreadCoverageMarks(Db db) : DueWorkHandler
{
    public override string Kind => ScheduledWork.SpreadCoverage;

    public override async Task HandleAsync(IReadOnlyList<DueRow> rows, CancellationToken ct)
    {
        foreach (var row in rows)
        {
            await using var work = await db.BeginAsync(Caller.System("coverage"), ct);
            await CoverageStore.MarkAsync(work, row.Data);
            ScheduledWork.WakeCoverage(work);
            await work.CommitAsync(ct);
        }
    }
}
