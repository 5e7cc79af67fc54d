using System.Text.Json.Nodes;
using GroupTherapy.Platform.Data;
using GroupTherapy.Platform.Web;

namespace GroupTherapy.Enrollment.RuleSets;

/// <summary>The rule sets there are, and one whole.</summary>
internal static class GetRuleSets
{
    public sealed record Item(int Version, string Sha256, string Status, DateTimeOffset? EffectiveFrom, DateTimeOffset? PublishedAt, Guid? Author, Guid? Reviewer, string? Note);

    public sealed record Whole(int Version, string Sha256, string Status, DateTimeOffset? EffectiveFrom, DateTimeOffset? PublishedAt, Guid? Author, Guid? Reviewer, string? Note, JsonNode Document);

    public static void MapRuleSets(this IEndpointRouteBuilder app)
    {
        app.MapGet("/api/licensing/rule-sets", async (Db db, RuleSetShelf shelf, Paging page, CancellationToken ct) =>
        {
            await shelf.SeedAsync(ct);
            var after = page.After.Count == 0 ? 0 : int.TryParse(page.After[0], out var v) ? v : throw new FieldException("cursor", "This is not a cursor of this list.");
            var rows = await db.QueryAsync<Item>($"select {Columns} from rule_sets where version > @after order by version limit @more", new { after, more = page.Limit + 1 }, ct);
            return TypedResults.Ok(page.PageOf(rows, r => [$"{r.Version}"]));
        }).For(Roles.Operator);

        app.MapGet("/api/licensing/rule-sets/{version:int}", async Task<IResult> (int version, Db db, RuleSetShelf shelf, CancellationToken ct) =>
        {
            await shelf.SeedAsync(ct);
            return await db.FirstOrDefaultAsync<Row>($"select {Columns}, document from rule_sets where version = @version", new { version }, ct) is { } r
                ? TypedResults.Ok(new Whole(r.Version, r.Sha256, r.Status, r.EffectiveFrom, r.PublishedAt, r.Author, r.Reviewer, r.Note, JsonNode.Parse(r.Document)!))
                : Problem.NotFound();
        }).For(Roles.Operator).Produces<Whole>();
    }

    private const string Columns = "version, sha256, status, effective_from, published_at, author, reviewer, note";

    private sealed record Row(int Version, string Sha256, string Status, DateTimeOffset? EffectiveFrom, DateTimeOffset? PublishedAt, Guid? Author, Guid? Reviewer, string? Note, string Document);
}
