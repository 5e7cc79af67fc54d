using System.Globalization;
using System.Net;
using System.Net.Http.Json;
using System.Text.Json.Nodes;
using GroupTherapy.Enrollment.Tests.RuleSets;
using GroupTherapy.Tests.Support;
using static GroupTherapy.Enrollment.Tests.EnrollmentWorld;

namespace GroupTherapy.Enrollment.Tests.Coverage;

/// <summary>Apart, since it changes the law for everybody in its world.</summary>
public sealed class CoverageUnderNewRulesTests(EnrollmentWorld world) : IClassFixture<EnrollmentWorld>
{
    [Fact]
    public async Task A_publication_for_later_ends_a_cover_then_is_named_as_what_made_it_so_and_its_withdrawal_gives_it_back()
    {
        var group = await world.GroupAsync(10);
        var sessions = new List<Guid>();
        for (var week = 0; week < 5; week++)
        {
            sessions.Add((await world.SessionAsync(group, TimeSpan.FromDays(7 * week) + TimeSpan.FromHours(3))).SessionId);
        }

        var (_, http) = await world.MemberInAsync("FL");
        var (_, reserved) = await EnrolAsync(http, group);
        Assert.Equal(HttpStatusCode.OK, (await ConfirmAsync(http, reserved)).Status);
        await UntilAsync(group, until => until > world.Clock.GetUtcNow().AddDays(300), "the licence's own end");
        Assert.Empty(await CoverageAsync(group));

        var office = new Office(world);
        var version = await office.DraftWithAsync(Office.CloseFlorida);
        var begins = world.Clock.GetUtcNow().AddDays(15);
        var published = await office.PublishAsync(version, begins);

        await UntilAsync(group, until => until is { } at && (at - begins).Duration() < TimeSpan.FromMilliseconds(1), "the new rules");
        var items = await CoverageAsync(group);
        Assert.Equal(sessions[3..], items.Select(i => (Guid)i["sessionId"]!));
        var loss = Assert.Single(items[0]["losses"]!.AsArray())!;
        Assert.Equal(("US-FL", Instant(published["publishedAt"]!)), ((string)loss["jurisdiction"]!, Instant(loss["knownSince"]!)));

        Assert.Equal(HttpStatusCode.OK, (await office.PostAsync($"{version}/withdraw", new { reason = "A mistake." })).Status);
        Assert.Equal(HttpStatusCode.OK, (await Office.SendAsync(office.Second, HttpMethod.Post, $"{version}/withdraw", new { reason = "A mistake." })).Status);
        await UntilAsync(group, until => until > world.Clock.GetUtcNow().AddDays(300), "the withdrawal");
        Assert.Empty(await CoverageAsync(group));
    }

    private async Task UntilAsync(Guid group, Func<DateTimeOffset?, bool> holds, string what)
    {
        JsonNode? last = null;
        await Eventually.Async(
            async () =>
                (last = await world.LastSentAsync("coverage-changed", group)) is not null
                && last["facilitators"]!
                    .AsArray()
                    .SelectMany(f => f!["places"]!.AsArray())
                    .Any(p => (string)p!["jurisdiction"]! == "US-FL" && holds((DateTimeOffset?)p["until"])),
            () => $"the coverage of Florida did not follow {what}: {last?.ToJsonString()}"
        );
    }

    private async Task<List<JsonNode>> CoverageAsync(Guid group) =>
        [
            .. (await world.Operator.GetFromJsonAsync<JsonNode>("/api/licensing/coverage?limit=500"))!["items"]!
                .AsArray()
                .Where(i => (Guid)i!["groupId"]! == group)
                .Select(i => i!),
        ];

    private static DateTimeOffset Instant(JsonNode text) => DateTimeOffset.Parse((string)text!, CultureInfo.InvariantCulture);
}
