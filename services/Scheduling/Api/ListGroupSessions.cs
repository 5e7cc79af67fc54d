using System.ComponentModel;
using GroupTherapy.Description;
using GroupTherapy.Platform.Data;
using GroupTherapy.Platform.Json;
using GroupTherapy.Platform.Problems;
using GroupTherapy.Platform.Security;
using GroupTherapy.Platform.Web;
using GroupTherapy.Scheduling.Domain;
using GroupTherapy.Scheduling.Storage;

namespace GroupTherapy.Scheduling.Api;

/// <summary>The sessions of a group in order of time, past and cancelled ones too.</summary>
internal static class ListGroupSessions
{
    public static void MapListGroupSessions(this IEndpointRouteBuilder app) =>
        app.MapGet("/api/groups/{id}/sessions", (Delegate)HandleAsync)
            .ForSignedIn()
            .Produces<Page<SessionView>>()
            .Describe("listGroupSessions", Tag.Sessions, "Sessions of a group");

    private static async Task<IResult> HandleAsync(
        Guid id,
        Db db,
        Caller caller,
        Paging page,
        [Description("Sessions that end after this instant.")] string? from,
        [Description("Sessions that start before this instant.")] string? to,
        CancellationToken ct
    )
    {
        var errors = Period.Read(from, to, out var start, out var end);
        if (errors.Any)
        {
            return errors.ToProblem();
        }

        if (await GroupStore.FindAsync(db, id, ct) is not { } group || (group.BookedBy is not null && !await group.IsOfAsync(db, caller, ct)))
        {
            return Problem.NotFound();
        }

        var rows = await db.QueryAsync<Session>(
            $"""
            select {SessionStore.Columns} from sessions s
            where s.group_id = @id and (@start::timestamptz is null or s.ends_at > @start) and (@end::timestamptz is null or s.starts_at < @end)
              and (@after::timestamptz is null or (s.starts_at, s.id) > (@after, @afterId))
            order by s.starts_at, s.id limit @more
            """,
            new
            {
                id,
                start,
                end,
                after = page.AfterInstant(),
                afterId = page.AfterId(1),
                more = page.Limit + 1,
            },
            ct
        );
        var (items, next) = page.PageOf(rows, s => [InstantConverter.Text(s.StartsAt), s.Id.ToString()]);
        return TypedResults.Ok(new Page<SessionView>([.. items.Select(s => s.View())], next));
    }
}
