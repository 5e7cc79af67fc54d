using System.Text;
using GroupTherapy.Enrollment.Domain;
using GroupTherapy.Enrollment.Licensing;
using GroupTherapy.Platform.Data;

namespace GroupTherapy.Enrollment.Storage;

/// <summary>Decides and keeps: inputs, rule set, engine and answer are stored in the caller's transaction, so that any answer can be made again years later.</summary>
public sealed class DecisionDesk(RuleSetShelf shelf)
{
    /// <summary>Decides an enrolment point for a member and a group, as known now, and stores it.</summary>
    public async Task<DecisionView> DecideAsync(UnitOfWork work, string point, SeatGroup group, Guid memberId, Guid? enrollmentId) =>
        await KeepAsync(work, group, memberId, enrollmentId, await ConsiderAsync(work, point, group, memberId, enrollmentId));

    /// <summary>Decides without storing, for whoever keeps an answer only when it is news.</summary>
    /// <param name="adjust">Adds facts that only the caller knows.</param>
    internal async Task<Considered> ConsiderAsync(
        UnitOfWork work, string point, SeatGroup group, Guid memberId, Guid? enrollmentId, Func<LicensingRequest, LicensingRequest>? adjust = null)
    {
        var rules = await shelf.InForceAsync(work);
        var facts = await Facts.ReadAsync(work, rules, group, memberId, point, work.Now, group.SeriesEndsAt, enrollmentId: enrollmentId);
        facts = adjust?.Invoke(facts) ?? facts;
        return new Considered(rules, facts, LicensingEngine.Decide(rules, facts, work.Now));
    }

    /// <summary>Stores what was considered.</summary>
    internal async Task<DecisionView> KeepAsync(UnitOfWork work, SeatGroup group, Guid memberId, Guid? enrollmentId, Considered c)
    {
        var id = work.NewId();
        await StoreAsync(work, id, c.Rules, c.Facts, c.Decision, memberId, group.GroupId, null, enrollmentId);
        return DecisionView.Of(id, c.Decision, await AlternativeGroups.FindAsync(work.QueryAsync<AlternativeGroup>, group.Practice, group.GroupId, c.Decision.Alternatives));
    }

    /// <summary>Stores an answer under its id with the canonical inputs it was made from.</summary>
    /// <param name="told">What somebody was told instead, when that differs.</param>
    internal static async Task StoreAsync(
        UnitOfWork work, Guid id, CompiledRuleSet rules, LicensingRequest facts, Decision decision, Guid memberId, Guid? groupId, Guid? sessionId, Guid? enrollmentId, string? told = null)
    {
        await work.ExecuteAsync(
            """
            insert into decisions (id, point, at, practice, member_id, group_id, session_id, enrollment_id, rule_set, inputs, answer, outcome, told, recorded_at)
            values (@id, @Point, @At, @Practice, @memberId, @groupId, @sessionId, @enrollmentId, @Version, @inputs, @answer, @outcome, @told, @Now)
            on conflict (id) do nothing
            """,
            new
            {
                id, facts.Point, facts.At, facts.Practice, memberId, groupId, sessionId, enrollmentId, decision.RuleSet.Version,
                inputs = Encoding.UTF8.GetString(LicensingEngine.Inputs(rules, facts, facts.At)), answer = Encoding.UTF8.GetString(LicensingEngine.Answer(decision)), outcome = decision.Outcome.Wire(), told, work.Now,
            });
        await work.AuditAsync("decision.recorded", memberId, id, RecordOf(facts, decision));
    }

    /// <summary>Stores answers about many seats asked for at once, each with its inputs.</summary>
    internal static void Store(Statements statements, DateTimeOffset now, IReadOnlyList<SeatDecision> decisions)
    {
        if (decisions.Count == 0)
        {
            return;
        }

        T[] Of<T>(Func<SeatDecision, T> value) => [.. decisions.Select(value)];
        statements.Add(
            """
            insert into decisions (id, point, at, practice, member_id, group_id, enrollment_id, rule_set, inputs, answer, outcome, recorded_at)
            select id, point, $10, practice, member_id, group_id, enrollment_id, rule_set, inputs, answer, outcome, $10
            from unnest($1, $2, $3, $4, $5, $6, $7, $8, $9, $11) as d (id, point, practice, member_id, group_id, enrollment_id, rule_set, inputs, answer, outcome)
            """,
            decisions.Count, Of(d => d.Id), Of(d => d.Facts.Point), Of(d => d.Facts.Practice), Of(d => d.MemberId), Of(d => d.GroupId), Of(d => d.EnrollmentId), Of(d => d.Decision.RuleSet.Version),
            Of(d => Encoding.UTF8.GetString(LicensingEngine.Inputs(d.Rules, d.Facts, d.Facts.At))), Of(d => Encoding.UTF8.GetString(LicensingEngine.Answer(d.Decision))), now,
            Of(d => d.Decision.Outcome.Wire()));
        statements.Audit([.. decisions.Select(d => new AuditDraft("decision.recorded", d.Who, d.MemberId, d.Id, RecordOf(d.Facts, d.Decision)))]);
    }

    private static object RecordOf(LicensingRequest facts, Decision decision) =>
        new { facts.Point, outcome = decision.Outcome.Wire(), reasons = decision.Reasons.Select(r => r.Code).Distinct(), ruleSet = decision.RuleSet.Version };
}

/// <summary>An answer that is not on record yet, with what it was made from.</summary>
internal sealed record Considered(CompiledRuleSet Rules, LicensingRequest Facts, Decision Decision);

/// <summary>An answer about a seat that somebody asks for, before it is on record; decided at the instant of the unit of work.</summary>
/// <param name="Who">In whose name it is recorded.</param>
internal sealed record SeatDecision(Guid Id, CompiledRuleSet Rules, LicensingRequest Facts, Decision Decision, Guid MemberId, Guid GroupId, Guid EnrollmentId, string Who);

/// <summary>Finds groups that a member could have instead.</summary>
internal static class AlternativeGroups
{
    /// <param name="classes">Service classes that the member could have, from a decision.</param>
    internal static async Task<IReadOnlyList<AlternativeGroup>> FindAsync(
        Func<string, object?, Task<IReadOnlyList<AlternativeGroup>>> query, string practice, Guid groupId, IReadOnlyList<string> classes) => classes.Count == 0 ? [] : await query(
        """
        select group_id as id, name from seat_groups
        where practice = @practice and service_class = any(@classes) and not closed and name is not null and group_id <> @groupId order by name limit 10
        """, new { practice, groupId, classes = classes.ToArray() });
}
