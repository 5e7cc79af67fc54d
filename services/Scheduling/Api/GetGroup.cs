using GroupTherapy.Description;
using GroupTherapy.Platform.Data;
using GroupTherapy.Platform.Problems;
using GroupTherapy.Platform.Security;
using GroupTherapy.Platform.Web;
using GroupTherapy.Scheduling.Domain;
using GroupTherapy.Scheduling.Storage;

namespace GroupTherapy.Scheduling.Api;

/// <summary>
/// One group with program and policies. Of its program a visitor sees titles, a member the weeks up to the present one, staff and operators all.
/// A closed group still answers, since members look back at it.
/// </summary>
internal static class GetGroup
{
    public static void MapGetGroup(this IEndpointRouteBuilder app) =>
        app.MapGet("/api/groups/{id}", (Delegate)HandleAsync)
            .ForAnyone()
            .Produces<GroupDetail>()
            .Describe("getGroup", Tag.Groups, "One group with its program and policies");

    private static async Task<IResult> HandleAsync(Guid id, Db db, Caller caller, HttpContext http, CancellationToken ct)
    {
        if (await GroupStore.FindAsync(db, id, ct) is not { } group || (group.BookedBy is not null && !await group.IsOfAsync(db, caller, ct)))
        {
            return Problem.NotFound();
        }

        http.Response.Headers.ETag = group.ETag;
        var detail = group.Detail();
        return TypedResults.Ok(detail with { Program = ProgramRules.UpTo(detail.Program, await group.WeeksSeenByAsync(db, caller, ct)) });
    }
}
