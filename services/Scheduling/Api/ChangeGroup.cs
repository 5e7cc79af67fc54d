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
using GroupTherapy.Scheduling.Storage;
using GroupTherapy.Unicode;

namespace GroupTherapy.Scheduling.Api;

/// <summary>Changes a group while it meets. Its facilitators and its time change from a date on: <see cref="ChangeSeries"/>.</summary>
internal static class ChangeGroup
{
    public static void MapChangeGroup(this IEndpointRouteBuilder app) =>
        app.MapPatch("/api/groups/{id}", (Delegate)HandleAsync)
            .For(Roles.Facilitator, Roles.Operator)
            .Produces<GroupDetail>()
            .Describe("changeGroup", Tag.Groups, "Change a group; its facilitators change its program alone")
            .Refuses(403, "not-allowed")
            .Refuses(409, "group-closed")
            .Refuses(422, "not-available")
            .WithIfMatch();

    private static Task<IResult> HandleAsync(Guid id, ChangeGroupRequest request, Caller caller, Writes writes, HttpContext http) =>
        writes.RunAsync(
            http,
            caller,
            request,
            async work =>
            {
                var (found, programAlone) = await GroupAccess.LockForChangeAsync(work, id);
                if (found is not { } group)
                {
                    return Reply.Refused(Problem.NotFound());
                }

                if (programAlone && !GroupRules.ChangesProgramAlone(request, group))
                {
                    return Reply.Refused(Refusals.ProgramAlone);
                }

                if (IfMatch.Refuse(http, group.ETag, Refusals.StaleGroup) is { } stale)
                {
                    return Reply.Refused(stale);
                }

                if (group.ClosedAt is not null)
                {
                    return Reply.Refused(Refusals.GroupClosed);
                }

                var policies = GroupRules.Merge(group.Policies, request.Policies);
                var errors = new FieldErrors();
                GroupRules.Check(request, policies, request.Capacity ?? group.Capacity, errors);
                CheckShown(request, group.Detail(), errors);
                if (errors.Any)
                {
                    return Reply.Refused(errors.ToProblem());
                }

                if (request.Policies?.E2ee == true)
                {
                    return Reply.Refused(Refusals.NoEndToEndEncryption);
                }

                var changed = await ChangeAsync(work, group, request, policies);
                http.Response.Headers.ETag = changed.ETag;
                return Reply.Ok(changed.Detail());
            }
        );

    // Seats and next sessions change by themselves. A request may repeat the values shown now; any other value would be ignored without an error.
    private static void CheckShown(ChangeGroupRequest sent, GroupDetail shown, FieldErrors errors)
    {
        errors
            .AsShown(sent.Id, shown.Id, "id")
            .AsShown(sent.Practice, shown.Practice, "practice")
            .AsShown(Text(sent.Facilitator), Text(shown.Facilitator), "facilitator")
            .AsShown(Text(sent.CoFacilitators), Text(shown.CoFacilitators), "coFacilitators")
            .AsShown(sent.Schedule, shown.Schedule, "schedule")
            .AsShown(sent.StartsOn, shown.StartsOn, "startsOn")
            .AsShown(sent.SeatsLeft, shown.SeatsLeft, "seatsLeft")
            .AsShown(Text(sent.OfferedIn), Text(shown.OfferedIn), "offeredIn")
            .AsShown(sent.Modality, shown.Modality, "modality")
            .AsShown(sent.Part2, shown.Part2, "part2")
            .AsShown(sent.Admission, shown.Admission, "admission")
            .AsShown(sent.Closed, shown.Closed, "closed")
            .AsShown(sent.Version, shown.Version, "version")
            .AsShown(sent.Weeks, shown.Weeks, "weeks")
            .AsShown(sent.Venue, shown.Venue, "venue")
            .AsShown(sent.NextSessionAt, shown.NextSessionAt, "nextSessionAt")
            .AsShown(sent.NextAdmissionAt, shown.NextAdmissionAt, "nextAdmissionAt");
        var nullable = new (string Field, object? Shown)[]
        {
            ("weeks", shown.Weeks),
            ("venue", shown.Venue),
            ("nextSessionAt", shown.NextSessionAt),
            ("nextAdmissionAt", shown.NextAdmissionAt),
        };
        GroupRules.CheckNulls(sent, sent.Policies, errors, nullable.Where(n => n.Shown is null).Select(n => n.Field));
    }

    private static string? Text(object? value) => value is null ? null : CanonicalJson.Of(value, ContractJson.Options);

    private static async Task<Group> ChangeAsync(UnitOfWork work, Group group, ChangeGroupRequest request, GroupPolicies policies)
    {
        var name = request.Name is { } asked ? NameRules.Trim(asked) : group.Name;
        var serviceClass = request.ServiceClass ?? group.ServiceClass;
        var topic = request.Topic ?? group.Topic;
        var summary = request.Summary?.Trim() ?? group.Summary;
        var capacity = request.Capacity ?? group.Capacity;
        var minimumAge = request.MinimumAge ?? group.MinimumAge;
        var intakeFirst = request.IntakeFirst ?? group.IntakeFirst;
        var program = request.Program is null ? group.Program : JsonSerializer.Serialize(GroupRules.ProgramOf(request.Program), ContractJson.Options);

        // A request that changes nothing raises no version, publishes no event and writes no audit entry.
        var rows = await work.ExecuteAsync(
            """
            update groups set name = @name, topic = @topic, service_class = @serviceClass, summary = @summary, capacity = @capacity,
                minimum_age = @minimumAge, intake_first = @intakeFirst,
                program = @program::jsonb, camera = @Camera, late_arrivals = @LateArrivals, chat_retention_days = @ChatRetentionDays,
                minimum_quorum = @MinimumQuorum, version = version + 1
            where id = @Id
              and (name, topic, service_class, summary, capacity, minimum_age, intake_first, program, camera, late_arrivals, chat_retention_days,
                  minimum_quorum)
                  is distinct from (
                  @name, @topic, @serviceClass, @summary, @capacity, @minimumAge, @intakeFirst, @program::jsonb, @Camera, @LateArrivals,
                  @ChatRetentionDays, @MinimumQuorum)
            """,
            new
            {
                group.Id,
                name,
                topic,
                serviceClass,
                summary,
                capacity,
                minimumAge,
                intakeFirst,
                program,
                policies.Camera,
                policies.LateArrivals,
                policies.ChatRetentionDays,
                policies.MinimumQuorum,
            }
        );
        if (rows == 0)
        {
            return group;
        }

        var changed = await GroupStore.GetAsync(work, group.Id);
        work.Publish(new GroupChanged(changed.Snapshot(), work.Now));
        work.Audit(
            "group.changed",
            reference: group.Id,
            data: new
            {
                changed.Version,
                before = group.Capacity,
                capacity,
                minimumAge,
                intakeFirst,
                policies,
                classBefore = group.ServiceClass,
                serviceClass,
            }
        );
        if (
            serviceClass != group.ServiceClass
            || capacity != group.Capacity
            || policies.LateArrivals != group.LateArrivals
            || policies.ChatRetentionDays != group.ChatRetentionDays
            || policies.Camera != group.Camera
        )
        {
            await SessionStore.RepublishSessionsAsync(work, changed);
        }

        return changed;
    }
}
