using System.Net;
using System.Net.Http.Json;
using System.Text.Json.Nodes;
using GroupTherapy.Contracts.Enrollment.V1;
using GroupTherapy.Scheduling.Consumers;
using Xunit;

namespace GroupTherapy.Scheduling.Tests;

public sealed class TellingAbsences(SchedulingWorld world) : IClassFixture<SchedulingWorld>
{
    [Fact]
    public async Task A_member_says_beforehand_that_they_will_not_come_and_the_facilitator_sees_it()
    {
        var (group, lead, member) = await EnrolledAsync();
        var session = (Guid)(await world.SessionsAsync(group))[0]!["id"]!;
        using var client = world.AsMember(member);
        foreach (var _ in Enumerable.Range(0, 2))
        {
            using var told = await client.PostAsync($"/api/me/sessions/{session}/absence", null);
            Assert.Equal(HttpStatusCode.OK, told.StatusCode);
        }

        Assert.Equal((true, (int?)null), await SeenByAsync(client, session));
        using var facilitator = world.Service.As(lead, ["facilitator"], ["grouport"]);
        Assert.Equal((false, 1), await SeenByAsync(facilitator, session));
        Assert.Equal(member, (Guid)(await facilitator.GetFromJsonAsync<JsonObject>($"/api/sessions/{session}/absences"))!["items"]![0]!["memberId"]!);

        foreach (var _ in Enumerable.Range(0, 2))
        {
            using var withdrawn = await client.DeleteAsync($"/api/me/sessions/{session}/absence");
            Assert.Equal(HttpStatusCode.NoContent, withdrawn.StatusCode);
        }

        Assert.Equal((false, 0), await SeenByAsync(facilitator, session));
        Assert.Equal(
            [("absence-told", 1), ("absence-withdrawn", 2)],
            (await world.OutboxAsync(session)).Where(m => m.Urn.StartsWith("absence", StringComparison.Ordinal)).Select(m => (m.Urn, (int)m.Body["version"]!)));
        Assert.Equal(["absence.told", "absence.withdrawn"], (await world.ActsAsync(session)).Where(a => a.StartsWith("absence", StringComparison.Ordinal)));
    }

    [Fact]
    public async Task Only_enrolled_members_are_asked_and_only_facilitators_and_operators_read_it()
    {
        var (group, _, member) = await EnrolledAsync();
        var session = (Guid)(await world.SessionsAsync(group))[0]!["id"]!;
        using var stranger = world.AsMember(Guid.CreateVersion7());
        await SchedulingWorld.ProblemAsync(
            await stranger.PostAsync($"/api/me/sessions/{session}/absence", null), HttpStatusCode.NotFound, "not-found");
        using var anotherLead = world.Service.As(await world.FacilitatorAsync("Ben"), ["facilitator"], ["grouport"]);
        await SchedulingWorld.ProblemAsync(await anotherLead.GetAsync($"/api/sessions/{session}/absences"), HttpStatusCode.NotFound, "not-found");
        using var elsewhere = world.AsOperator("chicago");
        await SchedulingWorld.ProblemAsync(await elsewhere.GetAsync($"/api/sessions/{session}/absences"), HttpStatusCode.NotFound, "not-found");
        using var self = world.AsMember(member);
        await SchedulingWorld.ProblemAsync(await self.GetAsync($"/api/sessions/{session}/absences"), HttpStatusCode.Forbidden, "not-allowed");
        using var allowed = world.AsOperator();
        Assert.Empty((await allowed.GetFromJsonAsync<JsonObject>($"/api/sessions/{session}/absences"))!["items"]!.AsArray());
    }

    [Fact]
    public async Task A_session_that_has_begun_or_was_cancelled_takes_no_absence()
    {
        var (group, _, member) = await EnrolledAsync();
        var sessions = await world.SessionsAsync(group);
        using var client = world.AsMember(member);
        using var operating = world.AsOperator();
        using var cancelled = await operating.PostAsync($"/api/sessions/{sessions[1]!["id"]}/cancel", SchedulingWorld.Json("""{"reason":"Snow"}"""));
        Assert.Equal(HttpStatusCode.OK, cancelled.StatusCode);
        await SchedulingWorld.ProblemAsync(
            await client.PostAsync($"/api/me/sessions/{sessions[1]!["id"]}/absence", null), HttpStatusCode.Conflict, "session-cancelled");
        try
        {
            world.Clock.Now = SchedulingWorld.At(sessions[0]!["startsAt"]).AddSeconds(-1);
            Assert.Equal(HttpStatusCode.OK, (await client.PostAsync($"/api/me/sessions/{sessions[0]!["id"]}/absence", null)).StatusCode);
            world.Clock.Now = SchedulingWorld.At(sessions[0]!["startsAt"]);
            using var later = world.AsMember(member);
            await SchedulingWorld.ProblemAsync(
                await later.DeleteAsync($"/api/me/sessions/{sessions[0]!["id"]}/absence"), HttpStatusCode.Conflict, "session-running");
            world.Clock.Now = SchedulingWorld.At(sessions[0]!["endsAt"]);
            await SchedulingWorld.ProblemAsync(
                await later.PostAsync($"/api/me/sessions/{sessions[0]!["id"]}/absence", null), HttpStatusCode.Conflict, "session-over");
        }
        finally
        {
            await world.TurnBackAsync();
        }
    }

    private static async Task<(bool Absent, int? Absences)> SeenByAsync(HttpClient client, Guid session)
    {
        var mine = (await client.GetFromJsonAsync<JsonObject>("/api/me/sessions?limit=500"))!["items"]!.AsArray().Single(s => (Guid)s!["id"]! == session)!;
        return ((bool)mine["absent"]!, (int?)mine["absences"]);
    }

    private async Task<(Guid Group, Guid Lead, Guid Member)> EnrolledAsync()
    {
        var (lead, member) = (await world.FacilitatorAsync(), Guid.CreateVersion7());
        var group = await world.GroupIdAsync(SchedulingWorld.Request(lead, weeks: 3));
        await SchedulingWorld.DeliverAsync(
            new AddEnrollmentWhenEnrollmentConfirmed(world.Db), new EnrollmentConfirmed(Guid.CreateVersion7(), group, member, 1, world.Clock.Now));
        return (group, lead, member);
    }
}
