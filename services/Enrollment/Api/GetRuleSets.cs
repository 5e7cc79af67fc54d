using GroupTherapy.Contracts.Identity;
using GroupTherapy.Description;
using GroupTherapy.Enrollment.Licensing;
using GroupTherapy.Enrollment.Storage;
using GroupTherapy.Platform.Data;
using GroupTherapy.Platform.Problems;
using GroupTherapy.Platform.Web;

namespace GroupTherapy.Enrollment.Api;

/// <summary>The list of rule sets, one rule set whole, its lint, and its diff to another.</summary>
internal static class GetRuleSets
{
    public sealed record Lint(IReadOnlyList<LintItem> Items);

    /// <param name="Against">The version it is compared with.</param>
    public sealed record Diff(int Version, int Against, IReadOnlyList<DiffRow> Added, IReadOnlyList<DiffRow> Removed, IReadOnlyList<ChangedRow> Changed);

    public static void MapRuleSets(this IEndpointRouteBuilder app)
    {
        app.MapGet(
                "/api/licensing/rule-sets",
                async (Db db, RuleSetCache ruleSets, Paging page, CancellationToken ct) =>
                {
                    await ruleSets.SeedAsync(ct);
                    var after =
                        page.After.Count == 0 ? 0
                        : int.TryParse(page.After[0], out var v) ? v
                        : throw new FieldException("cursor", "This is not a cursor of this list.");
                    var rows = await db.QueryAsync<RuleSetItem>(
                        $"select {RuleSetRow.Columns} {RuleSetRow.From} where r.version > @after order by r.version limit @more",
                        new { after, more = page.Limit + 1 },
                        ct
                    );
                    return TypedResults.Ok(page.PageOf(rows, r => [$"{r.Version}"]));
                }
            )
            .For(Roles.Operator)
            .Describe("listRuleSets", Tag.Licensing, "Rule sets");
        app.MapGet("/api/licensing/rule-sets/{version:int}", OneAsync)
            .For(Roles.Operator)
            .Produces<RuleSetWhole>()
            .Describe("getRuleSet", Tag.Licensing, "One rule set");
        app.MapGet(
                "/api/licensing/rule-sets/{version:int}/lint",
                async Task<IResult> (int version, RuleSetCache ruleSets, Db db, CancellationToken ct) =>
                    await ruleSets.FindAsync(version, ct) is { } rules
                        ? TypedResults.Ok(new Lint(RuleSetLint.Find(rules.Document, await GroupStore.ServicesInUseAsync(db, ct))))
                        : Problem.NotFound()
            )
            .For(Roles.Operator)
            .Produces<Lint>()
            .Describe("lintRuleSet", Tag.Licensing, "What is wrong or doubtful in a rule set");
        app.MapGet("/api/licensing/rule-sets/{version:int}/diff", DiffAsync)
            .For(Roles.Operator)
            .Produces<Diff>()
            .Describe("diffRuleSet", Tag.Licensing, "What differs from another rule set");
    }

    private static async Task<IResult> OneAsync(int version, HttpContext http, Db db, RuleSetCache ruleSets, CancellationToken ct)
    {
        await ruleSets.SeedAsync(ct);
        if (await db.FirstOrDefaultAsync<RuleSetRow>(RuleSetRow.One, new { version }, ct) is not { } row)
        {
            return Problem.NotFound();
        }

        http.Response.Headers.ETag = row.ETag;
        return TypedResults.Ok(row.Whole);
    }

    /// <param name="against">The one in force now when left out.</param>
    private static async Task<IResult> DiffAsync(int version, int? against, RuleSetCache ruleSets, TimeProvider clock, CancellationToken ct)
    {
        if (await ruleSets.FindAsync(version, ct) is not { } newer)
        {
            return Problem.NotFound();
        }

        if ((against is { } other ? await ruleSets.FindAsync(other, ct) : await ruleSets.InForceAsync(clock.GetUtcNow(), ct)) is not { } older)
        {
            return Problem.Invalid("against", "There is no such rule set.");
        }

        var diff = RuleSetDiff.Between(older.Document, newer.Document);
        return TypedResults.Ok(new Diff(version, older.Version, diff.Added, diff.Removed, diff.Changed));
    }
}
