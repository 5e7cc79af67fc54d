using System.Security.Cryptography;
using System.Text;
using GroupTherapy.Contracts.Enrollment.V1;
using GroupTherapy.Enrollment.Domain;
using GroupTherapy.Enrollment.Licensing;
using GroupTherapy.Enrollment.Storage;
using GroupTherapy.Platform.Data;
using GroupTherapy.Platform.Json;
using GroupTherapy.Platform.Security;
using PermitPlace = GroupTherapy.Contracts.Enrollment.V1.PermitPlace;
using PermitReason = GroupTherapy.Contracts.Enrollment.V1.PermitReason;

namespace GroupTherapy.Enrollment.Workers;

/// <summary>
/// Makes the permit of each enrolled member for each coming session, and makes it again whenever something changed or a known instant has come.
/// Only a changed answer is published. Work is rows: any process may take one, nothing is forgotten by a crash.
/// </summary>
public sealed class KeepPermits(Db db, RuleSetShelf shelf, Times times, ILogger<KeepPermits> log) : RegularWork(db.Clock, TimeSpan.FromMilliseconds(250), "permits", log)
{
    private static readonly TimeSpan LookAgainAtLeast = TimeSpan.FromHours(12);

    /// <summary>Looks at the permits of the stay that is due the longest.</summary>
    /// <returns>False when none is due.</returns>
    public override async Task<bool> StepAsync(CancellationToken ct)
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

        // From here on whoever orders another look waits, and finds the new instant: an order that came between the facts and the end would be overwritten by it.
        if (!await work.FirstOrDefaultAsync<bool>("select true from permits_due where enrollment_id = @Id and due_at <= @Now for update", new { stay.Id, work.Now }))
        {
            return true;
        }

        var timeline = await shelf.TimelineAsync(work);
        var group = (await GroupStore.FindAsync(work, stay.GroupId))!;
        var next = work.Now + LookAgainAtLeast;
        var sessions = await work.QueryAsync<Session>(
            """
            select session_id, starts_at, ends_at, modality, lead_id, co_ids, cancelled from planned_sessions s
            where group_id = @GroupId and ends_at > @since and (starts_at < @horizon or cancelled
                or starts_at = (select min(n.starts_at) from planned_sessions n where n.group_id = @GroupId and not n.cancelled and n.starts_at >= @coming::timestamptz)
                or exists (select 1 from permits p where p.enrollment_id = @Id and p.session_id = s.session_id and not p.withdrawn))
            order by starts_at
            """, new { stay.Id, stay.GroupId, since = work.Now - TimeSpan.FromMinutes(30), horizon = work.Now + PermitSql.Horizon, coming = timeline.NextAfter(work.Now) });
        foreach (var session in sessions)
        {
            if (await KeepAsync(work, timeline, group, stay, session) is { } recheck && recheck > work.Now && recheck < next)
            {
                next = recheck;
            }
        }

        if (timeline.NextAfter(work.Now) is { } coming && coming < next)
        {
            next = coming;
        }

        await work.ExecuteAsync("update permits_due set due_at = @next where enrollment_id = @Id", new { next, stay.Id });
        await work.CommitAsync(ct);
        return true;
    }

    /// <returns>The instant at which this permit must be made again, if one is known.</returns>
    private async Task<DateTimeOffset?> KeepAsync(UnitOfWork work, RuleTimeline timeline, SeatGroup group, Stay stay, Session session)
    {
        if (session.Cancelled)
        {
            await PermitSql.WithdrawAsync(work, stay.Id, session.SessionId);
            return null;
        }

        // A permit speaks for the time in which it can be used: from the opening of the lobby on, by the rules that will be in force then, and no longer than they are.
        var opens = session.StartsAt - times.LobbyBefore;
        var at = work.Now > opens ? work.Now : opens;
        var rules = await shelf.InForceAsync(work, timeline, at);
        var over = Sooner(timeline.NextAfter(at), (await ResidenceStore.AtAsync(work, rules, stay.MemberId, at)).NextChange);
        var facts = await Facts.ReadAsync(work, rules, group, stay.MemberId, Points.Join, at, session.EndsAt, session.Modality, session.LeadId, session.CoIds, stay.Id, session.SessionId);
        var answers = PermitBuilder.ForEveryPlace(rules, facts, at);
        var reasons = answers.Reasons.Select(r => new PermitReason(r.Code, r.Rule, r.Text, r.Citation, r.Jurisdiction, r.AboutThePlace)).ToArray();
        var places = answers.Places.Select(place => Row(place, over)).ToArray();
        var home = Eligibility.AtHome(answers, facts.Member.Residence);
        var recheck = places.Min(p => p.Until);
        var digest = Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(CanonicalJson.Of(new { rules.Sha256, reasons, places, stale = Row(answers.Stale, over) }))));
        var permit = await work.FirstOrDefaultAsync<Kept>(
            """
            with before as (select lets_in from permits where enrollment_id = @Id and session_id = @SessionId)
            insert into permits (id, enrollment_id, session_id, version, withdrawn, digest, lets_in) values (@permit, @Id, @SessionId, 1, false, @digest, @letsIn)
            on conflict (enrollment_id, session_id) do update set version = permits.version + 1, withdrawn = false, digest = excluded.digest, lets_in = excluded.lets_in
            where permits.digest <> excluded.digest returning id, version, (select lets_in from before) as did_let_in
            """, new { permit = work.NewId(), stay.Id, session.SessionId, digest, letsIn = Eligibility.LetsIn(home.Outcome) });
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
            Row(answers.Stale, over), answers.RejoinWithinGrace, answers.RejoinGraceMinutes, answers.CrisisNeverDisconnect));

        // The first permit for a session under rules that are still to come is a change too: of what today's rules say.
        var before = permit.DidLetIn ?? (permit.Version == 1 && timeline.At(work.Now)!.Version != rules.Version
            ? Eligibility.LetsIn(Eligibility.AtHome(PermitBuilder.ForEveryPlace(await shelf.InForceAsync(work, timeline, work.Now), facts, at), facts.Member.Residence).Outcome)
            : null);
        if (before is { } did && did != Eligibility.LetsIn(home.Outcome))
        {
            await work.PublishAsync(new EligibilityChanged(
                stay.Id, stay.GroupId, stay.MemberId, session.SessionId, session.StartsAt, home.Outcome.Wire(), Eligibility.Codes(answers, home), rules.Version, permit.Version, work.Now));
        }

        return recheck;
    }

    private static PermitPlace Row(PlaceAnswer p, DateTimeOffset? over) =>
        new(p.Jurisdiction, p.Name, p.Outcome.Wire(), p.Reasons, p.Conditions, p.Alternatives, Sooner(p.Until, over),
            p.Observers.Count == 0 ? null : [.. p.Observers.Select(Guid.Parse)]);

    private static DateTimeOffset? Sooner(DateTimeOffset? one, DateTimeOffset? other) => one is null || other < one ? other : one;

    private sealed record Stay(Guid Id, Guid GroupId, Guid MemberId);

    private sealed record Session(Guid SessionId, DateTimeOffset StartsAt, DateTimeOffset EndsAt, string Modality, Guid LeadId, Guid[] CoIds, bool Cancelled);

    private sealed record Kept(Guid Id, long Version, bool? DidLetIn);
}
