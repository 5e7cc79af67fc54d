using GroupTherapy.Contracts.Scheduling.V1;
using GroupTherapy.Description;
using GroupTherapy.Platform.Data;
using GroupTherapy.Platform.Idempotency;
using GroupTherapy.Platform.Problems;
using GroupTherapy.Platform.Security;
using GroupTherapy.Platform.Time;
using GroupTherapy.Platform.Web;
using GroupTherapy.Scheduling.Domain;
using GroupTherapy.Scheduling.Series;
using GroupTherapy.Scheduling.Storage;

namespace GroupTherapy.Scheduling.Api;

/// <param name="GroupId">Ask for its seat next (<c>POST /api/enrollments</c>): there the licensing decision is made and consents are given.</param>
/// <param name="HeldUntil">Without a confirmed seat by then the hour is free again.</param>
public sealed record Booking(Guid GroupId, Guid SessionId, DateTimeOffset StartsAt, DateTimeOffset EndsAt, DateTimeOffset HeldUntil);

/// <summary>
/// A member books an individual session, or the same hour each week, from a facilitator's free hours. It is a group of one seat: licensing, consents, room
/// and calendar are those of every group.
/// </summary>
internal static class Bookings
{
    public static void MapBookings(this IEndpointRouteBuilder app) =>
        app.MapPost("/api/bookings", (Delegate)HandleAsync)
            .ForSignedIn()
            .Produces<Booking>(201)
            .Describe("book", Tag.Calendars, "Book an individual session")
            .Refuses(409, "hour-not-free", "not-bookable", "too-many-bookings");

    private static Task<IResult> HandleAsync(BookRequest request, Caller caller, Writes writes, HttpContext http) =>
        writes.RunAsync(http, caller, request, work => BookAsync(work, request));

    private static async Task<Reply> BookAsync(UnitOfWork work, BookRequest request)
    {
        var errors = BookingRules.Check(request);
        if (errors.Any)
        {
            return Reply.Refused(errors.ToProblem());
        }

        var facilitator = request.FacilitatorId!.Value;
        await FacilitatorStore.LockAsync(work, [facilitator]);
        var practices = await BookedGroupStore.PracticesAsync(work, facilitator, request.ServiceClass!);
        if (
            (
                request.Practice is null
                    ? practices.Count == 1
                        ? practices[0]
                        : null
                    : practices.FirstOrDefault(p => p == request.Practice)
            )
            is not { } practice
        )
        {
            return Reply.Refused(
                practices.Count > 1 && request.Practice is null
                    ? Problem.Invalid("practice", "This facilitator works for several practices; say which.")
                    : NotBookable
            );
        }

        if (
            await AvailabilityStore.FindAsync(work, facilitator) is not { } availability
            || availability.Bookable.FirstOrDefault(b => b.ServiceClass == request.ServiceClass) is not { DurationMinutes: { } minutes }
        )
        {
            return Reply.Refused(NotBookable);
        }

        if (await BookedGroupStore.OpenAsync(work, work.Caller.AccountId) >= BookingRules.MostOpen)
        {
            return Reply.Refused(new Problem(409, "too-many-bookings", "You have bookings that are not confirmed yet. Please confirm them first."));
        }

        var start = request.StartsAt!.Value.ToUniversalTime().ToMicroseconds();
        var (from, until) = BookingRules.Window(availability, work.Now);
        if (start < from || start >= until)
        {
            return Reply.Refused(NotFree);
        }

        var times = await AvailabilityStore.TimesAsync(work, [facilitator], start.AddDays(-1), start.AddDays(2));
        if (!FreeHours.Starts(times[0], start, start.AddTicks(1), minutes, 1).Any())
        {
            return Reply.Refused(NotFree);
        }

        var series = SeriesOf(availability, start, minutes, request.Weeks ?? 1);
        var meetings = SeriesRules.NotOver(series, work.Now).ToList();
        if (await BookingStore.FirstConflictAsync(work, [facilitator], meetings) is not null)
        {
            return Reply.Refused(NotFree);
        }

        var id = work.NewId();
        await BookedGroupStore.InsertAsync(work, id, practice, request.ServiceClass!, facilitator, series, request.Weeks ?? 1);
        var group = await GroupStore.GetAsync(work, id);
        work.Publish(new GroupOpened(group.Snapshot(), work.Now));
        work.Audit(
            "booking.made",
            work.Caller.AccountId,
            id,
            new
            {
                practice,
                group.ServiceClass,
                facilitator,
                start,
                request.Weeks,
            }
        );
        if (!await SeriesStore.CreateDueAsync(work, group, fromWeek: 0))
        {
            return Reply.Refused(NotFree);
        }

        var heldUntil = work.Now + BookingRules.HeldFor;
        work.Schedule(ScheduledWork.ExpireBooking, id.ToString(), heldUntil);
        var session = (await SessionStore.OfGroupAsync(work, id))[0];
        return Reply.Created($"/api/groups/{id}", new Booking(id, session.Id, session.StartsAt, session.EndsAt, heldUntil));
    }

    private static readonly Problem NotFree = new(409, "hour-not-free", "This hour is not free any more. Please choose another.");

    private static readonly Problem NotBookable = new(409, "not-bookable", "This cannot be booked with this facilitator.");

    private static WeeklySeries SeriesOf(Availability availability, DateTimeOffset start, int minutes, int weeks)
    {
        var zone = SeriesRules.Zone(availability.TimeZone)!;
        var local = SeriesRules.WallClock(start, zone);
        return new WeeklySeries(DateOnly.FromDateTime(local), new NodaTime.LocalTime(local.Hour, local.Minute), zone, minutes, weeks);
    }
}
