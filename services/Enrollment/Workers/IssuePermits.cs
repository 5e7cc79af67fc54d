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
using PermitPlace = GroupTherapy.Contracts.Enrollment.V1.PermitPlace;
using PermitReason = GroupTherapy.Contracts.Enrollment.V1.PermitReason;

namespace GroupTherapy.Enrollment.Workers;

/// <summary>
/// Makes the permit of each enrolled member for each coming session, and makes it again whenever something changed or a known instant has come.
/// Only a changed answer is published.
/// </summary>
internal sealed class IssuePermits(Db db, RuleSetCache ruleSets, Times times) : DueWorkHandler
{
    private static readonly TimeSpan AtLeastEvery = TimeSpan.FromHours(12);

    public override string Kind => ScheduledWork.IssuePermits;

    public override int BatchSize => 10;

    public override async Task HandleAsync(IReadOnlyList<DueRow> rows, CancellationToken ct)
    {
        foreach (var row in rows)
        {
            EnrollmentMetrics.RecordPermitDelay(db.Clock.GetUtcNow() - row.DueAt);
            if (await IssueAsync(Guid.Parse(row.Key), ct) is { } next)
            {
                await ScheduledWork.MoveAsync(db, row, next, null, ct);
            }
        }
    }

    /// <returns>When the permits must be made again; null when the enrollment has none.</returns>
    private async Task<DateTimeOffset?> IssueAsync(Guid id, CancellationToken ct)
    {
        await using var work = await db.BeginAsync(Caller.System("permits"), ct);
        var enrolled = await work.FirstOrDefaultAsync<Enrolled>(
            "select id, group_id, member_id from enrollments where id = @id and status = 'enrolled' for no key update", new { id });
        if (enrolled is null)
        {
            return null;
        }

        var timeline = await ruleSets.TimelineAsync(work);
        var group = (await GroupStore.FindAsync(work, enrolled.GroupId))!;
        var next = work.Now + AtLeastEvery;
        var sessions = await work.QueryAsync<Session>(
            """
            select session_id, starts_at, ends_at, modality, lead_id, co_ids, cancelled from planned_sessions s
            where group_id = @GroupId and ends_at > @since and (starts_at < @horizon or cancelled
                or starts_at = (select min(n.starts_at) from planned_sessions n where n.group_id = @GroupId and not n.cancelled
                    and n.starts_at >= @coming::timestamptz)
                or exists (select 1 from permits p where p.enrollment_id = @Id and p.session_id = s.session_id and not p.withdrawn))
            order by starts_at
            """,
            new
            {
                enrolled.Id,
                enrolled.GroupId,
                since = work.Now - TimeSpan.FromMinutes(30),
                horizon = work.Now + PermitStore.Horizon,
                coming = timeline.NextAfter(work.Now),
            });
        foreach (var session in sessions)
        {
            if (await IssueAsync(work, timeline, group, enrolled, session) is { } recheck && recheck > work.Now && recheck < next)
            {
                next = recheck;
            }
        }

        if (timeline.NextAfter(work.Now) is { } coming && coming < next)
        {
            next = coming;
        }

        await work.CommitAsync(ct);
        return next;
    }

    /// <returns>The instant at which this permit must be made again, if one is known.</returns>
    private async Task<DateTimeOffset?> IssueAsync(UnitOfWork work, RuleTimeline timeline, SeatGroup group, Enrolled enrolled, Session session)
    {
        if (session.Cancelled)
        {
            await PermitStore.WithdrawAsync(work, [enrolled.Id], session.SessionId);
            return null;
        }

        // A permit speaks for the time in which it can be used: from the opening of the lobby on, by the rules that will be in force then, and no longer than
        // they are.
        var opens = session.StartsAt - times.LobbyBefore;
        var at = work.Now > opens ? work.Now : opens;
        var rules = await ruleSets.InForceAsync(work, timeline, at);
        var over = Sooner(timeline.NextAfter(at), (await ResidenceStore.AtAsync(work, rules, enrolled.MemberId, at)).NextChange);
        var facts = await FactStore.ReadAsync(work, rules, group, enrolled.MemberId, Points.Join, at, session.EndsAt, session.Modality, session.LeadId,
            session.CoIds, enrolled.Id, session.SessionId);
        var answers = PermitBuilder.ForEveryPlace(rules, facts, at);
        var reasons = answers.Reasons.Select(r => new PermitReason(r.Code, r.Rule, r.Text, r.Citation, r.Jurisdiction, r.AboutThePlace)).ToArray();
        var places = answers.Places.Select(place => Row(place, over)).ToArray();
        var home = Eligibility.AtHome(answers, facts.Member.Residence);
        var recheck = places.Min(p => p.Until);
        var digest = Convert.ToHexStringLower(
            SHA256.HashData(Encoding.UTF8.GetBytes(CanonicalJson.Of(new { rules.Sha256, reasons, places, stale = Row(answers.Stale, over) }))));
        var permit = await work.FirstOrDefaultAsync<Saved>(
            """
            with before as (select lets_in from permits where enrollment_id = @Id and session_id = @SessionId)
            insert into permits (id, enrollment_id, session_id, version, withdrawn, digest, lets_in)
                values (@permit, @Id, @SessionId, 1, false, @digest, @letsIn)
            on conflict (enrollment_id, session_id) do update set version = permits.version + 1, withdrawn = false, digest = excluded.digest,
                lets_in = excluded.lets_in
            where permits.digest <> excluded.digest returning id, version, (select lets_in from before) as did_let_in
            """, new { permit = work.NewId(), enrolled.Id, session.SessionId, digest, letsIn = Eligibility.LetsIn(home.Outcome) });
        if (permit is null)
        {
            return recheck;
        }

        await work.ExecuteAsync(
            "insert into permit_inputs (permit_id, version, rule_set, inputs, computed_at) values (@Id, @Version, @ruleSet, @inputs, @Now)",
            new { permit.Id, permit.Version, ruleSet = rules.Version, inputs = Encoding.UTF8.GetString(LicensingEngine.Inputs(rules, facts, at)), work.Now });
        EnrollmentMetrics.CountPermit();
        await work.AuditAsync("permit.changed", enrolled.MemberId, permit.Id, new { session.SessionId, permit.Version, ruleSet = rules.Version });
        await work.PublishAsync(new PermitChanged(
            permit.Id, enrolled.Id, enrolled.MemberId, enrolled.GroupId, session.SessionId, permit.Version, false, work.Now, rules.Version, rules.Sha256,
                LicensingEngine.Version, reasons, places,
            Row(answers.Stale, over), answers.RejoinWithinGrace, answers.RejoinGraceMinutes, answers.CrisisNeverDisconnect));

        // The first permit for a session under rules that are still to come is a change too: of what today's rules say.
        var before = permit.DidLetIn ?? (permit.Version == 1 && timeline.At(work.Now)!.Version != rules.Version
            ? Eligibility.LetsIn(Eligibility.AtHome(PermitBuilder.ForEveryPlace(await ruleSets.InForceAsync(work, timeline, work.Now), facts, at),
                facts.Member.Residence).Outcome)
            : null);
        if (before is { } did && did != Eligibility.LetsIn(home.Outcome))
        {
            await work.PublishAsync(new EligibilityChanged(
                enrolled.Id, enrolled.GroupId, enrolled.MemberId, session.SessionId, session.StartsAt, home.Outcome.Wire(), Eligibility.Codes(answers, home),
                    rules.Version, permit.Version, work.Now));
        }

        return recheck;
    }

    private static PermitPlace Row(PlaceAnswer p, DateTimeOffset? over) =>
        new(p.Jurisdiction, p.Name, p.Outcome.Wire(), p.Reasons, p.Conditions, p.Alternatives, Sooner(p.Until, over),
            p.Observers.Count == 0 ? null : [.. p.Observers.Select(Guid.Parse)]);

    private static DateTimeOffset? Sooner(DateTimeOffset? one, DateTimeOffset? other) => one is null || other < one ? other : one;

    private sealed record Enrolled(Guid Id, Guid GroupId, Guid MemberId);

    private sealed record Session(Guid SessionId, DateTimeOffset StartsAt, DateTimeOffset EndsAt, string Modality, Guid LeadId, Guid[] CoIds, bool Cancelled);

    private sealed record Saved(Guid Id, long Version, bool? DidLetIn);
}
