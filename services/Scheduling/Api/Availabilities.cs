using GroupTherapy.Contracts.Identity;
using GroupTherapy.Description;
using GroupTherapy.Platform.Data;
using GroupTherapy.Platform.Idempotency;
using GroupTherapy.Platform.Json;
using GroupTherapy.Platform.Problems;
using GroupTherapy.Platform.Security;
using GroupTherapy.Platform.Web;
using GroupTherapy.Scheduling.Domain;
using GroupTherapy.Scheduling.Storage;

namespace GroupTherapy.Scheduling.Api;

/// <summary>
/// When a facilitator works, when they are away, what members may book, and what they need between two sessions. Sessions that are planned already stay; those
/// that fall into time off are listed as uncovered.
/// </summary>
internal static class Availabilities
{
    public static void MapAvailabilities(this IEndpointRouteBuilder app)
    {
        app.MapGet("/api/me/availability", (Db db, Caller caller, HttpContext http, CancellationToken ct) => GetAsync(db, caller, caller.AccountId, http, ct))
            .For(Roles.Facilitator)
            .Produces<Availability>()
            .Describe("getMyAvailability", Tag.Calendars, "When I can be booked");
        app.MapPut(
                "/api/me/availability",
                (SetAvailabilityRequest request, Caller caller, Writes writes, HttpContext http) => SetAsync(caller.AccountId, request, caller, writes, http)
            )
            .For(Roles.Facilitator)
            .Produces<Availability>()
            .Describe("setMyAvailability", Tag.Calendars, "Say when I can be booked")
            .WithIfMatch();
        app.MapGet(
                "/api/facilitators/{id}/availability",
                (Guid id, Db db, Caller caller, HttpContext http, CancellationToken ct) => GetAsync(db, caller, id, http, ct)
            )
            .For(Roles.Operator)
            .Produces<Availability>()
            .Describe("getAvailability", Tag.Calendars, "When a facilitator can be booked");
        app.MapPut(
                "/api/facilitators/{id}/availability",
                (Guid id, SetAvailabilityRequest request, Caller caller, Writes writes, HttpContext http) => SetAsync(id, request, caller, writes, http)
            )
            .For(Roles.Operator)
            .Produces<Availability>()
            .Describe("setAvailability", Tag.Calendars, "Say when a facilitator can be booked")
            .WithIfMatch();
    }

    private static async Task<IResult> GetAsync(Db db, Caller caller, Guid facilitator, HttpContext http, CancellationToken ct)
    {
        await using var work = await db.BeginAsync(caller, ct);
        if (await AvailabilityStore.ExistsAsync(work, facilitator, PracticesOf(caller, facilitator)) is null)
        {
            return Problem.NotYetKnown();
        }

        var known =
            await AvailabilityStore.FindAsync(work, facilitator) ?? Availability.None(facilitator, await AvailabilityStore.DefaultZoneAsync(work, facilitator));
        http.Response.Headers.ETag = ETag(known);
        return TypedResults.Ok(known);
    }

    private static Task<IResult> SetAsync(Guid facilitator, SetAvailabilityRequest request, Caller caller, Writes writes, HttpContext http) =>
        writes.RunAsync(
            http,
            caller,
            request,
            async work =>
            {
                if (await AvailabilityStore.LockAsync(work, facilitator, PracticesOf(caller, facilitator)) is null)
                {
                    return Reply.Refused(Problem.NotYetKnown());
                }

                var before = await AvailabilityStore.FindAsync(work, facilitator);
                if (IfMatch.Refuse(http, ETag(before), Refusals.StaleAvailability) is { } stale)
                {
                    return Reply.Refused(stale);
                }

                var shown = before ?? Availability.None(facilitator, await AvailabilityStore.DefaultZoneAsync(work, facilitator));
                var errors = new FieldErrors();
                if (AvailabilityRules.Check(shown, request, work.Now, errors) is not { } wanted)
                {
                    return Reply.Refused(errors.ToProblem());
                }

                // A form that is sent back as it came changes nothing.
                if (CanonicalJson.Of(wanted with { Version = 0 }, ContractJson.Options) == CanonicalJson.Of(shown with { Version = 0 }, ContractJson.Options))
                {
                    http.Response.Headers.ETag = ETag(shown);
                    return Reply.Ok(shown);
                }

                var saved = await AvailabilityStore.SaveAsync(work, wanted);
                await CoverStore.ScheduleChecksOfAsync(work, facilitator);
                http.Response.Headers.ETag = ETag(saved);
                return Reply.Ok(saved);
            }
        );

    // One's own needs no more than being a facilitator somewhere; another's needs a practice in common.
    private static string[] PracticesOf(Caller caller, Guid facilitator) =>
        caller.PracticesAs(facilitator == caller.AccountId && caller.Is(Roles.Facilitator) ? Roles.Facilitator : Roles.Operator);

    private static string ETag(Availability? a) => $"\"{a?.Version ?? 0}\"";
}
