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
internal sealed class IssuePermits(Db db, RuleSetCache ruleSets, SeatLimits limits) : DueWorkHandler
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
        var enrolled = await PermitStore.LockEnrolledAsync(work, id);
        if (enrolled is null)
        {
            return null;
        }

        var timeline = await ruleSets.TimelineAsync(work);
        var group = (await GroupStore.FindAsync(work, enrolled.GroupId))!;
        var next = work.Now + AtLeastEvery;
        var sessions = await PermitStore.SessionsAsync(work, enrolled, work.Now - TimeSpan.FromMinutes(30), timeline.NextAfter(work.Now));
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
    private async Task<DateTimeOffset?> IssueAsync(UnitOfWork work, RuleTimeline timeline, SeatGroup group, EnrolledMember enrolled, PermitSession session)
    {
        if (session.Cancelled)
        {
            await PermitStore.WithdrawAsync(work, [enrolled.Id], session.SessionId);
            return null;
        }

        // A permit speaks for the time in which it can be used: from the opening of the lobby on, by the rules that will be in force then, and no longer than
        // they are.
        var opens = session.StartsAt - limits.LobbyBefore;
        var at = work.Now > opens ? work.Now : opens;
        var rules = await ruleSets.InForceAsync(work, timeline, at);
        var over = Sooner(timeline.NextAfter(at), (await ResidenceStore.AtAsync(work, rules, enrolled.MemberId, at)).NextChange);
        var facts = await FactStore.ReadAsync(
            work,
            rules,
            group,
            enrolled.MemberId,
            Points.Join,
            at,
            session.EndsAt,
            session.Modality,
            session.LeadId,
            session.CoIds,
            enrolled.Id,
            session.SessionId
        );
        var answers = PermitBuilder.ForEveryPlace(rules, facts, at);
        var reasons = answers.Reasons.Select(r => new PermitReason(r.Code, r.Rule, r.Text, r.Citation, r.Jurisdiction, r.AboutThePlace)).ToArray();
        var places = answers.Places.Select(place => Row(place, over)).ToArray();
        var home = Eligibility.AtHome(answers, facts.Member.Residence);
        var recheck = places.Min(p => p.Until);
        var digest = Convert.ToHexStringLower(
            SHA256.HashData(
                Encoding.UTF8.GetBytes(
                    CanonicalJson.Of(
                        new
                        {
                            rules.Sha256,
                            reasons,
                            places,
                            stale = Row(answers.Stale, over),
                        }
                    )
                )
            )
        );
        var permit = await PermitStore.SaveAsync(work, enrolled.Id, session.SessionId, digest, Eligibility.LetsIn(home.Outcome));
        if (permit is null)
        {
            return recheck;
        }

        await PermitStore.SaveInputsAsync(work, permit, rules.Version, Encoding.UTF8.GetString(LicensingEngine.Inputs(rules, facts, at)));
        EnrollmentMetrics.CountPermit();
        work.Audit(
            "permit.changed",
            enrolled.MemberId,
            permit.Id,
            new
            {
                session.SessionId,
                permit.Version,
                ruleSet = rules.Version,
            }
        );
        work.Publish(
            new PermitChanged(
                permit.Id,
                enrolled.Id,
                enrolled.MemberId,
                enrolled.GroupId,
                session.SessionId,
                permit.Version,
                false,
                work.Now,
                rules.Version,
                rules.Sha256,
                LicensingEngine.Version,
                reasons,
                places,
                Row(answers.Stale, over),
                answers.RejoinWithinGrace,
                answers.RejoinGraceMinutes,
                answers.CrisisNeverDisconnect
            )
        );

        // The first permit for a session under future rules is a change too: of the answer by today's rules.
        var before =
            permit.DidLetIn
            ?? (
                permit.Version == 1 && timeline.At(work.Now)!.Version != rules.Version
                    ? Eligibility.LetsIn(
                        Eligibility
                            .AtHome(PermitBuilder.ForEveryPlace(await ruleSets.InForceAsync(work, timeline, work.Now), facts, at), facts.Member.Residence)
                            .Outcome
                    )
                    : null
            );
        if (before is { } did && did != Eligibility.LetsIn(home.Outcome))
        {
            work.Publish(
                new EligibilityChanged(
                    enrolled.Id,
                    enrolled.GroupId,
                    enrolled.MemberId,
                    session.SessionId,
                    session.StartsAt,
                    home.Outcome.Wire(),
                    Eligibility.Codes(answers, home),
                    rules.Version,
                    permit.Version,
                    work.Now
                )
            );
        }

        return recheck;
    }

    private static PermitPlace Row(PlaceAnswer p, DateTimeOffset? over) =>
        new(
            p.Jurisdiction,
            p.Name,
            p.Outcome.Wire(),
            p.Reasons,
            p.Conditions,
            p.Alternatives,
            Sooner(p.Until, over),
            p.Observers.Count == 0 ? null : [.. p.Observers.Select(Guid.Parse)]
        );

    private static DateTimeOffset? Sooner(DateTimeOffset? one, DateTimeOffset? other) => one is null || other < one ? other : one;
}
