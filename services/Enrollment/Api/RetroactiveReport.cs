using System.Text.Json;
using GroupTherapy.Contracts.Identity;
using GroupTherapy.Description;
using GroupTherapy.Enrollment.Licensing;
using GroupTherapy.Enrollment.Storage;
using GroupTherapy.Platform.Data;
using GroupTherapy.Platform.Problems;
using GroupTherapy.Platform.Security;
using GroupTherapy.Platform.Web;

namespace GroupTherapy.Enrollment.Api;

/// <summary>
/// Decisions of the time that a retroactive publication reaches back over, whose answer under it is another one. Past decisions are not changed; an
/// operator must look at its effects.
/// </summary>
internal static class RetroactiveReport
{
    private const int DecisionsPerPage = 500;
    private const int ListedAtMost = 10_000;

    /// <param name="Evaluated">Decisions made again.</param>
    /// <param name="Differing">Those with another outcome or other conditions; the first 10 000.</param>
    public sealed record Report(long Evaluated, IReadOnlyList<Differing> Differing);

    /// <param name="Reasons">Under this rule set.</param>
    public sealed record Differing(
        Guid DecisionId,
        string Point,
        DateTimeOffset At,
        Guid? EnrollmentId,
        Guid? SessionId,
        Outcome From,
        Outcome To,
        IReadOnlyList<Reason> Reasons,
        Guid MemberId,
        Guid? GroupId
    );

    public static void MapRetroactiveReport(this IEndpointRouteBuilder app) =>
        app.MapGet("/api/licensing/rule-sets/{version:int}/retroactive", HandleAsync)
            .For(Roles.Operator)
            .Produces<Report>()
            .Describe("getRetroactiveReport", Tag.Licensing, "Past decisions that a retroactive rule set would have made otherwise")
            .Refuses(409, "not-retroactive");

    private static async Task<IResult> HandleAsync(int version, Caller caller, Db db, RuleSetCache ruleSets, CancellationToken ct)
    {
        if (await ruleSets.FindAsync(version, ct) is not { } rules)
        {
            return Problem.NotFound();
        }

        var span = await db.FirstOrDefaultAsync<Span>(
            "select effective_from, published_at from rule_sets where version = @version and retroactive",
            new { version },
            ct
        );
        if (span is null)
        {
            return new Problem(409, "not-retroactive", "This rule set was not published for the past.");
        }

        var (evaluated, differing) = (0L, new List<Differing>());
        (DateTimeOffset At, Guid Id) reached = (span.EffectiveFrom, Guid.Empty);
        for (var more = true; more;)
        {
            var rows = await db.QueryAsync<Row>(
                caller,
                """
                select id, point, at, member_id, group_id, session_id, enrollment_id, inputs, answer from decisions
                where (at, id) > (@At, @Id) and at < @PublishedAt and practice = any(@practices) order by at, id limit @DecisionsPerPage
                """,
                new
                {
                    reached.At,
                    reached.Id,
                    span.PublishedAt,
                    practices = caller.PracticesAs(Roles.Operator),
                    DecisionsPerPage,
                },
                ct
            );
            foreach (var row in rows)
            {
                evaluated++;
                if (Again(rules, row) is { } other && differing.Count < ListedAtMost)
                {
                    differing.Add(other);
                }
            }

            more = rows.Count == DecisionsPerPage;
            reached = rows.Count == 0 ? reached : (rows[^1].At, rows[^1].Id);
        }

        return TypedResults.Ok(new Report(evaluated, differing));
    }

    // The facts as they were known then; only the rules are those of today.
    private static Differing? Again(CompiledRuleSet rules, Row row)
    {
        var inputs = JsonSerializer.Deserialize<DecisionInputs>(row.Inputs, LicensingJson.Options)!;
        var then = JsonSerializer.Deserialize<Decision>(row.Answer, LicensingJson.Options)!;
        var now = LicensingEngine.Decide(rules, inputs.Request, inputs.At);
        return then.Outcome == now.Outcome && then.Conditions.SequenceEqual(now.Conditions)
            ? null
            : new Differing(row.Id, row.Point, row.At, row.EnrollmentId, row.SessionId, then.Outcome, now.Outcome, now.Reasons, row.MemberId, row.GroupId);
    }

    private sealed record Span(DateTimeOffset EffectiveFrom, DateTimeOffset PublishedAt);

    private sealed record Row(
        Guid Id,
        string Point,
        DateTimeOffset At,
        Guid MemberId,
        Guid? GroupId,
        Guid? SessionId,
        Guid? EnrollmentId,
        string Inputs,
        string Answer
    );
}
