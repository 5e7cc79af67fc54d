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
    /// <summary>The edited answer of GET. Only document and note are set; the other fields may come back as they were shown.</summary>
    /// <param name="Note">At most 500 characters; left out, the note is kept.</param>
    /// <param name="Sha256">Not read: the hash is the document's.</param>
    public sealed record Edited(
        JsonElement? Document = null,
        string? Note = null,
        int? Version = null,
        string? Sha256 = null,
        string? Status = null,
        DateTimeOffset? EffectiveFrom = null,
        DateTimeOffset? PublishedAt = null,
        Guid? Author = null,
        Guid? Reviewer = null,
        bool? Retroactive = null,
        DateTimeOffset? WithdrawalRequestedAt = null,
        DateTimeOffset? WithdrawnAt = null
    );

    public static void MapEditRuleSet(this IEndpointRouteBuilder app) =>
        app.MapPut(
                "/api/licensing/rule-sets/{version:int}",
                async Task<IResult> (int version, Edited request, HttpContext http, Writes writes, Caller caller) =>
                    new FieldErrors().Texts(request.Document, "document") is { Any: true } errors
                        ? errors.ToProblem()
                        : await writes.RunAsync(http, caller, request, work => EditAsync(work, http, version, request))
            )
            .For(Roles.Operator)
            .Produces<RuleSetWhole>()
            .Describe("editRuleSet", Tag.Licensing, "Change a draft")
            .Refuses(409, "not-a-draft")
            .Refuses(403, "not-your-practice")
            .WithIfMatch();

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
        var errors = NotAsShown(request, row).OptionalText(request.Note, "note", 500, manyLines: true).Add(read.Errors);
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
            new
            {
                read.Text,
                read.Sha256,
                request.Note,
                editor = work.Caller.AccountId,
                principals = FourEyes.PrincipalsOf(work.Caller),
                version,
            }
        );
        work.Audit(
            "rule-set.edited",
            data: new
            {
                ruleSet = version,
                was = row.Sha256,
                read.Sha256,
            }
        );
        return await RuleSetRow.ChangedAsync(work, http, version);
    }

    private static FieldErrors NotAsShown(Edited sent, RuleSetRow row) =>
        new FieldErrors()
            .AsShown(sent.Version, row.Version, "version")
            .AsShown(sent.Status, row.Status, "status")
            .AsShown(sent.EffectiveFrom, row.EffectiveFrom, "effectiveFrom")
            .AsShown(sent.PublishedAt, row.PublishedAt, "publishedAt")
            .AsShown(sent.Author, row.Author, "author")
            .AsShown(sent.Reviewer, row.Reviewer, "reviewer")
            .AsShown(sent.Retroactive, row.Retroactive, "retroactive")
            .AsShown(sent.WithdrawalRequestedAt, row.WithdrawalRequestedAt, "withdrawalRequestedAt")
            .AsShown(sent.WithdrawnAt, row.WithdrawnAt, "withdrawnAt");
}
