using System.Text.Json;
using GroupTherapy.Contracts.Identity;
using GroupTherapy.Contracts.Scheduling.V1;
using GroupTherapy.Description;
using GroupTherapy.Platform.Data;
using GroupTherapy.Platform.Idempotency;
using GroupTherapy.Platform.Json;
using GroupTherapy.Platform.Problems;
using GroupTherapy.Platform.Security;
using GroupTherapy.Platform.Web;
using GroupTherapy.Scheduling.Domain;
using GroupTherapy.Scheduling.Series;
using GroupTherapy.Scheduling.Storage;

namespace GroupTherapy.Scheduling.Api;

/// <summary>Opens a group: it is in the catalogue, its first sessions exist, and its facilitators are booked.</summary>
internal static class OpenGroup
{
    public static void MapOpenGroup(this IEndpointRouteBuilder app) =>
        app.MapPost("/api/groups", (Delegate)HandleAsync)
            .For(Roles.Operator)
            .Produces<GroupDetail>(201)
            .Describe("openGroup", Tag.Groups, "Open a group with its weekly series")
            .Refuses(409, "facilitator-busy", "facilitator-away")
            .Refuses(422, "not-available");

    private static Task<IResult> HandleAsync(OpenGroupRequest request, Caller caller, Writes writes, HttpContext http) =>
        writes.RunAsync(
            http,
            caller,
            request,
            async work =>
            {
                var reply = await OpenAsync(work, request);
                if (reply.Status == StatusCodes.Status201Created)
                {
                    http.Response.Headers.ETag = "\"1\"";
                }

                return reply;
            }
        );

    private static async Task<Reply> OpenAsync(UnitOfWork work, OpenGroupRequest request)
    {
        if (request.Practice is { } practice && !work.Caller.Is(Roles.Operator, practice))
        {
            return Reply.Refused(new Problem(403, "not-allowed", "You do not act for this practice."));
        }

        var errors = new FieldErrors();
        var ofPractice = GroupRules.IsPractice(request.Practice) ? await PracticeStore.FindAsync(work, request.Practice!) : null;
        var plan = GroupRules.Check(request, work.Now, errors, ofPractice?.Policies);
        errors.Check(ofPractice is not null || !GroupRules.IsPractice(request.Practice), "practice", "There is no such practice.");
        var program = request.ProgramId is { } programId && ofPractice is not null ? await ProgramStore.FindAsync(work, ofPractice.Id, programId) : null;
        errors.Check(request.ProgramId is null || ofPractice is null || program is not null, "programId", "There is no such program in this practice.");
        var unknown = await CheckAgainstRowsAsync(work, request, errors);
        if (request.Policies?.E2ee == true && !errors.Any)
        {
            return Reply.Refused(Refusals.NoEndToEndEncryption);
        }

        if (plan is null || errors.Any)
        {
            var problem = errors.ToProblem();
            return Reply.Refused(unknown ? problem with { RetryAfter = 1 } : problem);
        }

        Guid[] staff = [plan.FacilitatorId, .. plan.CoFacilitatorIds];
        var meetings = SeriesRules.NotOver(plan.Series, work.Now, atMost: SeriesRules.WeeksCompared).ToList();
        if (await BookingStore.FirstConflictAsync(work, staff, meetings, inPerson: plan.Modality == Modalities.InPerson) is { } conflict)
        {
            return Reply.Refused(conflict.ToProblem(plan.Practice));
        }

        if (await Refusals.FacilitatorAwayAsync(work, staff, meetings, plan.Series.Zone.Id, request.AcceptTimeOff) is { } away)
        {
            return Reply.Refused(away);
        }

        var id = work.NewId();
        await InsertAsync(work, id, plan with { Program = program?.Program ?? plan.Program }, program);
        var group = await GroupStore.GetAsync(work, id);
        var snapshot = group.Snapshot() with { AdmitsUntil = plan.Admission == "always" ? null : meetings[0].StartsAt };
        work.Publish(new GroupOpened(snapshot, work.Now));
        work.Audit(
            "group.opened",
            reference: id,
            data: new
            {
                plan.Practice,
                plan.ServiceClass,
                plan.Capacity,
                plan.FacilitatorId,
                plan.CoFacilitatorIds,
            }
        );
        if (!await SeriesStore.CreateDueAsync(work, group, fromWeek: 0))
        {
            return Reply.Refused(Refusals.FacilitatorBusyJustNow);
        }

        return Reply.Created($"/api/groups/{id}", (await GroupStore.GetAsync(work, id)).Detail());
    }

    /// <returns>True when a facilitator is not known here, perhaps because the event that names them is on its way.</returns>
    private static async Task<bool> CheckAgainstRowsAsync(UnitOfWork work, OpenGroupRequest request, FieldErrors errors)
    {
        var asked = (request.CoFacilitatorIds ?? []).Append(request.FacilitatorId ?? Guid.Empty).Where(id => id != Guid.Empty).Distinct().ToArray();
        var found = await FacilitatorStore.LockAsync(work, asked, request.Practice);
        const string Missing = "There is no such facilitator, or not yet.";
        var leadMissing = request.FacilitatorId is { } lead && lead != Guid.Empty && !found.Contains(lead);
        var coMissing = request.CoFacilitatorIds?.Any(id => !found.Contains(id)) ?? false;
        errors.Check(!leadMissing, "facilitatorId", Missing).Check(!coMissing, "coFacilitatorIds", Missing);
        return leadMissing || coMissing;
    }

    private static Task InsertAsync(UnitOfWork work, Guid id, GroupPlan plan, ProgramDetail? program) =>
        work.ExecuteAsync(
            """
            insert into groups (id, practice, name, topic, service_class, summary, capacity, minimum_age, modality, part2, intake_first,
                lead_facilitator_id, co_facilitator_ids, starts_on, local_time, time_zone, duration_minutes, weeks,
                anchor_on, anchor_meetings, interval_weeks, venue, admission, program, camera, late_arrivals,
                chat_retention_days, minimum_quorum, series_ends_at, version, created_at, program_id, program_version)
            values (@id, @Practice, @Name, @Topic, @ServiceClass, @Summary, @Capacity, @MinimumAge, @Modality, @Part2, @IntakeFirst, @FacilitatorId,
                @coFacilitatorIds, @StartsOn, @localTime, @timeZone, @DurationMinutes, @Weeks,
                @StartsOn, @Meetings, @IntervalWeeks, @Venue, @Admission, @program::jsonb, @Camera,
                @LateArrivals, @ChatRetentionDays, @MinimumQuorum, @seriesEndsAt, 1, @Now, @programId, @programVersion)
            """,
            new
            {
                id,
                plan.Practice,
                plan.Name,
                plan.Topic,
                plan.ServiceClass,
                plan.Summary,
                plan.Capacity,
                plan.MinimumAge,
                plan.Modality,
                plan.Part2,
                plan.IntakeFirst,
                plan.FacilitatorId,
                coFacilitatorIds = plan.CoFacilitatorIds.ToArray(),
                plan.Series.StartsOn,
                localTime = SeriesRules.Text(plan.Series.LocalTime),
                timeZone = plan.Series.Zone.Id,
                plan.Series.DurationMinutes,
                plan.Weeks,
                plan.Series.Meetings,
                plan.Series.IntervalWeeks,
                plan.Venue,
                plan.Admission,
                program = JsonSerializer.Serialize(plan.Program, ContractJson.Options),
                plan.Policies.Camera,
                plan.Policies.LateArrivals,
                plan.Policies.ChatRetentionDays,
                plan.Policies.MinimumQuorum,
                seriesEndsAt = SeriesRules.EndOf(plan.Series),
                work.Now,
                programId = program?.Id,
                programVersion = program?.Version,
            }
        );
}
