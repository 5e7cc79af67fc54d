using GroupTherapy.Platform.Data;
using GroupTherapy.Platform.Idempotency;
using GroupTherapy.Platform.Security;
using GroupTherapy.Platform.Web;

namespace GroupTherapy.Scheduling.Calendars;

/// <param name="Url">To be subscribed to as it is; who has it sees the calendar.</param>
public sealed record CalendarFeed(string Url);

/// <summary>
/// Gives the caller a calendar address. The one before stops working, so asking again is how a leaked address is withdrawn.
/// </summary>
internal static class MakeCalendarFeed
{
    public static void MapMakeCalendarFeed(this IEndpointRouteBuilder app) =>
        app.MapPost("/api/me/calendar-feed", (Delegate)HandleAsync).ForSignedIn().Produces<CalendarFeed>();

    // Without kept answers (no Writes): replaying one would mean keeping the secret.
    private static async Task<IResult> HandleAsync(Db db, Caller caller, IConfiguration configuration, HttpContext http)
    {
        var secret = FeedSecret.New();
        await using var work = await db.BeginAsync(caller, http.RequestAborted);
        await work.ExecuteAsync(
            """
            insert into calendar_feeds (account_id, secret_hash, created_at) values (@AccountId, @hash, @Now)
            on conflict (account_id) do update set secret_hash = excluded.secret_hash, created_at = excluded.created_at
            """, new { caller.AccountId, hash = FeedSecret.HashOf(secret), work.Now });
        await work.AuditAsync("calendar-feed.made", subject: caller.AccountId);
        await work.CommitAsync(http.RequestAborted);

        // Never from the Host header: who asks could choose it.
        var origin = (configuration["Gateway:Address"] ?? "").TrimEnd('/');
        http.Response.Headers.CacheControl = "no-store";
        return TypedResults.Ok(new CalendarFeed($"{origin}/calendars/{secret}.ics"));
    }
}
