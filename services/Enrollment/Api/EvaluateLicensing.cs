using System.Text.Json;
using GroupTherapy.Contracts.Identity;
using GroupTherapy.Description;
using GroupTherapy.Enrollment.Domain;
using GroupTherapy.Enrollment.Licensing;
using GroupTherapy.Enrollment.Storage;
using GroupTherapy.Platform.Problems;
using GroupTherapy.Platform.Time;
using GroupTherapy.Platform.Web;

namespace GroupTherapy.Enrollment.Api;

/// <summary>The pure decision for facts that an operator wrote down. Nothing is stored.</summary>
internal static class EvaluateLicensing
{
    public static void MapEvaluations(this IEndpointRouteBuilder app) =>
        app.MapPost("/api/licensing/evaluations", HandleAsync)
            .For(Roles.Operator)
            .Produces<DecisionView>()
            .Describe("evaluateLicensing", Tag.Licensing, "Decide a case without storing it");

    private static async Task<IResult> HandleAsync(JsonElement body, RuleSetCache ruleSets, TimeProvider clock, CancellationToken ct)
    {
        // The rule set named by the request says which words exist; an unknown number is an error of its field.
        var inForce = await ruleSets.InForceAsync(clock.GetUtcNow(), ct);
        var read = LicensingRequestReader.Read(body, inForce);
        if (read.Request is not { } request)
        {
            return new FieldErrors().Add(read.Errors).ToProblem();
        }

        var rules = request.RuleSet is { } version ? await ruleSets.FindAsync(version, ct) : await RulesAtAsync(ruleSets, request.At, ct);
        if (rules is null)
        {
            return Problem.Invalid(request.RuleSet is null ? "at" : "ruleSet", "No rule set is in force then.");
        }

        var at = request.At.ToMicroseconds();
        var decision = LicensingEngine.Decide(rules, request, at);
        return TypedResults.Ok(
            DecisionView.Of(null, request.RuleSet is null ? await UntilRulesChangeAsync(ruleSets, request, at, decision, ct) : decision, [])
        );
    }

    /// <summary>One rule set does not know the next: a rule set published for later may change the answer sooner than any row of this one.</summary>
    private static async Task<Decision> UntilRulesChangeAsync(
        RuleSetCache ruleSets,
        LicensingRequest request,
        DateTimeOffset at,
        Decision decision,
        CancellationToken ct
    )
    {
        if (await ruleSets.NextAfterAsync(at, ct) is not { } next || next.From >= decision.NextRecheckAt)
        {
            return decision;
        }

        // Asked like a recheck: the attestation keeps its age.
        var then = LicensingEngine.Decide(
            next.Rules,
            request.Member.Location is { } place
                ? request with
                {
                    Member = request.Member with { Location = place with { AttestedAt = place.AttestedAt + (next.From - at) } },
                }
                : request,
            next.From
        );
        var same = then.Outcome == decision.Outcome && then.Reasons.Select(r => r.Code).SequenceEqual(decision.Reasons.Select(r => r.Code));
        return same ? decision : decision with { NextRecheckAt = next.From };
    }

    private static async Task<CompiledRuleSet?> RulesAtAsync(RuleSetCache ruleSets, DateTimeOffset at, CancellationToken ct)
    {
        try
        {
            return await ruleSets.InForceAsync(at, ct);
        }
        catch (InvalidOperationException)
        {
            return null;
        }
    }
}
