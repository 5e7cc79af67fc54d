using System.Text.Json;
using GroupTherapy.Enrollment.Licensing;
using GroupTherapy.Enrollment.RuleSets;
using GroupTherapy.Platform.Data;
using GroupTherapy.Platform.Web;

namespace GroupTherapy.Enrollment.Decisions;

/// <summary>The pure decision for facts that an operator wrote down. Nothing is stored.</summary>
internal static class EvaluateLicensing
{
    public static void MapEvaluations(this IEndpointRouteBuilder app) =>
        app.MapPost("/api/licensing/evaluations", HandleAsync).For(Roles.Operator).Produces<DecisionView>();

    private static async Task<IResult> HandleAsync(JsonElement body, RuleSetShelf shelf, TimeProvider clock, CancellationToken ct)
    {
        // The rule set named by the request says which words exist; an unknown number is told like any other fault of a field.
        var inForce = await shelf.InForceAsync(clock.GetUtcNow(), ct);
        var read = LicensingRequestReader.Read(body, inForce);
        if (read.Request is not { } request)
        {
            return new FieldErrors().Add(read.Errors).ToProblem();
        }

        var rules = request.RuleSet is { } version ? await shelf.FindAsync(version, ct) : await RulesAtAsync(shelf, request.At, ct);
        if (rules is null)
        {
            return Problem.Invalid(request.RuleSet is null ? "at" : "ruleSet", "No rule set is in force then.");
        }

        return TypedResults.Ok(DecisionView.Of(null, LicensingEngine.Decide(rules, request, request.At.ToMicroseconds()), []));
    }

    private static async Task<CompiledRuleSet?> RulesAtAsync(RuleSetShelf shelf, DateTimeOffset at, CancellationToken ct)
    {
        try
        {
            return await shelf.InForceAsync(at, ct);
        }
        catch (InvalidOperationException)
        {
            return null;
        }
    }
}
