using GroupTherapy.Description;
using GroupTherapy.Platform.Data;
using GroupTherapy.Platform.Idempotency;
using GroupTherapy.Platform.Security;
using GroupTherapy.Platform.Web;

namespace GroupTherapy.Scheduling.Api;

/// <param name="Url">For calendar programs to subscribe to. It is a secret: it shows the calendar to its holder.</param>
public sealed record CalendarFeed(string Url);

/// <summary>Whether the caller's calendar has an address. The address itself is told once, by the call that makes it.</summary>
/// <param name="CreatedAt">When the address that works now was made; null where there is none.</param>
public sealed record CalendarFeedState(DateTimeOffset? CreatedAt);

/// <summary>Makes and revokes the caller's calendar address. A new address ends the one before.</summary>
internal static class CalendarFeeds
{
    public static void MapCalendarFeeds(this IEndpointRouteBuilder app)
    {
        app.MapGet("/api/me/calendar-feed", (Delegate)GetAsync)
            .ForSignedIn()
            .Produces<CalendarFeedState>()
            .Describe("getCalendarFeed", Tag.Calendars, "Whether my calendar has an address, and since when");
        app.MapPost("/api/me/calendar-feed", (Delegate)MakeAsync)
            .ForSignedIn()
            .Produces<CalendarFeed>()
            .Describe("makeCalendarFeed", Tag.Calendars, "A new secret address of my calendar; the old one ends");
        app.MapDelete("/api/me/calendar-feed", (Delegate)RevokeAsync)
            .ForSignedIn()
            .Produces(204)
            .Describe("revokeCalendarFeed", Tag.Calendars, "End the address of my calendar");
    }

    private static async Task<IResult> GetAsync(Db db, Caller caller, CancellationToken ct)
    {
        const string Sql = "select created_at from calendar_feeds where account_id = @AccountId";
        return TypedResults.Ok(new CalendarFeedState(await db.FirstOrDefaultAsync<DateTimeOffset?>(Sql, new { caller.AccountId }, ct)));
    }

    // The database holds the secret's hash; the answer that an Idempotency-Key repeats is sealed with a key outside it.
    private static Task<IResult> MakeAsync(Writes writes, Caller caller, IConfiguration configuration, HttpContext http) =>
        writes.RunAsync(
            http,
            caller,
            null,
            async work =>
            {
                var secret = FeedSecret.New();
                await work.ExecuteAsync(
                    """
                    insert into calendar_feeds (account_id, secret_hash, created_at) values (@AccountId, @hash, @Now)
                    on conflict (account_id) do update set secret_hash = excluded.secret_hash, created_at = excluded.created_at
                    """,
                    new
                    {
                        caller.AccountId,
                        hash = FeedSecret.HashOf(secret),
                        work.Now,
                    }
                );
                work.Audit("calendar-feed.made", subject: caller.AccountId);

                // Never from the Host header: the caller could choose it.
                var origin = (configuration["Public:Url"] ?? configuration["Gateway:Address"] ?? "").TrimEnd('/');
                return Reply.Ok(new CalendarFeed($"{origin}/calendars/{secret}.ics"));
            }
        );

    private static async Task<IResult> RevokeAsync(Db db, Caller caller, HttpContext http)
    {
        await using var work = await db.BeginAsync(caller, http.RequestAborted);
        if (await work.ExecuteAsync("delete from calendar_feeds where account_id = @AccountId", new { caller.AccountId }) == 1)
        {
            work.Audit("calendar-feed.revoked", subject: caller.AccountId);
            await work.CommitAsync(http.RequestAborted);
        }

        return TypedResults.NoContent();
    }
}
