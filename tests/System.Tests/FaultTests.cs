using System.Net;
using System.Text.Json.Nodes;
using GroupTherapy.Tests.Support;

namespace GroupTherapy.SystemTests;

/// <summary>Engines and services killed with <c>kill -9</c> while people use them. What was acknowledged stays; everything comes back by itself.</summary>
[Collection(nameof(Deployment))]
public sealed class FaultTests(Deployment deployment)
{
    private async Task<(Person Operator, Person Lead, Evening Evening)> TonightAsync()
    {
        var operators = await Person.SignInAsync(deployment, "operator@demo.test");
        var facilitator = await Person.NewFacilitatorAsync(deployment, operators);
        return (operators, facilitator, await Evening.TonightAsync(operators, facilitator.Id));
    }

    private async Task<(RoomClient Lead, RoomClient Member, Person Maya)> LiveRoomAsync(Person lead, Evening evening)
    {
        var maya = await Person.NewMemberAsync(deployment, "NY");
        await maya.SeatAsync(evening.Group);
        var (leads, _) = await RoomClient.EnterAsync(lead, await lead.JoinAsync(evening.Session, null));
        var (member, entered) = await RoomClient.EnterAsync(maya, await maya.JoinAsync(evening.Session, "US-NY"));
        await leads.CallAsync("Open");
        await leads.CallAsync("Admit", new { participantId = (Guid)entered["participantId"]! });
        await member.SeesAsync("participant.joined", "the member was not admitted");
        return (leads, member, maya);
    }

    [Fact]
    public async Task With_the_broker_killed_a_confirmed_enrolment_still_reaches_the_room_afterwards()
    {
        var (_, _, evening) = await TonightAsync();
        var member = await Person.NewMemberAsync(deployment, "NY");
        var reserved = default(JsonNode);
        await Eventually.Async(
            async () =>
            {
                using var response = await member.RawAsync(HttpMethod.Post, "/api/enrollments", new { groupId = evening.Group });
                reserved = JsonNode.Parse(await response.Content.ReadAsStringAsync());
                return response.StatusCode == HttpStatusCode.Created;
            },
            () => "Enrollment did not learn of the group"
        );

        var pid = await deployment.KillAsync("rabbitmq");
        var confirmed = await member.PostAsync($"/api/enrollments/{reserved!["id"]}/confirm", new { consents = Person.Consents(reserved) });
        Assert.Equal("enrolled", (string)confirmed["status"]!);
        await deployment.BackAsync("rabbitmq", pid);

        var join = await member.JoinAsync(evening.Session, "US-NY");
        Assert.NotEmpty((string)join["ticket"]!);
    }

    [Fact]
    public async Task With_the_database_killed_requests_are_refused_for_now_and_nothing_acknowledged_is_lost()
    {
        var (_, lead, evening) = await TonightAsync();
        var (leads, member, maya) = await LiveRoomAsync(lead, evening);
        var acknowledged = new List<string>();
        for (var i = 0; i < 20; i++)
        {
            await member.CallAsync("Post", new { id = $"before-{i}", text = $"before {i}" });
            acknowledged.Add($"before {i}");
        }

        var pid = await deployment.KillAsync("postgres");
        var refusal = default(HttpResponseMessage);
        await Eventually.Async(
            async () =>
                (refusal = await maya.RawAsync(HttpMethod.Get, "/api/me/enrollments")).StatusCode is HttpStatusCode.ServiceUnavailable or HttpStatusCode.OK,
            () => "the gateway gave no honest answer"
        );
        if (refusal!.StatusCode == HttpStatusCode.ServiceUnavailable)
        {
            Assert.NotNull(refusal.Headers.RetryAfter);
            Assert.Equal("try-again", (string)JsonNode.Parse(await refusal.Content.ReadAsStringAsync())!["code"]!);
        }

        await deployment.BackAsync("postgres", pid);
        await Eventually.Async(
            async () =>
            {
                try
                {
                    await member.CallAsync("Post", new { id = "after", text = "after" });
                    return true;
                }
                catch (HubRefusedException e) when (e.Code == "try-again")
                {
                    return false;
                }
            },
            () => "the room did not take a post after the database was back",
            TimeSpan.FromSeconds(60)
        );
        acknowledged.Add("after");

        var log = await lead.GetAsync($"/api/sessions/{evening.Session}/events?stream=room&after=0&limit=500");
        var texts = log["items"]!.AsArray().Where(e => (string)e!["kind"]! == "message.posted").Select(e => (string)e!["data"]!["text"]!);
        Assert.Equal(acknowledged, texts);
        Assert.Equal(Enumerable.Range(1, log["items"]!.AsArray().Count).Select(i => (long)i), log["items"]!.AsArray().Select(e => (long)e!["seq"]!));
        await leads.SeesAsync("message.posted", "the facilitator did not see the post after the outage", e => (string)e["data"]!["text"]! == "after");
    }

    [Theory]
    [InlineData("identity", "/api/identity/me")]
    [InlineData("enrollment", "/api/me/enrollments")]
    [InlineData("scheduling", "/api/me/sessions")]
    [InlineData("gateway", "/api/identity/me")]
    public async Task A_service_that_is_killed_answers_again_by_itself(string service, string path)
    {
        var person = await Person.SignInAsync(deployment, "maya@demo.test");
        var pid = await deployment.KillAsync(service);

        if (service != "gateway")
        {
            using var meanwhile = await person.RawAsync(HttpMethod.Get, path);
            Assert.True(
                meanwhile.StatusCode is HttpStatusCode.ServiceUnavailable or HttpStatusCode.OK,
                $"{path} answered {(int)meanwhile.StatusCode} while {service} was down"
            );
            if (meanwhile.StatusCode == HttpStatusCode.ServiceUnavailable)
            {
                Assert.NotNull(meanwhile.Headers.RetryAfter);
            }
        }

        await deployment.BackAsync(service, pid);
        await Eventually.Async(
            async () =>
            {
                try
                {
                    using var response = await person.RawAsync(HttpMethod.Get, path);
                    return response.StatusCode == HttpStatusCode.OK;
                }
                catch (HttpRequestException)
                {
                    return false;
                }
            },
            () => $"{path} did not answer after {service} was back"
        );
    }

    [Fact]
    public async Task Both_room_nodes_killed_in_turn_lose_nothing_that_was_acknowledged()
    {
        var (_, lead, evening) = await TonightAsync();
        var (_, member, maya) = await LiveRoomAsync(lead, evening);
        await member.CallAsync("Post", new { id = "one", text = "one" });
        var cursors = member.Cursors();

        foreach (var node in new[] { 1, 2 })
        {
            var pid = await deployment.KillAsync("room", node);
            await deployment.BackAsync("room", pid, node);
        }

        // Whichever node held the connection, the line is cut; coming back finds the log whole.
        var (again, entered) = await RoomClient.EnterAsync(maya, await maya.JoinAsync(evening.Session, null), cursors);
        Assert.Equal("in", (string)entered["state"]!);
        var (leads, _) = await RoomClient.EnterAsync(lead, await lead.JoinAsync(evening.Session, null));
        await leads.SeesAsync("message.posted", "the acknowledged message is gone", e => (string)e["data"]!["text"]! == "one");
        await leads.CallAsync("Post", new { id = "two", text = "two" });
        await again.SeesAsync("message.posted", "the room does not go on", e => (string)e["data"]!["text"]! == "two");
    }
}
