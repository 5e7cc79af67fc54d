using System.Text.Json;
using GroupTherapy.Contracts.Identity;
using GroupTherapy.Description;
using GroupTherapy.Enrollment.Domain;
using GroupTherapy.Enrollment.Licensing;
using GroupTherapy.Platform.Data;
using GroupTherapy.Platform.Idempotency;
using GroupTherapy.Platform.Problems;
using GroupTherapy.Platform.Security;
using GroupTherapy.Platform.Web;

namespace GroupTherapy.Enrollment.Api;

/// <summary>
/// A draft is saved. It may contradict itself, since it is work in progress; an unsound document is refused. The operator who saves it becomes one of its
/// editors.
/// </summary>
internal static class EditRuleSet
{
    /// <summary>What GET shows, edited. All but document and note may be sent back and is not read.</summary>
    /// <param name="Note">At most 500 characters; left out, the note is kept.</param>
    public sealed record Edited(
        JsonElement? Document = null, string? Note = null, JsonElement? Version = null, JsonElement? Sha256 = null, JsonElement? Status = null,
            JsonElement? EffectiveFrom = null,
        JsonElement? PublishedAt = null, JsonElement? Author = null, JsonElement? Reviewer = null, JsonElement? Retroactive = null,
            JsonElement? WithdrawalRequestedAt = null,
        JsonElement? WithdrawnAt = null);

    public static void MapEditRuleSet(this IEndpointRouteBuilder app) =>
        app.MapPut("/api/licensing/rule-sets/{version:int}",
            async Task<IResult> (int version, Edited request, HttpContext http, Writes writes, Caller caller) =>
            new FieldErrors().Texts(request.Document, "document") is { Any: true } errors
                ? errors.ToProblem()
                : await writes.RunAsync(http, caller, request, work => EditAsync(work, http, version, request))).For(Roles.Operator).Produces<RuleSetWhole>()
            .Describe("editRuleSet", Tag.Licensing, "Change a draft").Refuses(409, "not-a-draft").Refuses(403, "not-your-practice").WithIfMatch();

    private static async Task<Reply> EditAsync(UnitOfWork work, HttpContext http, int version, Edited request)
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

        var read = RuleSetReader.Read(request.Document ?? default, version, "document");
        var errors = new FieldErrors().OptionalText(request.Note, "note", 500, manyLines: true).Add(read.Errors);
        if (errors.Any)
        {
            return Reply.Refused(errors.ToProblem());
        }

        var before = CompiledRuleSet.Parse(System.Text.Encoding.UTF8.GetBytes(row.Document)).Document;
        if (RuleSetScope.Of(before, read.Document!).FirstOrDefault(practice => !work.Caller.Is(Roles.Operator, practice)) is { } foreign)
        {
            return Reply.Refused(FourEyes.NotYourPractice(foreign));
        }

        if (read.Sha256 == row.Sha256 && (request.Note ?? row.Note) == row.Note)
        {
            // The form came back unchanged: the caller is no author of the draft.
            return await RuleSetRow.ChangedAsync(work, http, version);
        }

        await work.ExecuteAsync(
            """
            update rule_sets set document = @Text, sha256 = @Sha256, note = coalesce(@Note, note), revision = revision + 1,
                editors = case when @editor = any(editors) then editors else editors || @editor end,
                principals = array(select distinct unnest(principals || @principals))
            where version = @version
            """,
            new { read.Text, read.Sha256, request.Note, editor = work.Caller.AccountId, principals = FourEyes.PrincipalsOf(work.Caller), version });
        await work.AuditAsync("rule-set.edited", data: new { ruleSet = version, was = row.Sha256, read.Sha256 });
        return await RuleSetRow.ChangedAsync(work, http, version);
    }
}
