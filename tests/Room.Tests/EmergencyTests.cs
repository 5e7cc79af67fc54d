using System.Net.Http.Json;
using System.Text.Json;
using GroupTherapy.Contracts.Identity;
using GroupTherapy.Room.Domain;
using Xunit;

namespace GroupTherapy.Room.Tests;

/// <summary>A facilitator reaches a member in danger while Enrollment is down: in these tests no Enrollment runs.</summary>
public sealed class EmergencyTests(TwoNodes nodes) : IClassFixture<TwoNodes>
{
    private static readonly object InFlorida =
        new { location = new { jurisdiction = "US-FL", address = "2 Harbour Road, Tampa" }, alone = true, alias = "Sunny" };

    private RoomWorld World => nodes.World;

    [Fact]
    public async Task Without_Enrollment_the_facilitator_gets_at_once_where_the_member_is_and_that_the_rest_is_missing()
    {
        var (evening, lead, member) = await WaitingAsync();
        var answer = await AskAsync(evening, evening.Lead, member.ParticipantId, "She said goodbye to us.");
        Assert.Equal(200, (int)answer.StatusCode);
        Assert.True(answer.Headers.CacheControl!.NoStore);
        var told = await answer.Content.ReadFromJsonAsync<JsonElement>();
        Assert.Equal(("Sunny", true, true), (Text(told, "alias"), told.GetProperty("alone").GetBoolean(), told.GetProperty("partial").GetBoolean()));
        Assert.Equal(("US-FL", "2 Harbour Road, Tampa"), (Text(told.GetProperty("location"), "jurisdiction"), Text(told.GetProperty("location"), "address")));
        Assert.Equal(JsonValueKind.Null, told.GetProperty("legalName").ValueKind);

        // Audited without a word of it; facilitators read the reason, operators only that it happened.
        Assert.Equal(1, await World.ReadAsync<long>(
            "select count(*) from audit_entries where act = 'emergency.disclosed' and ref = @id and subject = @who and data not like '%Harbour%' "
                + "and data not like '%goodbye%'", new { id = evening.Session, who = evening.Members[0] }));
        Assert.Equal("She said goodbye to us.", Text(await DisclosureAsync(evening, evening.Lead, Roles.Facilitator), "text"));
        Assert.Equal(JsonValueKind.Null, (await DisclosureAsync(evening, Guid.CreateVersion7(), Roles.Operator)).GetProperty("text").ValueKind);
        Assert.NotNull(lead);
    }

    [Fact]
    public async Task The_member_alone_reads_after_the_session_what_was_disclosed_to_which_facilitator_and_why()
    {
        var (evening, lead, member) = await WaitingAsync();
        await AskAsync(evening, evening.Lead, member.ParticipantId, "We were worried.");
        Assert.Empty(await DisclosuresOfAsync(evening.Members[0]));
        await lead.CallAsync("Open");
        await lead.CallAsync("End", new { reason = "done" });
        var item = Assert.Single(await DisclosuresOfAsync(evening.Members[0]));
        Assert.Equal(("We were worried.", lead.Entered.GetProperty("alias").GetString()), (Text(item, "reason"), Text(item, "facilitator")));
        Assert.Equal(["jurisdiction", "address", "alone"], item.GetProperty("given").EnumerateArray().Select(g => g.GetString()));
        Assert.Empty(await DisclosuresOfAsync(Guid.CreateVersion7()));
        Assert.Empty(await DisclosuresOfAsync(evening.Lead));
    }

    [Fact]
    public async Task Only_facilitators_of_the_session_may_ask_about_a_member_of_it_and_say_why()
    {
        var (evening, _, member) = await WaitingAsync();
        var other = await World.EveningAsync();
        foreach (var (account, role) in new[]
        {
            (other.Lead, Roles.Facilitator), (Guid.CreateVersion7(), Roles.Operator), (evening.Members[0], Roles.Member), (Guid.CreateVersion7(), Roles.Member),
        })
        {
            Assert.Contains((int)(await AskAsync(evening, account, member.ParticipantId, "curious", role)).StatusCode, new[] { 403, 404 });
        }

        Assert.Equal(404, (int)(await AskAsync(evening, evening.Lead, Guid.CreateVersion7(), "who?")).StatusCode);
        foreach (var reason in new[] { null, "", " ", new string('x', 201), "a\0b", "a\u202eb" })
        {
            Assert.Equal(400, (int)(await AskAsync(evening, evening.Lead, member.ParticipantId, reason)).StatusCode);
        }

        Assert.Equal(0, await World.ReadAsync<long>("select count(*) from disclosures where session_id = @id", new { id = evening.Session }));
        Assert.Equal(200, (int)(await AskAsync(evening, evening.Co, member.ParticipantId, string.Concat(Enumerable.Repeat("𠮷", 200)))).StatusCode);
    }

    [Theory]
    [InlineData(Phases.Scheduled, 15.1, null, "room-not-open")]
    [InlineData(Phases.Scheduled, 15, null, null)]
    [InlineData(Phases.Lobby, 10, null, null)]
    [InlineData(Phases.Live, -10, null, null)]
    [InlineData(Phases.Held, -10, null, null)]
    [InlineData(Phases.Ended, -60, 24.0, null)]
    [InlineData(Phases.Ended, -60, 24.1, "room-ended")]
    public void A_member_can_be_reached_from_the_lobby_until_a_day_after_the_end(string phase, double startsInMinutes, double? endedHoursAgo, string? refused)
    {
        var now = new DateTimeOffset(2026, 11, 24, 0, 0, 0, TimeSpan.Zero);
        var session = new SessionState(
            Guid.Empty, Guid.Empty, "", now.AddMinutes(startsInMinutes), now.AddMinutes(startsInMinutes + 60), 10, 30, true, false, 1, phase, 1, false, 0, null,
            null, null, null, null, null, endedHoursAgo is { } hours ? now.AddHours(-hours) : null, null, null, 1);
        Assert.Equal(refused, EmergencyRules.Refuse(session, TimeSpan.FromMinutes(15), now)?.Code);
    }

    [Fact]
    public async Task The_roster_names_the_members_of_the_next_session()
    {
        var (evening, lead, member) = await WaitingAsync();
        using var http = World.B.As(evening.Co, Roles.Facilitator);
        var item = Assert.Single((await http.GetFromJsonAsync<JsonElement>($"/internal/groups/{evening.Plan.GroupId}/participants")).EnumerateArray());
        Assert.Equal((evening.Members[0], member.ParticipantId, "Sunny", false),
            (item.GetProperty("memberId").GetGuid(), item.GetProperty("participantId").GetGuid(), Text(item, "alias"),
                item.GetProperty("attended").GetBoolean()));
        await lead.CallAsync("Open");
        await lead.CallAsync("AdmitAll");
        await lead.CallAsync("End", new { reason = "done" });
        item = Assert.Single((await http.GetFromJsonAsync<JsonElement>($"/internal/groups/{evening.Plan.GroupId}/participants")).EnumerateArray());
        Assert.Equal((JsonValueKind.Null, true), (item.GetProperty("participantId").ValueKind, item.GetProperty("attended").GetBoolean()));
        foreach (var (account, role) in new[] { (Guid.CreateVersion7(), Roles.Facilitator), (evening.Members[0], Roles.Member) })
        {
            using var stranger = World.A.As(account, role);
            Assert.Contains((int)(await stranger.GetAsync($"/internal/groups/{evening.Plan.GroupId}/participants")).StatusCode, new[] { 403, 404 });
        }
    }

    private async Task<(Evening Evening, RoomClient Lead, RoomClient Member)> WaitingAsync()
    {
        var evening = await World.EveningAsync();
        var lead = await evening.EnterAsync(evening.Lead);
        return (evening, lead, await evening.EnterAsync(await evening.MemberAsync(), World.B, body: InFlorida));
    }

    private async Task<HttpResponseMessage> AskAsync(Evening evening, Guid account, Guid participant, string? reason, string role = Roles.Facilitator)
    {
        using var http = World.B.As(account, role);
        return await http.PostAsJsonAsync($"/api/sessions/{evening.Session}/participants/{participant}/emergency", new { reason });
    }

    private async Task<JsonElement> DisclosureAsync(Evening evening, Guid account, string role)
    {
        using var http = World.A.As(account, role);
        var page = await http.GetFromJsonAsync<JsonElement>($"/api/sessions/{evening.Session}/moderation");
        return page.GetProperty("items").EnumerateArray().Single(i => Text(i, "act") == "emergency.disclosed");
    }

    private async Task<JsonElement[]> DisclosuresOfAsync(Guid account)
    {
        using var http = World.A.As(account, Roles.Member);
        return [.. (await http.GetFromJsonAsync<JsonElement>("/api/me/disclosures")).GetProperty("items").EnumerateArray()];
    }

    private static string? Text(JsonElement json, string name) => json.GetProperty(name).GetString();
}
