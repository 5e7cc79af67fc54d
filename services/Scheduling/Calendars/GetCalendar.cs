using System.Text;
using GroupTherapy.Platform.Data;
using GroupTherapy.Platform.Problems;
using GroupTherapy.Platform.Web;
using GroupTherapy.Scheduling.Series;
using GroupTherapy.Scheduling.Sessions;
using Microsoft.AspNetCore.Http.Features;

namespace GroupTherapy.Scheduling.Calendars;

/// <summary>The calendar behind a secret address: four weeks back and all that is planned.</summary>
internal static class GetCalendar
{
    private const int MostEntries = 1000;
    private static readonly TimeSpan Back = TimeSpan.FromDays(28);

    public static void MapGetCalendar(this IEndpointRouteBuilder app) =>
        app.MapGet("/calendars/{secret}.ics", (Delegate)HandleAsync).ForAnyone()
            .Produces<string>(200, "text/calendar").ProducesProblem(404);

    private static async Task<IResult> HandleAsync(string secret, Db db, HttpContext http, CancellationToken ct)
    {
        // The address is the secret: it must not stand in a trace.
        http.Features.Get<IHttpActivityFeature>()?.Activity.SetTag("url.path", "/calendars/{secret}.ics");
        var account = await db.FirstOrDefaultAsync<Guid?>(
            "select account_id from calendar_feeds where secret_hash = @hash", new { hash = FeedSecret.HashOf(secret) }, ct);
        if (account is not { } owner)
        {
            return Problem.NotFound();
        }

        var now = db.Clock.GetUtcNow();
        var sessions = await MySessionSql.ListAsync(db, owner, now - Back, null, null, MostEntries, ct);
        var entries = sessions.Select(s => new CalendarEntry(s.Id, s.StartsAt, s.EndsAt, s.TimeZone, s.CancelledAt is not null, s.Version - 1, s.ChangedAt)).ToList();
        http.Response.Headers.CacheControl = "private, no-cache";
        return TypedResults.Content(CalendarRules.Render(entries), "text/calendar", Encoding.UTF8);
    }
}
