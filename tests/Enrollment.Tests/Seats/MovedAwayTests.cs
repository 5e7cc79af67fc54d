using System.Net;
using System.Net.Http.Json;
using System.Text.Json.Nodes;
using GroupTherapy.Tests.Support;
using static GroupTherapy.Enrollment.Tests.EnrollmentWorld;
using static GroupTherapy.Enrollment.Tests.Seats.SeatWorld;

namespace GroupTherapy.Enrollment.Tests.Seats;

/// <summary>What becomes of a confirmed seat when the rules do not allow it any more, or cannot say.</summary>
public sealed class MovedAwayTests(EnrollmentWorld world) : IClassFixture<EnrollmentWorld>
{
    private static readonly TimeSpan Grace = TimeSpan.FromDays(14);

    [Fact]
    public async Task A_member_who_moves_to_Texas_keeps_the_seat_for_fourteen_days_and_then_it_is_offered_on()
    {
        var group = await world.GroupAsync(1);
        var skills = await world.GroupAsync(5, "skills_education");
        var (id, http) = await world.MemberInAsync("NY");
        var (_, next) = await world.MemberInAsync("FL");
        var enrolled = await EnrolledInAsync(http, group);
        await EnrolAsync(next, group);
        await world.QuietAsync();

        var moved = world.Clock.GetUtcNow();
        await MoveAsync(http, "TX");

        var stay = await UntilAsync(http, group, "no grace began", e => e["graceUntil"] is not null);
        Assert.Equal("enrolled", (string)stay["status"]!);
        Assert.InRange((DateTimeOffset)stay["graceUntil"]!, moved + Grace, moved + Grace + TimeSpan.FromMinutes(1));
        Assert.Equal((Guid)enrolled["decision"]!["id"]!, (Guid)stay["decision"]!["id"]!);
        Assert.Equal("deny", (string)stay["standing"]!["outcome"]!);
        Assert.Contains("SEAT_GRACE", Codes(stay["standing"]!));
        Assert.Contains("POLICY_STATE_NOT_OFFERED", Codes(stay["standing"]!));
        Assert.Contains(stay["standing"]!["alternativeGroups"]!.AsArray(), g => (Guid)g!["id"]! == skills);
        var told = Assert.Single(await world.SentAsync("seat-grace-started", group));
        Assert.Contains("SEAT_GRACE", told["reasonCodes"]!.AsArray().Select(c => (string)c!));
        var roster = await world.Operator.GetFromJsonAsync<JsonNode>($"/api/groups/{group}/roster");
        Assert.NotNull(roster!["items"]!.AsArray().Single(r => (Guid)r!["memberId"]! == id)!["graceUntil"]);
        Assert.Equal(1, await world.TakenAsync(group));
        var replay = await world.Operator.PostAsync($"/api/licensing/decisions/{stay["standing"]!["id"]}/replay", new { });
        Assert.True((bool)replay.Body["identical"]!);

        world.Clock.Advance(Grace + TimeSpan.FromMinutes(1));

        var ended = await UntilStatusAsync(http, group, "ended");
        Assert.Equal("moved", (string)ended["endReason"]!);
        await UntilStatusAsync(next, group, "offered");
        Assert.Equal("moved", (string)Assert.Single(await world.SentAsync("enrollment-ended", group))["reason"]!);
        Assert.Empty(await world.SentAsync("seat-grace-ended", group));
        Assert.Equal(1, await world.TakenAsync(group));
    }

    [Fact]
    public async Task A_member_who_comes_back_in_time_keeps_the_seat()
    {
        var group = await world.GroupAsync(1);
        var (_, http) = await world.MemberInAsync("NY");
        await EnrolledInAsync(http, group);
        await MoveAsync(http, "TX");
        await UntilAsync(http, group, "no grace began", e => e["graceUntil"] is not null);

        world.Clock.Advance(TimeSpan.FromDays(10));
        await MoveAsync(http, "FL");

        await UntilAsync(http, group, "the grace was not taken back", e => e["graceUntil"] is null);
        Assert.Single(await world.SentAsync("seat-grace-ended", group));
        world.Clock.Advance(TimeSpan.FromDays(5));
        await world.QuietAsync();
        Assert.Equal("enrolled", (string)(await MineAsync(http, group))["status"]!);
    }

    [Fact]
    public async Task A_second_move_does_not_begin_the_grace_again()
    {
        var group = await world.GroupAsync(1);
        var (_, http) = await world.MemberInAsync("NY");
        await EnrolledInAsync(http, group);
        await MoveAsync(http, "TX");
        var until = (await UntilAsync(http, group, "no grace began", e => e["graceUntil"] is not null))["graceUntil"]!.ToJsonString();

        world.Clock.Advance(TimeSpan.FromDays(7));
        await MoveAsync(http, "GA");
        await UntilAsync(
            http,
            group,
            "Georgia is not among the reasons",
            e => Codes(e["standing"]!).Length > 0 && e["standing"]!.ToJsonString().Contains("US-GA", StringComparison.Ordinal)
        );

        Assert.Equal(until, (await MineAsync(http, group))["graceUntil"]!.ToJsonString());
        Assert.Single(await world.SentAsync("seat-grace-started", group));
    }

    [Fact]
    public async Task Nothing_is_stored_or_told_when_a_fresh_look_says_the_same()
    {
        var group = await world.GroupAsync(1);
        var (id, http) = await world.MemberInAsync("NY");
        await EnrolledInAsync(http, group);
        await world.QuietAsync();
        var before = await world.AskAsync<long>("select count(*) from decisions where member_id = $1", id);

        for (var look = 0; look < 3; look++)
        {
            await MoveAsync(http, "NY");
            await world.QuietAsync();
        }

        world.Clock.Advance(TimeSpan.FromHours(13));
        await world.QuietAsync();

        Assert.Equal(before, await world.AskAsync<long>("select count(*) from decisions where member_id = $1", id));
        Assert.Empty(await world.SentAsync("enrollment-reconsidered", group));
    }

    [Fact]
    [Trait("hostile", "R08")]
    public async Task An_unclear_residence_keeps_the_seat_and_becomes_a_held_case()
    {
        await RenewAsync();
        var group = await world.GroupAsync(1);
        var (id, http) = await world.MemberInAsync("NY");
        var enrolled = await EnrolledInAsync(http, group);
        var path = $"/api/enrollments/{enrolled["id"]}";
        var (settled, nobody) = await world.Operator.PostAsync($"{path}/release", new { reason = "Nothing to look at." });
        Assert.Equal((HttpStatusCode.Conflict, "not-held"), (settled, (string)nobody["code"]!));

        await CorrectAsync(id, "UNKNOWN");
        await Eventually.Async(async () => (await ReviewAsync()).Length == 1, () => "no case for the operators");

        var stay = await MineAsync(http, group);
        Assert.Equal("enrolled", (string)stay["status"]!);
        Assert.Null(stay["graceUntil"]);
        var item = (await ReviewAsync())[0];
        Assert.Equal("hold", (string)item["outcome"]!);
        Assert.Contains("RESIDENCY_UNKNOWN", item["reasonCodes"]!.AsArray().Select(c => (string)c!));
        var (still, problem) = await world.Operator.PostAsync($"{path}/release", new { reason = "I hope it is fine." });
        Assert.Equal((HttpStatusCode.Conflict, "still-held"), (still, (string)problem["code"]!));
        Assert.Equal("hold", (string)problem["decision"]!["outcome"]!);

        await CorrectAsync(id, "US-NJ");
        await Eventually.Async(async () => (await ReviewAsync()).Length == 0, () => "the case stayed open although the residence is known again");
        Assert.Equal("enrolled", (string)(await MineAsync(http, group))["status"]!);
        Assert.Equal(["hold", "allow_with_conditions"], (await world.SentAsync("enrollment-reconsidered", group)).Select(m => (string)m["outcome"]!));

        async Task<JsonNode[]> ReviewAsync() =>
            [
                .. (await world.Operator.GetFromJsonAsync<JsonNode>("/api/enrollments?status=enrolled&review=true&limit=500"))!["items"]!
                    .AsArray()
                    .Where(i => (Guid)i!["memberId"]! == id)
                    .Select(i => i!.DeepClone()),
            ];
    }

    [Fact]
    public async Task A_seat_under_grace_that_became_unclear_is_not_kept_beyond_its_deadline()
    {
        var group = await world.GroupAsync(1);
        var (id, http) = await world.MemberInAsync("NY");
        await EnrolledInAsync(http, group);
        await MoveAsync(http, "TX");
        await UntilAsync(http, group, "no grace began", e => e["graceUntil"] is not null);
        await CorrectAsync(id, "UNKNOWN");
        await UntilAsync(http, group, "it did not become unclear", e => (string)e["standing"]!["outcome"]! == "hold");
        Assert.NotNull((await MineAsync(http, group))["graceUntil"]);

        world.Clock.Advance(Grace);

        Assert.Equal("moved", (string)(await UntilStatusAsync(http, group, "ended"))["endReason"]!);
    }

    [Fact]
    public async Task A_revoked_licence_begins_the_same_grace_and_a_new_one_takes_it_back()
    {
        await RenewAsync();
        var group = await world.GroupAsync(1);
        var (_, http) = await world.MemberInAsync("NJ");
        await EnrolledInAsync(http, group);

        await NewJerseyAsync("revoked");
        var stay = await UntilAsync(http, group, "no grace began", e => e["graceUntil"] is not null);
        Assert.Contains("LICENCE_INACTIVE", Codes(stay["standing"]!));
        await RenewAsync();
        await UntilAsync(http, group, "the grace was not taken back", e => e["graceUntil"] is null);
    }

    // Tests before this one may have moved the clock past the end of Ana's licence.
    private Task RenewAsync() => NewJerseyAsync("active");

    private async Task NewJerseyAsync(string status)
    {
        var licence = (await world.Operator.GetFromJsonAsync<JsonNode>($"/api/facilitators/{world.Ana}/credentials"))!["items"]!
            .AsArray()
            .First(c => (string)c!["jurisdiction"]! == "US-NJ" && (bool)c["inForce"]!)!;
        (
            await world.Operator.PutAsJsonAsync(
                $"/api/facilitators/{world.Ana}/credentials/{licence["id"]}",
                new
                {
                    kind = "licence",
                    jurisdiction = "US-NJ",
                    type = (string)licence["type"]!,
                    status,
                    validFrom = (string)licence["validFrom"]!,
                    validTo = world.Clock.GetUtcNow().AddDays(60).ToString("yyyy-MM-dd"),
                    encumbered = false,
                }
            )
        ).EnsureSuccessStatusCode();
    }

    [Fact]
    public async Task A_group_that_becomes_therapy_is_decided_again_for_its_members_and_its_waitlist()
    {
        var group = await world.GroupAsync(2, "skills_education");
        var (texanId, texan) = await world.MemberInAsync("TX");
        var (_, floridian) = await world.MemberInAsync("FL");
        var (_, waiting) = await world.MemberInAsync("TX");
        await EnrolledInAsync(texan, group);
        await EnrolledInAsync(floridian, group);
        Assert.Equal("waitlisted", (string)(await EnrolAsync(waiting, group)).Body["status"]!);

        await world.ChangeAsync(world.Group(group, 2, "psychotherapy_group", version: 2));

        var stay = await UntilAsync(texan, group, "no grace began", e => e["graceUntil"] is not null);
        Assert.Contains("GROUP_RECLASSIFIED", Codes(stay["standing"]!));
        var kept = await UntilAsync(floridian, group, "the Floridian was not told", e => e["standing"] is not null);
        Assert.Null(kept["graceUntil"]);
        Assert.Contains("GROUP_RECLASSIFIED", Codes(kept["standing"]!));
        var line = await UntilAsync(waiting, group, "the line was not asked again", e => (string)e["decision"]!["outcome"]! == "deny");
        Assert.Equal("waitlisted", (string)line["status"]!);
        Assert.Contains("GROUP_RECLASSIFIED", Codes(line["decision"]!));
        await world.QuietAsync();
        var told = await world.SentAsync("enrollment-reconsidered", group);
        Assert.Equal(3, told.Count);
        Assert.All(told, m => Assert.Contains("GROUP_RECLASSIFIED", m["reasonCodes"]!.AsArray().Select(c => (string)c!)));
        Assert.Equal(texanId, (Guid)Assert.Single(await world.SentAsync("seat-grace-started", group))["memberId"]!);
        foreach (var decision in new[] { stay["standing"]!, kept["standing"]!, line["decision"]! })
        {
            Assert.True((bool)(await world.Operator.PostAsync($"/api/licensing/decisions/{decision["id"]}/replay", new { })).Body["identical"]!);
        }

        world.Clock.Advance(Grace + TimeSpan.FromMinutes(1));
        Assert.Equal("not-eligible", (string)(await UntilStatusAsync(texan, group, "ended"))["endReason"]!);
    }

    private async Task CorrectAsync(Guid member, string jurisdiction) =>
        (
            await world.Operator.PostAsJsonAsync(
                $"/api/members/{member}/residence",
                new
                {
                    jurisdiction,
                    from = "2026-01-01",
                    evidence = "A letter.",
                }
            )
        ).EnsureSuccessStatusCode();
}
