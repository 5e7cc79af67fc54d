using GroupTherapy.Contracts.Identity;
using GroupTherapy.Platform.Data;
using GroupTherapy.Platform.Problems;
using GroupTherapy.Platform.Security;
using GroupTherapy.Platform.Web;
using GroupTherapy.Scheduling.Sessions;

namespace GroupTherapy.Scheduling.Substitutes;

/// <summary>Who may legally lead a session instead, best first, and whom each would leave uncovered. Who is busy then comes last.</summary>
internal static class ListSubstitutes
{
    public static void MapListSubstitutes(this IEndpointRouteBuilder app) =>
        app.MapGet("/api/sessions/{id}/substitutes", (Delegate)HandleAsync).For(Roles.Operator)
            .Produces<Page<Substitute>>().ProducesProblem(404);

    private static async Task<IResult> HandleAsync(Guid id, Db db, Caller caller, CancellationToken ct)
    {
        await using var work = await db.BeginAsync(caller, ct);
        if (await SessionSql.FindAsync(work, id) is not var (group, session) || !caller.Practices.Contains(group.Practice))
        {
            return Problem.NotFound();
        }

        return await Coverage.FindAsync(work, group.Id) is { } coverage
            ? TypedResults.Ok(new Page<Substitute>(await SubstituteSql.RankedAsync(work, group, session, coverage, coverage.Members, SubstituteSql.Rest(session, work.Now)), null))
            : Problem.NotYetKnown();
    }
}
