using System.ComponentModel;
using GroupTherapy.Contracts.Identity;
using GroupTherapy.Description;
using GroupTherapy.Platform.Data;
using GroupTherapy.Platform.Json;
using GroupTherapy.Platform.Problems;
using GroupTherapy.Platform.Security;
using GroupTherapy.Platform.Web;
using GroupTherapy.Scheduling.Storage;

namespace GroupTherapy.Scheduling.Api;

/// <summary>
/// Sessions that need another facilitator, soonest first: of the next three weeks those that no facilitator may lead as they stand, those for which a
/// facilitator asked, rooms that are held because theirs are gone, and lobbies where members wait for one.
/// </summary>
internal static class ListUncovered
{
    public static void MapListUncovered(this IEndpointRouteBuilder app) =>
        app.MapGet("/api/uncovered-sessions", (Delegate)HandleAsync).For(Roles.Operator).Produces<Page<UncoveredRow>>()
            .Describe("listUncoveredSessions", Tag.Sessions, "Sessions that need another facilitator").Refuses(404, "not-found");

    private static async Task<IResult> HandleAsync(
        Db db, Caller caller, Paging page, [Description("One practice; left out, all that the caller operates.")] string? practice, CancellationToken ct)
    {
        var practices = caller.PracticesAs(Roles.Operator).Where(p => practice is null || p == practice).ToArray();
        if (practices.Length == 0)
        {
            return Problem.NotFound();
        }

        var after = page.AfterInstant() is { } at ? (at, page.AfterId(1)!.Value) : ((DateTimeOffset, Guid)?)null;
        var rows = await CoverStore.ListAsync(db, practices, db.Clock.GetUtcNow(), after, page.Limit + 1, ct);
        return TypedResults.Ok(page.PageOf(rows, r => [InstantConverter.Text(r.StartsAt), r.SessionId.ToString()]));
    }
}
