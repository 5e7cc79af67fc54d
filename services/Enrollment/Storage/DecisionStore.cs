using System.Text;
using GroupTherapy.Enrollment.Domain;
using GroupTherapy.Enrollment.Licensing;
using GroupTherapy.Platform.Data;

namespace GroupTherapy.Enrollment.Storage;

/// <summary>
/// Stores licensing decisions with their inputs, rule set and engine in the caller's transaction, so that any of them can be made again years later.
/// </summary>
internal static class DecisionStore
{
    /// <summary>Stores an answer under its id with the canonical inputs it was made from.</summary>
    /// <param name="told">Room's answer instead, when that differs.</param>
    public static async Task StoreAsync(
        UnitOfWork work,
        Guid id,
        CompiledRuleSet rules,
        LicensingRequest facts,
        Decision decision,
        Guid memberId,
        Guid? groupId,
        Guid? sessionId,
        Guid? enrollmentId,
        string? told = null
    )
    {
        await work.ExecuteAsync(
            """
            insert into decisions (id, point, at, practice, member_id, group_id, session_id, enrollment_id, rule_set, inputs, answer, outcome, told,
                recorded_at)
            values (@id, @Point, @At, @Practice, @memberId, @groupId, @sessionId, @enrollmentId, @Version, @inputs, @answer, @outcome, @told, @Now)
            on conflict (id) do nothing
            """,
            new
            {
                id,
                facts.Point,
                facts.At,
                facts.Practice,
                memberId,
                groupId,
                sessionId,
                enrollmentId,
                decision.RuleSet.Version,
                inputs = Encoding.UTF8.GetString(LicensingEngine.Inputs(rules, facts, facts.At)),
                answer = Encoding.UTF8.GetString(LicensingEngine.Answer(decision)),
                outcome = decision.Outcome.Wire(),
                told,
                work.Now,
            }
        );
        work.Audit("decision.recorded", memberId, id, RecordOf(facts, decision));
        EnrollmentMetrics.CountDecision(facts.Point, decision.Outcome.Wire());
    }

    /// <summary>Stores the decisions of a batch of seat commands.</summary>
    public static void Store(Statements statements, DateTimeOffset now, IReadOnlyList<(DecisionMade Made, Guid GroupId, string Who)> decisions)
    {
        if (decisions.Count == 0)
        {
            return;
        }

        statements.Add(
            """
            insert into decisions (id, point, at, practice, member_id, group_id, enrollment_id, rule_set, inputs, answer, outcome, recorded_at)
            select id, point, $10, practice, member_id, group_id, enrollment_id, rule_set, inputs, answer, outcome, $10
            from unnest($1, $2, $3, $4, $5, $6, $7, $8, $9, $11) as d (id, point, practice, member_id, group_id, enrollment_id, rule_set, inputs, answer,
                outcome)
            """,
            decisions.Count,
            decisions.Column(d => d.Made.Id),
            decisions.Column(d => d.Made.Facts.Point),
            decisions.Column(d => d.Made.Facts.Practice),
            decisions.Column(d => d.Made.MemberId),
            decisions.Column(d => d.GroupId),
            decisions.Column(d => d.Made.EnrollmentId),
            decisions.Column(d => d.Made.Decision.RuleSet.Version),
            decisions.Column(d => Encoding.UTF8.GetString(LicensingEngine.Inputs(d.Made.Rules, d.Made.Facts, d.Made.Facts.At))),
            decisions.Column(d => Encoding.UTF8.GetString(LicensingEngine.Answer(d.Made.Decision))),
            now,
            decisions.Column(d => d.Made.Decision.Outcome.Wire())
        );
        statements.Audit([
            .. decisions.Select(d => new AuditDraft("decision.recorded", d.Who, d.Made.MemberId, d.Made.Id, RecordOf(d.Made.Facts, d.Made.Decision))
            {
                Practice = d.Made.Facts.Practice,
            }),
        ]);
        foreach (var (made, _, _) in decisions)
        {
            EnrollmentMetrics.CountDecision(made.Facts.Point, made.Decision.Outcome.Wire());
        }
    }

    private static object RecordOf(LicensingRequest facts, Decision decision) =>
        new
        {
            facts.Point,
            outcome = decision.Outcome.Wire(),
            reasons = decision.Reasons.Select(r => r.Code).Distinct(),
            ruleSet = decision.RuleSet.Version,
        };
}
