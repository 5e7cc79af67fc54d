using System.ComponentModel.DataAnnotations;
using System.Globalization;
using GroupTherapy.Contracts.Identity;
using GroupTherapy.Description;
using GroupTherapy.Platform.Data;
using GroupTherapy.Platform.Idempotency;
using GroupTherapy.Platform.Problems;
using GroupTherapy.Platform.Security;
using GroupTherapy.Platform.Web;
using GroupTherapy.Scheduling.Domain;
using GroupTherapy.Scheduling.Storage;

namespace GroupTherapy.Scheduling.Api;

/// <summary>Days on which a practice's groups do not meet: one by one, or all of a calendar file.</summary>
public sealed record AddHolidaysRequest
{
    /// <summary>A date, like <c>2026-12-25</c>; with <see cref="Name"/>.</summary>
    public string? Day { get; init; }

    public string? Name { get; init; }

    /// <summary>The text of an iCalendar file, instead of a day: its events that last whole days, from today to two years ahead.</summary>
    public string? Ics { get; init; }

    /// <summary><c>skip</c> or <c>move</c>.</summary>
    [Required]
    public string? Effect { get; init; }

    /// <summary>By how many days sessions move, -6 to 6 and not 0; for <c>move</c> alone.</summary>
    public int? MoveDays { get; init; }
}

/// <summary>The result of adding holidays.</summary>
/// <param name="Added">Those that were not there yet.</param>
/// <param name="Cancelled">Sessions that do not take place because of them.</param>
/// <param name="Moved">Sessions that were moved.</param>
public sealed record HolidaysAdded(IReadOnlyList<Holiday> Added, int Cancelled, int Moved);

/// <summary>
/// The holidays of a practice. Sessions of a series on such a day are skipped or moved, those that are planned already too; a session whose facilitator is
/// busy at the new time is skipped. Removing a holiday gives nothing back: makeup sessions do.
/// </summary>
internal static class Holidays
{
    public static void MapHolidays(this IEndpointRouteBuilder app)
    {
        app.MapGet("/api/practices/{id}/holidays", (Delegate)ListAsync)
            .For(Roles.Facilitator, Roles.Operator)
            .Produces<Page<Holiday>>()
            .Describe("listHolidays", Tag.Practices, "Days on which a practice's groups do not meet");
        app.MapPost("/api/practices/{id}/holidays", (Delegate)AddAsync)
            .For(Roles.Operator)
            .Produces<HolidaysAdded>(201)
            .Describe("addHolidays", Tag.Practices, "Add a holiday, or those of a calendar file");
        app.MapDelete("/api/practices/{id}/holidays/{holidayId}", (Delegate)RemoveAsync)
            .For(Roles.Operator)
            .Produces(204)
            .Describe("removeHoliday", Tag.Practices, "Remove a holiday");
    }

    private static async Task<IResult> ListAsync(string id, Db db, Caller caller, Paging page, CancellationToken ct)
    {
        if (!caller.Is(Roles.Operator, id) && !caller.Is(Roles.Facilitator, id))
        {
            return Problem.NotFound();
        }

        DateOnly? after =
            page.After is [var last] && DateOnly.TryParseExact(last, "yyyy-MM-dd", CultureInfo.InvariantCulture, DateTimeStyles.None, out var day) ? day : null;
        var rows = await HolidayStore.ListAsync(db, id, after, page.Limit + 1, ct);
        return TypedResults.Ok(page.PageOf(rows, h => [h.Day.ToString("yyyy-MM-dd", CultureInfo.InvariantCulture)]));
    }

    private static Task<IResult> AddAsync(string id, AddHolidaysRequest request, Caller caller, Writes writes, PlanTimes times, HttpContext http) =>
        writes.RunAsync(
            http,
            caller,
            request,
            async work =>
            {
                if (!caller.Is(Roles.Operator, id) || await PracticeStore.LockAsync(work, id) is null)
                {
                    return Reply.Refused(Problem.NotFound());
                }

                var errors = new FieldErrors();
                var holidays = HolidayFile.Read(request, work.Now, work.NewId, errors);
                if (errors.Any)
                {
                    return Reply.Refused(errors.ToProblem());
                }

                var added = await HolidayStore.AddAsync(work, id, holidays);
                var (cancelled, moved) = await HolidayChanges.ApplyAsync(work, id, added, work.Now + times.LobbyBefore);
                work.Audit(
                    "holidays.added",
                    data: new
                    {
                        practice = id,
                        days = added.Select(h => h.Day),
                        request.Effect,
                        cancelled,
                        moved,
                    }
                );
                return Reply.Created($"/api/practices/{id}/holidays", new HolidaysAdded(added, cancelled, moved));
            }
        );

    private static Task<IResult> RemoveAsync(string id, Guid holidayId, Caller caller, Writes writes, HttpContext http) =>
        writes.RunAsync(
            http,
            caller,
            null,
            async work =>
            {
                if (!caller.Is(Roles.Operator, id) || !await HolidayStore.RemoveAsync(work, id, holidayId))
                {
                    return Reply.Refused(Problem.NotFound());
                }

                work.Audit("holiday.removed", reference: holidayId, data: new { practice = id });
                return Reply.NoContent();
            }
        );
}
