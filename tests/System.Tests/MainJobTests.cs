using System.Net;
using System.Text.Json.Nodes;
using GroupTherapy.Tests.Support;

namespace GroupTherapy.SystemTests;

/// <summary>The path that everything else hangs on, walked through the gateway by the names of the contract.</summary>
[Collection(nameof(Deployment))]
public sealed class MainJobTests(Deployment deployment)
{
    [Fact]
    public async Task A_member_finds_a_group_reserves_joins_talks_is_moderated_and_the_evening_is_audited()
    {
        var operators = await Person.SignInAsync(deployment, "operator@demo.test");
        var ana = await Person.NewFacilitatorAsync(deployment, operators);
        var evening = await Evening.TonightAsync(operators, ana.Id);
        var maya = await Person.NewMemberAsync(deployment, "FL");
        var nora = await Person.NewMemberAsync(deployment, "NY");

        // The catalogue tells, without a sign-in, what there is and where it is offered.
        var shown = JsonNode.Parse(await deployment.Anonymous().GetStringAsync($"/api/groups/{evening.Group}"))!;
        Assert.Equal(10, (int)shown["seatsLeft"]!);
        Assert.Contains("US-FL", shown["offeredIn"]!.AsArray().Select(p => (string)p!));

        var enrolment = await maya.SeatAsync(evening.Group);
        await nora.SeatAsync(evening.Group);
        await Eventually.Async(
            async () => (int)JsonNode.Parse(await deployment.Anonymous().GetStringAsync($"/api/groups/{evening.Group}"))!["seatsLeft"]! == 8,
            () => "the catalogue did not count the taken seats"
        );
        await Eventually.Async(
            async () => (await maya.GetAsync("/api/me/sessions"))["items"]!.AsArray().Any(s => (Guid)s!["id"]! == evening.Session),
            () => "maya does not see her session"
        );

        // A New Yorker who travels in Georgia is refused tonight, with every reason, and keeps the seat.
        var refused = await nora.JoinAsync(evening.Session, "US-GA", HttpStatusCode.Forbidden);
        Assert.Equal("not-eligible", (string)refused["code"]!);
        Assert.Contains("LOCATION_NOT_AUTHORISED", refused["decision"]!["reasons"]!.AsArray().Select(r => (string)r!["code"]!));
        Assert.Equal("enrolled", (string)(await nora.GetAsync("/api/me/enrollments"))["items"]![0]!["status"]!);

        var (lead, leadIn) = await RoomClient.EnterAsync(ana, await ana.JoinAsync(evening.Session, null));
        Assert.Equal(("lead", "in", "lobby"), ((string)leadIn["role"]!, (string)leadIn["state"]!, (string)leadIn["phase"]!));
        var (first, firstIn) = await RoomClient.EnterAsync(maya, await maya.JoinAsync(evening.Session, "US-FL", alias: "Sunny"));
        var (second, secondIn) = await RoomClient.EnterAsync(nora, await nora.JoinAsync(evening.Session, "US-NY"));
        Assert.Equal("waiting", (string)firstIn["state"]!);
        Assert.Single(firstIn["participants"]!.AsArray());
        Assert.Equal("not-admitted", await first.RefusedAsync("Post", new { id = "early", text = "hello?" }));
        Assert.Equal("not-open", await lead.RefusedAsync("Admit", new { participantId = (Guid)firstIn["participantId"]! }));
        Assert.Equal("not-allowed", await first.RefusedAsync("Admit", new { participantId = (Guid)firstIn["participantId"]! }));

        await lead.CallAsync("Open");
        await lead.CallAsync("Admit", new { participantId = (Guid)firstIn["participantId"]! });
        await first.SeesAsync("participant.joined", "maya did not see herself come in", e => (string)e["data"]!["alias"]! == "Sunny");
        await lead.CallAsync("AdmitAll");
        await second.SeesAsync(
            "participant.joined",
            "nora did not see herself come in",
            e => (Guid)e["data"]!["participantId"]! == (Guid)secondIn["participantId"]!
        );

        var posted = await first.CallAsync(
            "Post",
            new
            {
                id = "m-1",
                text = "Good evening\n👋",
                to = "everyone",
            }
        );
        Assert.Equal((long)posted!["seq"]!, (long)(await first.CallAsync("Post", new { id = "m-1", text = "Good evening\n👋" }))!["seq"]!);
        Assert.Equal("id-reused", await first.RefusedAsync("Post", new { id = "m-1", text = "something else" }));
        await second.SeesAsync("message.posted", "nora did not see maya's message", e => (string)e["data"]!["text"]! == "Good evening\n👋");

        // A private word reaches the facilitators and nobody else.
        await first.CallAsync(
            "Post",
            new
            {
                id = "m-2",
                text = "between us only",
                to = "facilitators",
            }
        );
        await lead.SeesAsync("message.posted", "ana did not see the private word", e => (string)e["data"]!["text"]! == "between us only");
        await lead.CallAsync(
            "Post",
            new
            {
                id = "a-1",
                text = "I am here",
                to = (string)firstIn["participantId"]!,
            }
        );
        await first.SeesAsync("message.posted", "maya did not see the answer", e => (string)e["data"]!["text"]! == "I am here");

        await lead.CallAsync("Mute", new { participantId = (Guid)secondIn["participantId"]!, chat = true });
        Assert.Equal("muted", await second.RefusedAsync("Post", new { id = "n-1", text = "may I?" }));
        await lead.CallAsync("Unmute", new { participantId = (Guid)secondIn["participantId"]!, chat = true });
        await second.CallAsync("Post", new { id = "n-2", text = "thank you" });

        // A phone in a tunnel: what was said meanwhile comes once, in order.
        await first.SeesAsync("message.posted", "maya did not see nora's message", e => (string)e["data"]!["text"]! == "thank you");
        var cursors = first.Cursors();
        first.Cut();
        for (var i = 0; i < 5; i++)
        {
            await second.CallAsync("Post", new { id = $"n-{i + 3}", text = $"meanwhile {i}" });
        }

        var (again, againIn) = await RoomClient.EnterAsync(maya, await maya.JoinAsync(evening.Session, null), cursors);
        Assert.Equal("in", (string)againIn["state"]!);
        await again.SeesAsync("message.posted", "maya missed what was said meanwhile", e => (string)e["data"]!["text"]! == "meanwhile 4");
        Assert.Equal(Enumerable.Range(0, 5).Select(i => $"meanwhile {i}"), again.TextsOf("room"));

        await lead.CallAsync("Remove", new { participantId = (Guid)secondIn["participantId"]!, reason = "asked to leave" });
        await second.EndsAsync("removed");
        Assert.Equal("removed", (string)(await nora.JoinAsync(evening.Session, "US-NY", HttpStatusCode.Forbidden))["code"]!);
        Assert.DoesNotContain("between us only", second.Wire);
        Assert.DoesNotContain($"{maya.Id}", second.Wire);

        await lead.CallAsync("End", new { reason = "the hour is over" });
        await again.EndsAsync("session-ended");
        Assert.Equal("room-ended", (string)(await maya.JoinAsync(evening.Session, "US-FL", HttpStatusCode.Conflict))["code"]!);

        var attendance = await ana.GetAsync($"/api/sessions/{evening.Session}/attendance");
        Assert.Equal("present", (string)attendance["items"]!.AsArray().Single(a => (Guid)a!["memberId"]! == maya.Id)!["status"]!);
        await Eventually.Async(
            async () => (string)(await operators.GetAsync($"/api/groups/{evening.Group}/sessions"))["items"]![0]!["status"]! == "ended",
            () => "Scheduling did not learn of the end"
        );

        // Every decision is stored and replays; the record verifies.
        await Eventually.Async(
            async () => (await operators.GetAsync($"/api/licensing/decisions?memberId={nora.Id}&sessionId={evening.Session}"))["items"]!.AsArray().Count >= 2,
            () => "the decisions at the door were not stored"
        );
        foreach (var member in new[] { maya, nora })
        {
            foreach (var decision in (await operators.GetAsync($"/api/licensing/decisions?memberId={member.Id}"))["items"]!.AsArray())
            {
                Assert.Null(decision!["told"]);
                Assert.True((bool)(await operators.PostAsync($"/api/licensing/decisions/{decision["id"]}/replay"))["identical"]!);
            }
        }

        var verdict = await operators.GetAsync("/api/audit/verify");
        Assert.True((bool)verdict["intact"]!, verdict.ToJsonString());
        Assert.True((long)verdict["entries"]! > 50);
        _ = enrolment;
    }

    [Fact]
    public async Task A_Texan_is_refused_the_therapy_group_with_every_reason_and_offered_the_skills_group()
    {
        var tex = await Person.SignInAsync(deployment, "tex@demo.test");
        var groups = (await tex.GetAsync("/api/groups?practice=grouport&limit=500"))["items"]!.AsArray();
        var therapy = groups.First(g => (string)g!["topic"]! == "anxiety" && (string)g["serviceClass"]! == "psychotherapy_group")!;
        var skills = groups.First(g => (string)g!["topic"]! == "dbt-skills")!;

        var refused = await tex.PostAsync("/api/enrollments", new { groupId = (Guid)therapy["id"]! }, HttpStatusCode.Forbidden);

        Assert.Equal("not-eligible", (string)refused["code"]!);
        var codes = refused["decision"]!["reasons"]!.AsArray().Select(r => (string)r!["code"]!).ToList();
        Assert.Contains("POLICY_STATE_NOT_OFFERED", codes);
        Assert.Contains("LOCATION_NOT_AUTHORISED", codes);
        Assert.All(refused["decision"]!["reasons"]!.AsArray(), r => Assert.False(string.IsNullOrWhiteSpace((string)r!["citation"]!)));
        Assert.Contains(refused["decision"]!["alternativeGroups"]!.AsArray(), g => (Guid)g!["id"]! == (Guid)skills["id"]!);
        var reserved = await tex.PostAsync("/api/enrollments", new { groupId = (Guid)skills["id"]! }, HttpStatusCode.Created, Guid.CreateVersion7().ToString());
        Assert.Equal("reserved", (string)reserved["status"]!);
        Assert.Equal("ended", (string)(await tex.PostAsync($"/api/enrollments/{reserved["id"]}/cancel", new { reason = "only looking" }))["status"]!);
    }

    [Fact]
    public async Task The_demonstration_has_both_practices_all_ten_topics_and_the_skills_group()
    {
        var groups = JsonNode.Parse(await deployment.Anonymous().GetStringAsync("/api/groups?limit=500"))!["items"]!.AsArray();
        string[] topics =
        [
            "anger-management",
            "anxiety",
            "borderline-personality",
            "chronic-illness",
            "depression",
            "dialectical-behavior-therapy",
            "grief-and-loss",
            "obsessive-compulsive-disorder",
            "relationship-issues",
            "trauma-and-ptsd",
            "dbt-skills",
        ];
        Assert.Superset(topics.ToHashSet(), groups.Where(g => (string)g!["practice"]! == "grouport").Select(g => (string)g!["topic"]!).ToHashSet());
        Assert.Contains(groups, g => (string)g!["practice"]! == "chicago");
        Assert.All(groups, g => Assert.NotEmpty(g!["facilitator"]!["displayName"]!.ToString()));
    }
}
