using System.Text;
using GroupTherapy.Contracts.Identity;
using GroupTherapy.Description;
using GroupTherapy.Enrollment.Licensing;
using GroupTherapy.Platform.Data;
using GroupTherapy.Platform.Idempotency;
using GroupTherapy.Platform.Problems;
using GroupTherapy.Platform.Security;
using GroupTherapy.Platform.Web;

namespace GroupTherapy.Enrollment.Api;

/// <summary>A draft goes to review. From here on it does not change: the reviewed text is the published one.</summary>
internal static class SubmitRuleSet
{
    public static void MapSubmitRuleSet(this IEndpointRouteBuilder app) =>
        app.MapPost(
                "/api/licensing/rule-sets/{version:int}/submit",
                (int version, HttpContext http, Writes writes, Caller caller) => writes.RunAsync(http, caller, null, work => SubmitAsync(work, http, version))
            )
            .For(Roles.Operator)
            .Produces<RuleSetWhole>()
            .Describe("submitRuleSet", Tag.Licensing, "Hand a draft in for review")
            .Refuses(409, "not-a-draft")
            .WithIfMatch();

    private static async Task<Reply> SubmitAsync(UnitOfWork work, HttpContext http, int version)
    {
        if (await RuleSetRow.LockAsync(work, version) is not { } row)
        {
            return Reply.Refused(Problem.NotFound());
        }

        if (row.Status != RuleSetStatus.Draft)
        {
            return Reply.Refused(RuleSetRefusals.NotADraft);
        }

        if (IfMatch.Refuse(http, row.ETag, RuleSetRefusals.Stale) is { } stale)
        {
            return Reply.Refused(stale);
        }

        var lint = RuleSetLint.Find(CompiledRuleSet.Parse(Encoding.UTF8.GetBytes(row.Document)).Document, []);
        if (RuleSetLint.HasErrors(lint))
        {
            return Reply.Refused(RuleSetRefusals.Contradicts(lint));
        }

        await work.ExecuteAsync("update rule_sets set status = 'in_review', revision = revision + 1 where version = @version", new { version });
        work.Audit("rule-set.submitted", data: new { ruleSet = version, row.Sha256 });
        return await RuleSetRow.ChangedAsync(work, http, version);
    }
}
