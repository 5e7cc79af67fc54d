using GroupTherapy.Contracts.Identity;
using GroupTherapy.Description;
using GroupTherapy.Platform.Data;
using GroupTherapy.Platform.Problems;
using GroupTherapy.Platform.Security;
using GroupTherapy.Platform.Web;
using GroupTherapy.Scheduling.Domain;
using GroupTherapy.Scheduling.Storage;

namespace GroupTherapy.Scheduling.Api;

/// <summary>
/// The facilitators who may legally lead a session instead, best first, each with the members left uncovered, for its operators and its own facilitators.
/// Busy ones come last.
/// </summary>
internal static class ListSubstitutes
{
    public static void MapListSubstitutes(this IEndpointRouteBuilder app) =>
        app.MapGet("/api/sessions/{id}/substitutes", (Delegate)HandleAsync)
            .For(Roles.Facilitator, Roles.Operator)
            .Produces<Page<Substitute>>()
            .Describe("listSubstitutes", Tag.Sessions, "Who may lead this session, best first");

    private static async Task<IResult> HandleAsync(Guid id, Db db, Caller caller, CancellationToken ct)
    {
        await using var work = await db.BeginAsync(caller, ct);
        if (await SessionStore.FindAsync(work, id) is not var (group, session) || !session.IsReadBy(caller, group.Practice))
        {
            return Problem.NotFound();
        }

        return await CoverageStore.FindAsync(work, group.Id) is { } coverage
            ? TypedResults.Ok(
                new Page<Substitute>(
                    await SubstituteStore.RankAsync(work, group, session, coverage, coverage.Members, SubstituteRules.Rest(session, work.Now)),
                    null
                )
            )
            : Problem.NotYetKnown();
    }
}
