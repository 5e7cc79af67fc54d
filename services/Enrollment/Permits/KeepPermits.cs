using System.Security.Cryptography;
using System.Text;
using GroupTherapy.Contracts.Enrollment.V1;
using GroupTherapy.Enrollment.Decisions;
using GroupTherapy.Enrollment.Licensing;
using GroupTherapy.Enrollment.RuleSets;
using GroupTherapy.Platform.Audit;
using GroupTherapy.Platform.Data;
using GroupTherapy.Platform.Security;
using PermitPlace = GroupTherapy.Contracts.Enrollment.V1.PermitPlace;
using PermitReason = GroupTherapy.Contracts.Enrollment.V1.PermitReason;

namespace GroupTherapy.Enrollment.Permits;

/// <summary>
/// Makes the permit of each enrolled member for each coming session, and makes it again whenever something changed or a known instant has come.
/// Only a changed answer is published. Work is rows: any process may take one, nothing is forgotten by a crash.
/// </summary>
public sealed class KeepPermits(Db db, RuleSetShelf shelf, Times times, ILogger<KeepPermits> log) : BackgroundService
{
    private static readonly TimeSpan Every = TimeSpan.FromMilliseconds(250);
    private static readonly TimeSpan LookAgainAtLeast = TimeSpan.FromHours(12);

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(Every, db.Clock);
        while (await timer.WaitForNextTickAsync(stoppingToken))
        {
            try
            {
                while (await KeepOneAsync(stoppingToken))
                {
                }
            }
            catch (Exception e) when (e is not OperationCanceledException)
            {
                log.LogWarning("Permits wait: {Kind} {State}", e.GetType().Name, (e as Npgsql.PostgresException)?.SqlState);
            }
        }
    }

    /// <summary>Looks at the permits of the stay that is due the longest.</summary>
    /// <returns>False when none is due.</returns>
    public async Task<bool> KeepOneAsync(CancellationToken ct)
    {
        await using var work = await db.BeginAsync(Caller.System("permits"), ct);
        // The stay is locked first, as everywhere: locking its due row first met a member who cancelled from the other side, and one of the two was thrown out.
        var stay = await work.FirstOrDefaultAsync<Stay>(
            """
            select e.id, e.group_id, e.member_id from permits_due d join enrollments e on e.id = d.enrollment_id
            where d.due_at <= @Now and e.status = 'enrolled' order by d.due_at limit 1 for no key update of e skip locked
            """, new { work.Now });
        if (stay is null)
        {
            return false;
        }

        var rules = await shelf.InForceAsync(work);
        var group = (await SeatGroup.FindAsync(work, stay.GroupId))!;
        var next = work.Now + LookAgainAtLeast;
        var sessions = await work.QueryAsync<Session>(
            """
            select session_id, starts_at, ends_at, modality, lead_id, co_ids, cancelled from planned_sessions
            where group_id = @GroupId and ends_at > @since and (starts_at < @horizon or cancelled) order by starts_at
            """, new { stay.GroupId, since = work.Now - TimeSpan.FromMinutes(30), horizon = work.Now + PermitSql.Horizon });
        foreach (var session in sessions)
        {
            if (await KeepAsync(work, rules, group, stay, session) is { } recheck && recheck > work.Now && recheck < next)
            {
                next = recheck;
            }
        }

        // A rule set that was published for later counts from that instant, whatever the one in force says about itself.
        if (await work.FirstOrDefaultAsync<DateTimeOffset?>(
            "select min(effective_from) from rule_sets where status = 'published' and effective_from > @Now", new { work.Now }) is { } published && published < next)
        {
            next = published;
        }

        await work.ExecuteAsync("update permits_due set due_at = @next where enrollment_id = @Id", new { next, stay.Id });
        await work.CommitAsync(ct);
        return true;
    }

    /// <returns>The instant at which this permit must be made again, if one is known.</returns>
    private async Task<DateTimeOffset?> KeepAsync(UnitOfWork work, CompiledRuleSet rules, SeatGroup group, Stay stay, Session session)
    {
        if (session.Cancelled)
        {
            await PermitSql.WithdrawAsync(work, stay.Id, session.SessionId);
            return null;
        }

        // A permit speaks for the time in which it can be used: from the opening of the lobby on.
        var opens = session.StartsAt - times.LobbyBefore;
        var at = work.Now > opens ? work.Now : opens;
        var facts = await Facts.ReadAsync(work, group, stay.MemberId, Points.Join, at, session.EndsAt, session.Modality, session.LeadId, session.CoIds);
        var answers = PermitBuilder.ForEveryPlace(rules, facts, at);
        var reasons = answers.Reasons.Select(r => new PermitReason(r.Code, r.Rule, r.Text, r.Citation, r.Jurisdiction, r.AboutThePlace)).ToArray();
        var places = answers.Places.Select(Row).ToArray();
        var recheck = places.Min(p => p.Until);
        var digest = Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(CanonicalJson.Of(new { rules.Sha256, reasons, places, stale = Row(answers.Stale) }))));
        var permit = await work.FirstOrDefaultAsync<Kept>(
            """
            insert into permits (id, enrollment_id, session_id, version, withdrawn, digest) values (@permit, @Id, @SessionId, 1, false, @digest)
            on conflict (enrollment_id, session_id) do update set version = permits.version + 1, withdrawn = false, digest = excluded.digest
            where permits.digest <> excluded.digest returning id, version
            """, new { permit = work.NewId(), stay.Id, session.SessionId, digest });
        if (permit is null)
        {
            return recheck;
        }

        await work.ExecuteAsync(
            "insert into permit_inputs (permit_id, version, rule_set, inputs, computed_at) values (@Id, @Version, @ruleSet, @inputs, @Now)",
            new { permit.Id, permit.Version, ruleSet = rules.Version, inputs = Encoding.UTF8.GetString(LicensingEngine.Inputs(rules, facts, at)), work.Now });
        await work.AuditAsync("permit.changed", stay.MemberId, permit.Id, new { session.SessionId, permit.Version, ruleSet = rules.Version });
        await work.PublishAsync(new PermitChanged(
            permit.Id, stay.Id, stay.MemberId, stay.GroupId, session.SessionId, permit.Version, false, work.Now, rules.Version, rules.Sha256, LicensingEngine.Version, reasons, places,
            Row(answers.Stale), answers.RejoinWithinGrace, answers.RejoinGraceMinutes));
        return recheck;
    }

    private static PermitPlace Row(PlaceAnswer p) => new(p.Jurisdiction, p.Name, p.Outcome.Wire(), p.Reasons, p.Conditions, p.Alternatives, p.Until);

    private sealed record Stay(Guid Id, Guid GroupId, Guid MemberId);

    private sealed record Session(Guid SessionId, DateTimeOffset StartsAt, DateTimeOffset EndsAt, string Modality, Guid LeadId, Guid[] CoIds, bool Cancelled);

    private sealed record Kept(Guid Id, long Version);
}
