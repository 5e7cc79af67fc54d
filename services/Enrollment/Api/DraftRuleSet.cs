using System.Text.Json;
using System.Text.Json.Nodes;
using GroupTherapy.Contracts.Identity;
using GroupTherapy.Description;
using GroupTherapy.Enrollment.Domain;
using GroupTherapy.Enrollment.Licensing;
using GroupTherapy.Enrollment.Storage;
using GroupTherapy.Platform.Data;
using GroupTherapy.Platform.Idempotency;
using GroupTherapy.Platform.Problems;
using GroupTherapy.Platform.Security;
using GroupTherapy.Platform.Web;

namespace GroupTherapy.Enrollment.Api;

/// <summary>A new draft under the next number: a copy of the rule set in force, or of another one.</summary>
internal static class DraftRuleSet
{
    /// <param name="From">The version to copy; the one in force when left out.</param>
    /// <param name="Note">At most 500 characters.</param>
    public sealed record NewDraft(int? From = null, string? Note = null);

    public static void MapDraftRuleSet(this IEndpointRouteBuilder app) =>
        app.MapPost(
                "/api/licensing/rule-sets",
                async Task<IResult> (NewDraft? request, HttpContext http, Writes writes, Caller caller, RuleSetCache ruleSets, CancellationToken ct) =>
                {
                    await ruleSets.SeedAsync(ct);
                    return new FieldErrors().OptionalText(request?.Note, "note", 500, manyLines: true) is { Any: true } errors
                        ? errors.ToProblem()
                        : await writes.RunAsync(http, caller, request ?? new NewDraft(), work => DraftAsync(work, http, ruleSets, request ?? new NewDraft()));
                }
            )
            .For(Roles.Operator)
            .Produces<RuleSetWhole>(201)
            .Describe("draftRuleSet", Tag.Licensing, "A new draft");

    private static async Task<Reply> DraftAsync(UnitOfWork work, HttpContext http, RuleSetCache ruleSets, NewDraft request)
    {
        var from = request.From ?? (await ruleSets.InForceAsync(work)).Version;
        if (await work.FirstOrDefaultAsync<string>("select document from rule_sets where version = @from", new { from }) is not { } document)
        {
            return Reply.Refused(Problem.Invalid("from", "There is no such rule set."));
        }

        // Numbers follow one another: simultaneous drafts wait here.
        await work.ExecuteAsync("select pg_advisory_xact_lock(hashtextextended('rule-sets', 1))");
        var version = await work.FirstOrDefaultAsync<int>("select max(version) + 1 from rule_sets");
        var text = RuleSetReader.Renumber(JsonNode.Parse(document)!, version);
        var author = work.Caller.AccountId;
        await work.ExecuteAsync(
            """
            insert into rule_sets (version, sha256, document, status, author, editors, principals, note, created_at)
            values (@version, @sha256, @text, 'draft', @author, array[@author], @principals, @Note, @Now)
            """,
            new
            {
                version,
                sha256 = CompiledRuleSet.HashOf(JsonElement.Parse(text)),
                text,
                author,
                principals = FourEyes.PrincipalsOf(work.Caller),
                request.Note,
                work.Now,
            }
        );
        work.Audit("rule-set.drafted", data: new { ruleSet = version, from });
        var whole = await RuleSetRow.ChangedAsync(work, http, version);
        return Reply.Created($"/api/licensing/rule-sets/{version}", whole.Body!);
    }
}
