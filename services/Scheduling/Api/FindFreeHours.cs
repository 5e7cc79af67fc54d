using System.ComponentModel;
using System.Globalization;
using GroupTherapy.Contracts.Identity;
using GroupTherapy.Description;
using GroupTherapy.Platform.Data;
using GroupTherapy.Platform.Problems;
using GroupTherapy.Platform.Security;
using GroupTherapy.Platform.Web;
using GroupTherapy.Scheduling.Domain;
using GroupTherapy.Scheduling.Series;
using GroupTherapy.Scheduling.Storage;

namespace GroupTherapy.Scheduling.Api;

/// <summary>An hour at which a member can book a facilitator.</summary>
public sealed record FreeHour(DateTimeOffset StartsAt, DateTimeOffset EndsAt);

/// <summary>A time of the week for a new group.</summary>
/// <param name="FreeWeeks">In how many of the weeks the facilitator is free then.</param>
/// <param name="SaidWhen">Whether the facilitator has said when they work.</param>
public sealed record FreeSlot(
    Guid FacilitatorId,
    string DisplayName,
    string DayOfWeek,
    string LocalTime,
    string TimeZone,
    int FreeWeeks,
    int Weeks,
    bool SaidWhen
);

/// <summary>Finds hours that are free: for a member who books one, and for an operator who plans a new group.</summary>
internal static class FindFreeHours
{
    private const int MostHours = 500;
    private const int MostDays = 62;
    private static readonly string[] Days = [.. Enumerable.Range(0, 7).Select(AvailabilityRules.DayName)];

    public static void MapFindFreeHours(this IEndpointRouteBuilder app)
    {
        app.MapGet("/api/facilitators/{id}/free-hours", (Delegate)OfOneAsync)
            .ForSignedIn()
            .Produces<Page<FreeHour>>()
            .Describe("listFreeHours", Tag.Calendars, "Hours at which a facilitator can be booked");
        app.MapGet("/api/free-hours", (Delegate)ForGroupAsync)
            .For(Roles.Operator)
            .Produces<Page<FreeSlot>>()
            .Describe("findFreeHours", Tag.Calendars, "Times of the week for a new group, the most often free first")
            .Refuses(404, "not-found");
    }

    private static async Task<IResult> OfOneAsync(
        Guid id,
        Db db,
        Caller caller,
        [Description("intake or psychotherapy_individual.")] string? serviceClass,
        [Description("Hours that start at or after this instant.")] string? from,
        [Description("Hours that start before this instant.")] string? to,
        CancellationToken ct
    )
    {
        var errors = Period.Read(from, to, out var start, out var end);
        errors
            .Check(serviceClass is "intake" or "psychotherapy_individual", "serviceClass", "One of intake, psychotherapy_individual.")
            .Check(start is null || end is null || end - start <= TimeSpan.FromDays(MostDays), "to", $"At most {MostDays} days after from.");
        if (errors.Any)
        {
            return errors.ToProblem();
        }

        await using var work = await db.BeginAsync(caller, ct);
        if (
            await AvailabilityStore.FindAsync(work, id) is not { } availability
            || availability.Bookable.FirstOrDefault(b => b.ServiceClass == serviceClass) is not { DurationMinutes: { } minutes }
        )
        {
            return TypedResults.Ok(new Page<FreeHour>([], null));
        }

        var (first, last) = BookingRules.Window(availability, work.Now);
        var (since, until) = (start > first ? start.Value : first, end < last ? end.Value : last);
        until = until > since + TimeSpan.FromDays(MostDays) ? since + TimeSpan.FromDays(MostDays) : until;
        if (until <= since)
        {
            return TypedResults.Ok(new Page<FreeHour>([], null));
        }

        var times = await AvailabilityStore.TimesAsync(work, [id], since.AddDays(-1), until.AddDays(1));
        return TypedResults.Ok(
            new Page<FreeHour>([.. FreeHours.Starts(times[0], since, until, minutes, MostHours).Select(at => new FreeHour(at, at.AddMinutes(minutes)))], null)
        );
    }

    private static async Task<IResult> ForGroupAsync(
        Db db,
        Caller caller,
        Paging page,
        [Description("The practice of the new group.")] string? practice,
        [Description("One facilitator; left out, all of the practice.")] Guid? facilitator,
        [Description("A day of the first week; left out, next week.")] string? from,
        [Description("1 to 104; 12 when left out.")] int? weeks,
        [Description("15 to 480; 60 when left out.")] int? durationMinutes,
        [Description("The zone of the group; left out, the practice's.")] string? timeZone,
        [Description("Times on this weekday alone, in the zone of the group.")] string? dayOfWeek,
        CancellationToken ct
    )
    {
        var day = DateOnly.FromDateTime(db.Clock.GetUtcNow().UtcDateTime).AddDays(7);
        var isDate = from is null || DateOnly.TryParseExact(from, "yyyy-MM-dd", CultureInfo.InvariantCulture, DateTimeStyles.None, out day);
        var errors = new FieldErrors()
            .Check(practice is not null, "practice", "This is needed.")
            .Check(isDate && day.Year is >= 2000 and <= 2190, "from", "A date, like 2026-11-24.")
            .Check(weeks is null or (>= 1 and <= 104), "weeks", "1 to 104.")
            .Check(durationMinutes is null or (>= 15 and <= 480), "durationMinutes", "15 to 480.")
            .Check(timeZone is null || SeriesRules.Zone(timeZone) is not null, "timeZone", "An IANA zone, like America/New_York.")
            .Check(dayOfWeek is null || Days.Contains(dayOfWeek), "dayOfWeek", $"One of {string.Join(", ", Days)}.");
        if (errors.Any)
        {
            return errors.ToProblem();
        }

        await using var work = await db.BeginAsync(caller, ct);
        if (!caller.Is(Roles.Operator, practice!) || await PracticeStore.FindAsync(work, practice!) is not { } known)
        {
            return Problem.NotFound();
        }

        var people = await work.QueryAsync<Person>(
            "select id, display_name from facilitators where practices @> array[@practice] and (@facilitator::uuid is null or id = @facilitator) order by id",
            new { practice, facilitator }
        );
        var zone = SeriesRules.Zone(timeZone ?? known.TimeZone)!;
        var monday = day.AddDays(-(((int)day.DayOfWeek + 6) % 7));
        var count = weeks ?? 12;
        var begin = SeriesRules.ToInstant(monday.ToDateTime(TimeOnly.MinValue), zone);
        var times = await AvailabilityStore.TimesAsync(work, [.. people.Select(p => p.Id)], begin, begin.AddDays(7 * count + 1));
        var (names, said) = (people.ToDictionary(p => p.Id, p => p.DisplayName), times.ToDictionary(t => t.FacilitatorId, t => t.Weekly is not null));
        var slots = FreeHours
            .Weekly(times, zone, monday, count, durationMinutes ?? 60)
            .Where(s => dayOfWeek is null || AvailabilityRules.DayName(s.Day) == dayOfWeek)
            .OrderByDescending(s => s.FreeWeeks)
            .ThenByDescending(s => said[s.FacilitatorId])
            .ThenBy(s => s.Day)
            .ThenBy(s => s.Minute)
            .ThenBy(s => s.FacilitatorId)
            .Take(page.Limit)
            .Select(s => new FreeSlot(
                s.FacilitatorId,
                names[s.FacilitatorId],
                AvailabilityRules.DayName(s.Day),
                $"{s.Minute / 60:00}:{s.Minute % 60:00}",
                zone.Id,
                s.FreeWeeks,
                count,
                said[s.FacilitatorId]
            ));
        return TypedResults.Ok(new Page<FreeSlot>([.. slots], null));
    }

    private sealed record Person(Guid Id, string DisplayName);
}
