using GroupTherapy.Contracts.Identity;
using GroupTherapy.Description;
using GroupTherapy.Platform.Data;
using GroupTherapy.Platform.Idempotency;
using GroupTherapy.Platform.Problems;
using GroupTherapy.Platform.Security;
using GroupTherapy.Platform.Web;
using GroupTherapy.Scheduling.Domain;
using GroupTherapy.Scheduling.Series;
using GroupTherapy.Scheduling.Storage;

namespace GroupTherapy.Scheduling.Api;

/// <summary>
/// Changes a group's series from a date on: another hour, day, zone, length, interval, facilitator or venue. Sessions keep their ids; sessions cancelled or
/// moved by hand stay as they are, and sessions that have begun are not touched.
/// </summary>
internal static class ChangeSeries
{
    public static void MapChangeSeries(this IEndpointRouteBuilder app) =>
        app.MapPost("/api/groups/{id}/changes", (Delegate)HandleAsync)
            .For(Roles.Operator)
            .Produces<GroupDetail>()
            .Describe("changeSeries", Tag.Groups, "Change the series of a group from a date on")
            .Refuses(409, "group-closed", "series-over", "facilitator-busy", "facilitator-away", "coverage-not-known", "substitute-not-authorised")
            .WithIfMatch();

    private static Task<IResult> HandleAsync(Guid id, ChangeSeriesRequest request, Caller caller, Writes writes, PlanTimes times, HttpContext http) =>
        writes.RunAsync(
            http,
            caller,
            request,
            async work =>
            {
                if (await GroupStore.LockAsync(work, id) is not { } group)
                {
                    return Reply.Refused(Problem.NotFound());
                }

                if (IfMatch.Refuse(http, group.ETag, Refusals.StaleGroup) is { } stale)
                {
                    return Reply.Refused(stale);
                }

                if (group.ClosedAt is not null)
                {
                    return Reply.Refused(Refusals.GroupClosed);
                }

                var errors = new FieldErrors();
                var change = SeriesChangeRules.Check(group, request, times.LobbyBefore, work.Now, errors);
                if (errors.Any)
                {
                    return Reply.Refused(errors.ToProblem());
                }

                if (change is null)
                {
                    return Reply.Refused(new Problem(409, "series-over", "No session of this series begins from that date on."));
                }

                if (change.Changes.Count == 0)
                {
                    http.Response.Headers.ETag = group.ETag;
                    return Reply.Ok(group.Detail());
                }

                if (await RefuseStaffAsync(work, group, change, request) is { } refusal)
                {
                    return Reply.Refused(refusal);
                }

                if (await SeriesChangeStore.ApplyAsync(work, group, change) is not { } changed)
                {
                    return Reply.Refused(Refusals.FacilitatorBusyJustNow);
                }

                http.Response.Headers.ETag = changed.ETag;
                return Reply.Ok(changed.Detail());
            }
        );

    private static async Task<Problem?> RefuseStaffAsync(UnitOfWork work, Group group, SeriesChange change, ChangeSeriesRequest request)
    {
        // Those who leave are locked too: their bookings change.
        await FacilitatorStore.LockAsync(work, [.. change.Staff.Union(group.Staff)]);
        var known = await FacilitatorStore.LockAsync(work, change.Staff, group.Practice);
        foreach (var (field, missing) in new[] { ("facilitatorId", !known.Contains(change.Lead)), ("coFacilitatorIds", !change.Cos.All(known.Contains)) })
        {
            if (missing)
            {
                return Problem.Invalid(field, "There is no such facilitator, or not yet.") with { RetryAfter = 1 };
            }
        }

        var meetings = SeriesRules.NotOver(change.Series, work.Now, atMost: SeriesRules.WeeksCompared).ToList();
        if (await BookingStore.FirstConflictAsync(work, change.Staff, meetings, exceptGroup: group.Id, inPerson: group.IsInPerson) is { } conflict)
        {
            return conflict.ToProblem(group.Practice);
        }

        // A new venue, or a co-facilitator who leaves, causes no conflict with time off.
        var coming = change.MovesTimes ? change.Staff : [.. change.Staff.Except(group.Staff)];
        if (await Refusals.FacilitatorAwayAsync(work, coming, meetings, change.Series.Zone.Id, request.AcceptTimeOff) is { } away)
        {
            return away;
        }

        return change.Lead == group.LeadFacilitatorId ? null : await RefuseLeadAsync(work, group, change, meetings[0], request.AcceptPartial ?? false);
    }

    // The first session decides; the coverage report shows cover that ends later, weeks ahead.
    private static async Task<Problem?> RefuseLeadAsync(UnitOfWork work, Group group, SeriesChange change, MeetingTime first, bool acceptPartial)
    {
        if (await CoverageStore.FindAsync(work, group.Id) is not { } coverage)
        {
            return Refusals.CoverageNotKnown;
        }

        var served = coverage.Facilitators.Where(f => f.FacilitatorId == change.Lead).SelectMany(f => f.Places).ToList();
        var (covered, uncovered) = SubstituteRules.Split(coverage.Members, served, first.StartsAt, first.EndsAt);
        return uncovered.Count == 0 || acceptPartial
            ? null
            : new Problem(
                409,
                "substitute-not-authorised",
                "This facilitator may not serve every member where they live.",
                Extra: new Dictionary<string, object?> { ["uncovered"] = uncovered, ["covered"] = covered }
            );
    }
}
