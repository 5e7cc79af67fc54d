using GroupTherapy.Contracts.Identity;
using GroupTherapy.Contracts.Scheduling.V1;
using GroupTherapy.Platform.Idempotency;
using GroupTherapy.Platform.Problems;
using GroupTherapy.Platform.Security;
using GroupTherapy.Platform.Web;
using GroupTherapy.Scheduling.Sessions;

namespace GroupTherapy.Scheduling.Groups;

/// <summary>Closes a group: out of the catalogue, no session after the one that runs, its facilitators free.</summary>
internal static class CloseGroup
{
    public static void MapCloseGroup(this IEndpointRouteBuilder app) =>
        app.MapPost("/api/groups/{id}/close", (Delegate)HandleAsync).For(Roles.Operator)
            .Produces<GroupDetail>().ProducesProblem(404).ProducesProblem(412);

    private static Task<IResult> HandleAsync(Guid id, Caller caller, Writes writes, HttpContext http) =>
        writes.RunAsync(http, caller, null, async work =>
        {
            if (await GroupSql.LockAsync(work, id) is not { } group)
            {
                return Reply.Refused(Problem.NotFound());
            }

            if (group.ClosedAt is not null)
            {
                // Closing again asks for what already holds.
                http.Response.Headers.ETag = group.ETag;
                return Reply.Ok(group.Detail());
            }

            if (IfMatch.Refuse(http, group) is { } stale)
            {
                return Reply.Refused(stale);
            }

            await work.ExecuteAsync(
                "update groups set closed_at = @Now, next_week = null, materialise_at = null, version = version + 1 where id = @id", new { id, work.Now });
            var cancelled = await SessionSql.CancelFutureAsync(work, group);
            await work.ExecuteAsync("delete from bookings b using sessions s where s.id = b.session_id and s.group_id = @id", new { id });
            var closed = await GroupSql.GetAsync(work, id);
            await work.PublishAsync(new GroupClosed(closed.Snapshot(), work.Now));
            await work.AuditAsync("group.closed", reference: id, data: new { closed.Version, cancelled });
            http.Response.Headers.ETag = closed.ETag;
            return Reply.Ok(closed.Detail());
        });
}
