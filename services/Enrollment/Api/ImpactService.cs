using System.Diagnostics;
using GroupTherapy.Contracts.Identity;
using GroupTherapy.Enrollment.Licensing;
using GroupTherapy.Enrollment.Storage;
using GroupTherapy.Platform.Data;
using GroupTherapy.Platform.Security;
using GroupTherapy.Platform.Time;

namespace GroupTherapy.Enrollment.Api;

/// <summary>The trial: other rules, or another credential of one facilitator.</summary>
/// <param name="Draft">The rules to try at every instant; null for those in force.</param>
/// <param name="Facilitator">Only sessions with this facilitator are asked; null for all.</param>
/// <param name="Change">Makes the tried facts out of the known ones; null where only the rules differ.</param>
internal sealed record ImpactQuestion(int Weeks, CompiledRuleSet? Draft, Guid? Facilitator = null, Func<LicensingRequest, LicensingRequest>? Change = null);

/// <summary>The result of a trial.</summary>
/// <param name="Gains">The first 10 000; <see cref="Gained"/> counts all.</param>
/// <param name="Losses">The first 10 000; <see cref="Lost"/> counts all.</param>
/// <param name="Unchanged">Sessions that are let in both ways, or neither way.</param>
/// <param name="Seconds">How long it took.</param>
public sealed record ImpactResult(
    long Evaluated,
    IReadOnlyList<ImpactItem> Gains,
    IReadOnlyList<ImpactItem> Losses,
    long Unchanged,
    double Seconds,
    long Gained,
    long Lost
);

/// <summary>How far a run is.</summary>
internal sealed class ImpactProgress
{
    private long _evaluated;

    public long Evaluated
    {
        get => Interlocked.Read(ref _evaluated);
        set => Interlocked.Exchange(ref _evaluated, value);
    }

    public long Total { get; set; }
}

/// <summary>
/// Decides every coming session of every current enrollment of the caller's practices. It reads page by page in short transactions: nothing is locked, memory
/// holds one page of enrollments and the sessions of their groups, and nothing is stored.
/// </summary>
internal sealed class ImpactService(Db db, RuleSetCache ruleSets)
{
    private const int EnrollmentsPerPage = 100;

    private const string Current = """
        e.status in ('enrolled', 'reserved', 'offered') and g.practice = any(@practices) and not g.closed
        """;

    private const string Coming = """
        not s.cancelled and s.starts_at > @from and s.starts_at < @to and (@facilitator::uuid is null or s.lead_id = @facilitator
            or @facilitator = any(s.co_ids))
        """;

    public async Task<ImpactResult> RunAsync(Caller caller, ImpactQuestion question, ImpactProgress progress, CancellationToken ct)
    {
        var watch = Stopwatch.StartNew();
        var from = db.Clock.GetUtcNow().ToMicroseconds();
        var scope = new
        {
            practices = caller.PracticesAs(Roles.Operator),
            from,
            to = from.AddDays(7 * question.Weeks),
            facilitator = question.Facilitator,
        };
        var inForce = await InForceAsync(ct);
        var impact = new Impact(inForce, question.Draft is { } draft ? Always(draft) : inForce);
        progress.Total = await db.FirstOrDefaultAsync<long>(
            $"select count(*) from enrollments e join seat_groups g using (group_id) join planned_sessions s using (group_id) where {Current} and {Coming}",
            scope,
            ct
        );
        Guid? reached = null;
        for (var more = true; more;)
        {
            await using var work = await db.BeginAsync(Caller.System("impact"), ct);
            var enrollments = await work.QueryAsync<Enrolled>(
                $"select e.id, e.group_id, e.member_id from enrollments e join seat_groups g using (group_id) where {Current} and (@reached::uuid is null "
                    + $"or e.id > @reached) order by e.id limit {EnrollmentsPerPage}",
                new { scope.practices, reached }
            );
            var groups = enrollments.Select(e => e.GroupId).Distinct().ToArray();
            var sessions = (
                await work.QueryAsync<Session>(
                    $"select s.session_id, s.group_id, s.starts_at, s.ends_at, s.modality, s.lead_id, s.co_ids from planned_sessions s where s.group_id = "
                        + $"any(@groups) and {Coming} order by s.starts_at, s.session_id",
                    new
                    {
                        groups,
                        scope.from,
                        scope.to,
                        scope.facilitator,
                    }
                )
            ).ToLookup(session => session.GroupId);
            var calendars = await ruleSets.InForceAsync(work);
            foreach (var enrolled in enrollments)
            {
                ct.ThrowIfCancellationRequested();
                await AddAsync(work, calendars, impact, question, enrolled, sessions[enrolled.GroupId]);
                progress.Evaluated = impact.Evaluated;
            }

            (reached, more) = (enrollments.Count == 0 ? null : enrollments[^1].Id, enrollments.Count == EnrollmentsPerPage);
        }

        return new ImpactResult(
            impact.Evaluated,
            impact.Gains,
            impact.Losses,
            impact.Evaluated - impact.Gained - impact.Lost,
            Math.Round(watch.Elapsed.TotalSeconds, 3),
            impact.Gained,
            impact.Lost
        );
    }

    private static async Task AddAsync(
        UnitOfWork work,
        CompiledRuleSet calendars,
        Impact impact,
        ImpactQuestion question,
        Enrolled enrolled,
        IEnumerable<Session> sessions
    )
    {
        var group = (await GroupStore.FindAsync(work, enrolled.GroupId))!;
        Session? known = null;
        LicensingRequest facts = null!;
        LicensingRequest? changed = null;
        DateTimeOffset? moves = null;
        foreach (var session in sessions)
        {
            // A facilitator with a day budget has other facts on each day. All other facts are the same while the team and the member's residence are.
            if (
                known is null
                || !session.SameTeam(known)
                || session.StartsAt >= moves
                || facts.Facilitators.Any(f => f.Credentials.Any(c => c.Kind == Vocabulary.TemporaryPermit))
            )
            {
                facts = await FactStore.ReadAsync(
                    work,
                    calendars,
                    group,
                    enrolled.MemberId,
                    Points.Join,
                    session.StartsAt,
                    session.EndsAt,
                    session.Modality,
                    session.LeadId,
                    session.CoIds
                );
                moves = (await ResidenceStore.AtAsync(work, calendars, enrolled.MemberId, session.StartsAt)).NextChange;
                changed = question.Change?.Invoke(facts);
                known = session;
            }

            impact.Add(new EnrolmentSession(enrolled.Id, enrolled.GroupId, enrolled.MemberId, session.SessionId, session.StartsAt, facts, changed));
        }
    }

    private async Task<RulesAt> InForceAsync(CancellationToken ct)
    {
        await using var work = await db.BeginAsync(Caller.System("impact"), ct);
        var timeline = await ruleSets.TimelineAsync(work);
        var known = new List<(long From, CompiledRuleSet Rules)>();
        for (DateTimeOffset? at = work.Now; at is { } begins; at = timeline.NextAfter(begins))
        {
            known.Add((begins.UtcTicks, await ruleSets.InForceAsync(work, timeline, begins)));
        }

        return (long at, out long until) =>
        {
            var last = known.Count - 1;
            while (last > 0 && known[last].From > at)
            {
                last--;
            }

            until = last + 1 < known.Count ? known[last + 1].From : long.MaxValue;
            return known[last].Rules;
        };
    }

    private static RulesAt Always(CompiledRuleSet rules) =>
        (long _, out long until) =>
        {
            until = long.MaxValue;
            return rules;
        };

    private sealed record Enrolled(Guid Id, Guid GroupId, Guid MemberId);

    private sealed record Session(Guid SessionId, Guid GroupId, DateTimeOffset StartsAt, DateTimeOffset EndsAt, string Modality, Guid LeadId, Guid[] CoIds)
    {
        public bool SameTeam(Session other) => Modality == other.Modality && LeadId == other.LeadId && CoIds.AsSpan().SequenceEqual(other.CoIds);
    }
}
