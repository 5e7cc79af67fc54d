using GroupTherapy.Contracts.Identity;
using GroupTherapy.Description;
using GroupTherapy.Platform.Data;
using GroupTherapy.Platform.Idempotency;
using GroupTherapy.Platform.Json;
using GroupTherapy.Platform.Problems;
using GroupTherapy.Platform.Security;
using GroupTherapy.Platform.Web;
using GroupTherapy.Scheduling.Domain;
using GroupTherapy.Scheduling.Storage;

namespace GroupTherapy.Scheduling.Api;

/// <summary>The practices of an operator: read and changed by those who operate them, unknown to others.</summary>
internal static class Practices
{
    public static void MapPractices(this IEndpointRouteBuilder app)
    {
        app.MapGet("/api/practices", (Delegate)ListAsync)
            .For(Roles.Operator)
            .Produces<Page<Practice>>()
            .Describe("listPractices", Tag.Practices, "The practices that the caller operates");
        app.MapGet("/api/practices/{id}", (Delegate)GetAsync)
            .For(Roles.Operator)
            .Produces<Practice>()
            .ProducesProblem(404)
            .Describe("getPractice", Tag.Practices, "One practice");
        app.MapPatch("/api/practices/{id}", (Delegate)ChangeAsync)
            .For(Roles.Operator)
            .Produces<Practice>()
            .ProducesProblem(400)
            .ProducesProblem(404)
            .ProducesProblem(412)
            .Describe("changePractice", Tag.Practices, "Change a practice")
            .WithIfMatch();
    }

    private static async Task<IResult> ListAsync(Db db, Caller caller, Paging page, CancellationToken ct)
    {
        var rows = await PracticeStore.ListAsync(db, caller.PracticesAs(Roles.Operator), page.After is [var last] ? last : null, page.Limit + 1, ct);
        return TypedResults.Ok(page.PageOf(rows, p => [p.Id]));
    }

    private static async Task<IResult> GetAsync(string id, Db db, Caller caller, HttpContext http, CancellationToken ct)
    {
        if (!caller.Is(Roles.Operator, id) || await PracticeStore.ListAsync(db, [id], null, 1, ct) is not [var practice])
        {
            return Problem.NotFound();
        }

        http.Response.Headers.ETag = ETag(practice);
        return TypedResults.Ok(practice);
    }

    private static Task<IResult> ChangeAsync(string id, ChangePracticeRequest request, Caller caller, Writes writes, HttpContext http) =>
        writes.RunAsync(
            http,
            caller,
            request,
            async work =>
            {
                if (!caller.Is(Roles.Operator, id) || await PracticeStore.LockAsync(work, id) is not { } before)
                {
                    return Reply.Refused(Problem.NotFound());
                }

                if (IfMatch.Refuse(http, ETag(before), Refusals.StalePractice) is { } stale)
                {
                    return Reply.Refused(stale);
                }

                var errors = new FieldErrors();
                if (PracticeRules.Change(before, request, errors) is not { } changed)
                {
                    return Reply.Refused(errors.ToProblem());
                }

                // A form that is sent back as it came changes nothing.
                var isSame = CanonicalJson.Of(changed, ContractJson.Options) == CanonicalJson.Of(before, ContractJson.Options);
                var saved = isSame ? before : await PracticeStore.SaveAsync(work, changed);
                http.Response.Headers.ETag = ETag(saved);
                return Reply.Ok(saved);
            }
        );

    private static string ETag(Practice practice) => $"\"{practice.Version}\"";
}
