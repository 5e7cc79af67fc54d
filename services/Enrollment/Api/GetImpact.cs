using GroupTherapy.Contracts.Identity;
using GroupTherapy.Description;
using GroupTherapy.Enrollment.Domain;
using GroupTherapy.Enrollment.Licensing;
using GroupTherapy.Enrollment.Storage;
using GroupTherapy.Platform.Data;
using GroupTherapy.Platform.Problems;
using GroupTherapy.Platform.Security;
using GroupTherapy.Platform.Web;

namespace GroupTherapy.Enrollment.Api;

/// <summary>The effect of a draft, or of a change of one facilitator's credentials, on every current enrolment. Nothing is stored.</summary>
internal static class GetImpact
{
    /// <param name="Weeks">1 to 52.</param>
    public sealed record OfRuleSet(int? Weeks = null);

    /// <param name="Weeks">1 to 52.</param>
    /// <param name="CredentialId">The credential that would be another one; left out, it is a further one.</param>
    public sealed record OfCredential(int? Weeks = null, Guid? CredentialId = null, SaveCredential.Credential? Credential = null);

    public static void MapImpact(this IEndpointRouteBuilder app)
    {
        app.MapPost(
                "/api/licensing/rule-sets/{version:int}/impact",
                async Task<IResult> (int version, OfRuleSet request, HttpContext http, Caller caller, RuleSetCache ruleSets, ImpactRuns runs) =>
                    Check(request.Weeks) is { Any: true } errors ? errors.ToProblem()
                    : await ruleSets.FindAsync(version, http.RequestAborted) is { } draft
                        ? await runs.AnswerAsync(http, caller, new ImpactQuestion(request.Weeks!.Value, draft))
                    : Problem.NotFound()
            )
            .For(Roles.Operator)
            .Produces<ImpactResult>()
            .Produces<ImpactRunView>(202)
            .Describe("getRuleSetImpact", Tag.Licensing, "What a rule set would change for coming sessions")
            .Refuses(429, "too-many-impacts");
        app.MapPost("/api/facilitators/{id:guid}/credentials/impact", OfCredentialAsync)
            .For(Roles.Operator)
            .Produces<ImpactResult>()
            .Produces<ImpactRunView>(202)
            .Describe("getCredentialImpact", Tag.Facilitators, "What a change of a credential would do")
            .Refuses(429, "too-many-impacts");
        app.MapGet(
                "/api/licensing/impacts/{id:guid}",
                IResult (Guid id, Caller caller, ImpactRuns runs) => runs.Find(caller, id) is { } run ? TypedResults.Ok(run) : Problem.NotFound()
            )
            .For(Roles.Operator)
            .Produces<ImpactRunView>()
            .Describe("getImpact", Tag.Licensing, "How far an impact is, and its result");
    }

    private static FieldErrors Check(int? weeks) => new FieldErrors().Check(weeks is >= 1 and <= 52, "weeks", "A whole number from 1 to 52.");

    private static async Task<IResult> OfCredentialAsync(
        Guid id,
        OfCredential request,
        HttpContext http,
        Caller caller,
        Db db,
        RuleSetCache ruleSets,
        ImpactRuns runs,
        TimeProvider clock
    )
    {
        var errors = Check(request.Weeks).Check(request.Credential is not null, "credential", "This is needed.");
        if (request.Credential is { } credential)
        {
            var faults = SaveCredential.Check(credential, await ruleSets.InForceAsync(clock.GetUtcNow(), http.RequestAborted)).ToProblem().Errors!;
            errors.Add(faults.ToDictionary(fault => $"credential.{fault.Key}", fault => fault.Value));
        }

        if (errors.Any)
        {
            return errors.ToProblem();
        }

        if (
            !await db.FirstOrDefaultAsync<bool>(
                "select exists (select 1 from facilitators where id = @id and practices && @practices)",
                new { id, practices = caller.PracticesAs(Roles.Operator) },
                http.RequestAborted
            )
        )
        {
            return Problem.NotFound();
        }

        var replaced = request.CredentialId is not { } credentialId
            ? null
            : await db.FirstOrDefaultAsync<Row>(
                """
                select kind, jurisdiction, status, valid_from, valid_to, encumbered, type, compact, home_state from credentials
                where id = @credentialId and facilitator_id = @id order by version desc limit 1
                """,
                new { credentialId, id },
                http.RequestAborted
            );
        if (request.CredentialId is not null && replaced is null)
        {
            return Problem.NotFound();
        }

        return await runs.AnswerAsync(
            http,
            caller,
            new ImpactQuestion(request.Weeks!.Value, null, id, facts => Changed(facts, id, replaced, request.Credential!))
        );
    }

    // Facts name no credential by its id; one that reads the same is the same.
    private static LicensingRequest Changed(LicensingRequest facts, Guid facilitator, Row? replaced, SaveCredential.Credential c)
    {
        ProfileRules.TryDate(c.ValidFrom, out var from);
        ProfileRules.TryDate(c.ValidTo, out var to);
        return facts with
        {
            Facilitators = [.. facts.Facilitators.Select(f => f.Id == facilitator.ToString() ? f with { Credentials = With(f.Credentials) } : f)],
        };

        IReadOnlyList<CredentialFacts> With(IReadOnlyList<CredentialFacts> all)
        {
            var old = all.FirstOrDefault(one => replaced is not null && one with { DaysUsed = null } == replaced.Facts);
            var used = c.Kind == Vocabulary.TemporaryPermit ? old?.DaysUsed ?? 0 : (int?)null;
            var changed = new CredentialFacts(c.Kind!, c.Jurisdiction!, c.Status!, from, to, c.Encumbered!.Value, c.Type, c.Compact, c.HomeState, used);
            return old is null ? [.. all, changed] : [.. all.Select(one => ReferenceEquals(one, old) ? changed : one)];
        }
    }

    private sealed record Row(
        string Kind,
        string Jurisdiction,
        string Status,
        DateOnly ValidFrom,
        DateOnly ValidTo,
        bool Encumbered,
        string? Type,
        string? Compact,
        string? HomeState
    )
    {
        public CredentialFacts Facts => new(Kind, Jurisdiction, Status, ValidFrom, ValidTo, Encumbered, Type, Compact, HomeState);
    }
}
