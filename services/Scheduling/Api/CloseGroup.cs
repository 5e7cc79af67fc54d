using GroupTherapy.Contracts.Identity;
using GroupTherapy.Description;
using GroupTherapy.Platform.Idempotency;
using GroupTherapy.Platform.Problems;
using GroupTherapy.Platform.Security;
using GroupTherapy.Platform.Web;
using GroupTherapy.Scheduling.Storage;

namespace GroupTherapy.Scheduling.Api;

/// <summary>Closes a group: it leaves the catalogue, sessions that have not begun are cancelled, and its facilitators are free.</summary>
internal static class CloseGroup
{
    public static void MapCloseGroup(this IEndpointRouteBuilder app) =>
        app.MapPost("/api/groups/{id}/close", (Delegate)HandleAsync)
            .For(Roles.Operator)
            .Produces<GroupDetail>()
            .Describe("closeGroup", Tag.Groups, "Close a group")
            .WithIfMatch();

    private static Task<IResult> HandleAsync(Guid id, Caller caller, Writes writes, HttpContext http) =>
        writes.RunAsync(
            http,
            caller,
            null,
            async work =>
            {
                if (await GroupStore.LockAsync(work, id) is not { } group)
                {
                    return Reply.Refused(Problem.NotFound());
                }

                if (group.ClosedAt is not null)
                {
                    // Closing a closed group changes nothing.
                    http.Response.Headers.ETag = group.ETag;
                    return Reply.Ok(group.Detail());
                }

                if (IfMatch.Refuse(http, group.ETag, Refusals.StaleGroup) is { } stale)
                {
                    return Reply.Refused(stale);
                }

                var closed = await GroupStore.CloseAsync(work, group);
                http.Response.Headers.ETag = closed.ETag;
                return Reply.Ok(closed.Detail());
            }
        );
}
