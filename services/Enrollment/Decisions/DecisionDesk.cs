using System.Text;
using GroupTherapy.Enrollment.Licensing;
using GroupTherapy.Enrollment.RuleSets;
using GroupTherapy.Platform.Data;

namespace GroupTherapy.Enrollment.Decisions;

/// <summary>Decides and keeps: inputs, rule set, engine and answer are stored in the caller's transaction, so that any answer can be made again years later.</summary>
public sealed class DecisionDesk(RuleSetShelf shelf)
{
    /// <summary>Decides an enrolment point for a member and a group, as known now, and stores it.</summary>
    public async Task<DecisionView> DecideAsync(UnitOfWork work, string point, SeatGroup group, Guid memberId, Guid? enrollmentId)
    {
        var rules = await shelf.InForceAsync(work);
        var facts = await Facts.ReadAsync(work, group, memberId, point, work.Now, group.SeriesEndsAt, enrollmentId: enrollmentId);
        var decision = LicensingEngine.Decide(rules, facts, work.Now);
        var id = work.NewId();
        await StoreAsync(work, id, rules, facts, decision, memberId, group.GroupId, null, enrollmentId);
        return DecisionView.Of(id, decision, await AlternativesAsync(work, group, decision));
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
        await work.AuditAsync("decision.recorded", memberId, id, new { facts.Point, outcome = decision.Outcome.Wire(), reasons = decision.Reasons.Select(r => r.Code).Distinct(), ruleSet = decision.RuleSet.Version });
    }

    private static async Task<IReadOnlyList<AlternativeGroup>> AlternativesAsync(UnitOfWork work, SeatGroup group, Decision decision) =>
        decision.Alternatives.Count == 0 ? [] : await work.QueryAsync<AlternativeGroup>(
            """
            select group_id as id, name from seat_groups
            where practice = @Practice and service_class = any(@classes) and not closed and name is not null and group_id <> @GroupId order by name limit 10
            """, new { group.Practice, group.GroupId, classes = decision.Alternatives.ToArray() });
}

/// <summary>A group that the member could have instead.</summary>
public sealed record AlternativeGroup(Guid Id, string Name);

/// <summary>A decision as the public contract shows it.</summary>
/// <param name="Id">Null for an evaluation that was not stored.</param>
public sealed record DecisionView(
    Guid? Id, Outcome Outcome, IReadOnlyList<Reason> Reasons, IReadOnlyList<string> Conditions, IReadOnlyList<string> Alternatives,
    IReadOnlyList<AlternativeGroup> AlternativeGroups, DateTimeOffset? NextRecheckAt, RuleSetReference RuleSet, string Engine)
{
    public static DecisionView Of(Guid? id, Decision d, IReadOnlyList<AlternativeGroup> groups) =>
        new(id, d.Outcome, d.Reasons, d.Conditions, d.Alternatives, groups, d.NextRecheckAt, d.RuleSet, d.Engine);
}
