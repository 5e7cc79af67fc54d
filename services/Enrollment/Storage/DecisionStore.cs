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
        var statements = new Statements(work);
        var row = new Row(id, rules, facts, decision, memberId, groupId, sessionId, enrollmentId, told);
        Insert(statements, work.Now, [row], "on conflict (id) do nothing", Statements.NotCounted);
        await statements.ExecuteAsync();
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

        List<Row> rows =
        [
            .. decisions.Select(d => new Row(
                d.Made.Id,
                d.Made.Rules,
                d.Made.Facts,
                d.Made.Decision,
                d.Made.MemberId,
                d.GroupId,
                null,
                d.Made.EnrollmentId,
                null
            )),
        ];
        Insert(statements, now, rows, "", rows.Count);
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

    private static void Insert(Statements statements, DateTimeOffset now, IReadOnlyList<Row> rows, string onConflict, int count) =>
        statements.Add(
            $"""
            insert into decisions (id, point, at, practice, member_id, group_id, session_id, enrollment_id, rule_set, inputs, answer, outcome, told,
                recorded_at)
            select id, point, at, practice, member_id, group_id, session_id, enrollment_id, rule_set, inputs, answer, outcome, told, $14
            from unnest($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13) as d (id, point, at, practice, member_id, group_id, session_id,
                enrollment_id, rule_set, inputs, answer, outcome, told) {onConflict}
            """,
            count,
            rows.Column(d => d.Id),
            rows.Column(d => d.Facts.Point),
            rows.Column(d => d.Facts.At.UtcDateTime),
            rows.Column(d => d.Facts.Practice),
            rows.Column(d => d.MemberId),
            rows.Column(d => d.GroupId),
            rows.Column(d => d.SessionId),
            rows.Column(d => d.EnrollmentId),
            rows.Column(d => d.Decision.RuleSet.Version),
            rows.Column(d => Encoding.UTF8.GetString(LicensingEngine.Inputs(d.Rules, d.Facts, d.Facts.At))),
            rows.Column(d => Encoding.UTF8.GetString(LicensingEngine.Answer(d.Decision))),
            rows.Column(d => d.Decision.Outcome.Wire()),
            rows.Column(d => d.Told!),
            now
        );

    private static object RecordOf(LicensingRequest facts, Decision decision) =>
        new
        {
            facts.Point,
            outcome = decision.Outcome.Wire(),
            reasons = decision.Reasons.Select(r => r.Code).Distinct(),
            ruleSet = decision.RuleSet.Version,
        };

    private sealed record Row(
        Guid Id,
        CompiledRuleSet Rules,
        LicensingRequest Facts,
        Decision Decision,
        Guid MemberId,
        Guid? GroupId,
        Guid? SessionId,
        Guid? EnrollmentId,
        string? Told
    );
}
