using System.ComponentModel;
using System.Globalization;
using GroupTherapy.Contracts.Identity;
using GroupTherapy.Description;
using GroupTherapy.Enrollment.Storage;
using GroupTherapy.Platform.Data;
using GroupTherapy.Platform.Problems;
using GroupTherapy.Platform.Security;
using GroupTherapy.Platform.Web;
using NodaTime;

namespace GroupTherapy.Enrollment.Api;

/// <summary>How many seats of a group were taken and how many people waited, day by day, for those who may read its roster. Counts, never names.</summary>
internal static class GetSeatsHistory
{
    private const int UsualDays = 91;
    private const int MostDays = 366;

    /// <param name="TimeZone">The zone whose days these are: that of the group's sessions, UTC before it has one.</param>
    /// <param name="Capacity">The present one.</param>
    /// <param name="Days">In order, none left out; none after today.</param>
    public sealed record History(Guid GroupId, string TimeZone, int Capacity, IReadOnlyList<SeatsOfDay> Days);

    public static void MapSeatsHistory(this IEndpointRouteBuilder app) =>
        app.MapGet("/api/groups/{id:guid}/seats/history", HandleAsync)
            .For(Roles.Facilitator, Roles.Operator)
            .Produces<History>()
            .Describe("getSeatsHistory", Tag.Seats, "Seats taken and people waiting, day by day");

    private static async Task<IResult> HandleAsync(
        Guid id,
        Db db,
        Caller caller,
        [Description("The first day, like 2026-09-01; 90 days before the last one unless told.")] string? from,
        [Description("The last day, at most 365 days after the first; today unless told.")] string? to,
        CancellationToken ct
    )
    {
        var errors = new FieldErrors()
            .Check(TryRead(from, out var first), "from", "A date, like 2026-09-01.")
            .Check(TryRead(to, out var last), "to", "A date, like 2026-11-30.");
        await using var work = await db.BeginAsync(caller, ct);
        if (await GroupStore.FindReadAsync(work, id) is not { } group)
        {
            return Problem.NotYetKnown();
        }

        var zone = DateTimeZoneProviders.Tzdb.GetZoneOrNull(await PlannedSessionStore.ZoneOfAsync(work, id) ?? "UTC") ?? DateTimeZone.Utc;
        var today = Instant.FromDateTimeOffset(work.Now).InZone(zone).Date.ToDateOnly();
        var end = last ?? today;
        var start = first ?? end.AddDays(1 - UsualDays);
        errors
            .Check(start <= end, "to", "This is before from.")
            .Check(end.DayNumber - start.DayNumber < MostDays, first is null ? "to" : "from", $"From and to are at most {MostDays - 1} days apart.");
        if (errors.Any)
        {
            return errors.ToProblem();
        }

        var shown = Math.Max(0, (end < today ? end : today).DayNumber - start.DayNumber + 1);
        return TypedResults.Ok(
            new History(
                id,
                zone.Id,
                group.Capacity,
                await SeatsHistoryStore.ReadAsync(work, id, [.. Enumerable.Range(0, shown).Select(start.AddDays).Select(day => (day, EndOf(day, zone)))])
            )
        );
    }

    private static DateTimeOffset EndOf(DateOnly day, DateTimeZone zone) =>
        zone.AtStartOfDay(LocalDate.FromDateOnly(day.AddDays(1))).ToInstant().ToDateTimeOffset();

    private static bool TryRead(string? text, out DateOnly? date)
    {
        var isDate =
            DateOnly.TryParseExact(text, "yyyy-MM-dd", CultureInfo.InvariantCulture, DateTimeStyles.None, out var read) && read.Year is >= 1900 and < 2200;
        date = isDate ? read : null;
        return text is null || isDate;
    }
}
