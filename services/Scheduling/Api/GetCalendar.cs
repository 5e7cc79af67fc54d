using System.Security.Cryptography;
using System.Text;
using System.Threading.RateLimiting;
using GroupTherapy.Calendar;
using GroupTherapy.Description;
using GroupTherapy.Platform.Data;
using GroupTherapy.Platform.Problems;
using GroupTherapy.Platform.Web;
using GroupTherapy.Scheduling.Storage;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.Net.Http.Headers;

namespace GroupTherapy.Scheduling.Api;

/// <summary>
/// The calendar behind a secret address: four weeks back and all that is planned. Its tag is a hash of the text, so an unchanged calendar is answered
/// with 304.
/// </summary>
internal static class GetCalendar
{
    private const int MostEntries = 1000;

    // A calendar program asks a few times an hour, and several devices of one person may share the address.
    private static readonly PartitionedRateLimiter<Guid> Polls = PartitionedRateLimiter.Create<Guid, Guid>(owner =>
        RateLimitPartition.GetTokenBucketLimiter(
            owner,
            static _ => new TokenBucketRateLimiterOptions
            {
                TokenLimit = 30,
                TokensPerPeriod = 1,
                ReplenishmentPeriod = TimeSpan.FromMinutes(1),
                QueueLimit = 0,
            }
        )
    );

    private static readonly TimeSpan Back = TimeSpan.FromDays(28);

    public static void MapGetCalendar(this IEndpointRouteBuilder app) =>
        app.MapGet("/calendars/{secret}.ics", (Delegate)HandleAsync)
            .ForAnyone()
            .Produces<string>(200, "text/calendar")
            .Produces(304)
            .Describe("getCalendar", Tag.Calendars, "My sessions as an iCalendar feed");

    private static async Task<IResult> HandleAsync(string secret, Db db, HttpContext http, CancellationToken ct)
    {
        // The address is the secret: it must not appear in a trace.
        http.Features.Get<IHttpActivityFeature>()?.Activity.SetTag("url.path", "/calendars/{secret}.ics");
        var account = await db.FirstOrDefaultAsync<Guid?>(
            "select account_id from calendar_feeds where secret_hash = @hash",
            new { hash = FeedSecret.HashOf(secret) },
            ct
        );
        if (account is not { } owner)
        {
            return Problem.NotFound();
        }

        using var lease = Polls.AttemptAcquire(owner);
        if (!lease.IsAcquired)
        {
            return new Problem(429, "too-many-requests", "This calendar was asked for too often. Once in a few minutes is enough.", RetryAfter: 60);
        }

        var now = db.Clock.GetUtcNow();
        var text = CalendarFile.Feed(await CalendarStore.ListAsync(db, owner, now - Back, now, MostEntries, ct));
        var tag = new EntityTagHeaderValue($"\"{Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(text)))}\"");
        http.Response.Headers.CacheControl = "private, no-cache";
        http.Response.Headers.ETag = tag.ToString();
        return IsKnown(http, tag)
            ? TypedResults.StatusCode(StatusCodes.Status304NotModified)
            : TypedResults.Content(text, CalendarFile.MediaType, Encoding.UTF8);
    }

    private static bool IsKnown(HttpContext http, EntityTagHeaderValue tag) =>
        EntityTagHeaderValue.TryParseStrictList(http.Request.Headers.IfNoneMatch, out var known)
        && known.Any(k => k.Tag == "*" || k.Compare(tag, useStrongComparison: false));
}
