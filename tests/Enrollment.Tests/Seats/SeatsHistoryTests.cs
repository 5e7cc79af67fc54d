using System.Net;
using System.Net.Http.Json;
using System.Text.Json.Nodes;
using static GroupTherapy.Enrollment.Tests.EnrollmentWorld;
using static GroupTherapy.Enrollment.Tests.Seats.SeatWorld;

namespace GroupTherapy.Enrollment.Tests.Seats;

/// <summary>Seats and waitlist by day, on a clock of its own: noon in New York, 2026-03-10, and the days after.</summary>
public sealed class SeatsHistoryTests
{
    [Fact]
    public async Task Each_day_says_how_many_seats_were_taken_and_how_many_people_waited_at_its_end()
    {
        await using var world = await WorldAsync();
        var (group, cautious) = (await world.GroupAsync(2), Guid.CreateVersion7());
        await world.SessionAsync(group, TimeSpan.FromDays(3));
        await world.ChangeAsync(world.Group(cautious, 2, intakeFirst: true));
        var (_, stays) = await world.MemberInAsync("FL");
        var (_, forgets) = await world.MemberInAsync("NY");
        var (_, next) = await world.MemberInAsync("FL");
        var (_, gives) = await world.MemberInAsync("NJ");
        var enrolled = await EnrolledInAsync(stays, group);
        await EnrolAsync(forgets, group);
        await EnrolAsync(next, group);
        await EnrolAsync(gives, group);
        await EnrolAsync(gives, cautious);

        world.Clock.Advance(TimeSpan.FromDays(1));
        await ConfirmAsync(next, await UntilStatusAsync(next, group, "offered"));
        world.Clock.Advance(TimeSpan.FromDays(1));
        await CancelAsync(gives, await MineAsync(gives, group));
        await CancelAsync(stays, enrolled);

        var all = await HistoryAsync(world, group, "?from=2026-03-09&to=2026-03-31");
        Assert.Equal(("America/New_York", 2), ((string)all["timeZone"]!, (int)all["capacity"]!));
        Assert.Equal(
            [("2026-03-09", 0, 0, 0), ("2026-03-10", 2, 2, 0), ("2026-03-11", 2, 1, 0), ("2026-03-12", 1, 0, 0)],
            all["days"]!.AsArray().Select(Counts)
        );
        Assert.Equal(await world.TakenAsync(group), Counts(all["days"]![3]).Taken);
        Assert.Equal(("2026-03-12", 0, 0, 1), Counts((await HistoryAsync(world, cautious, "?from=2026-03-12"))["days"]!.AsArray().Single()));
        Assert.Equal(91, (await HistoryAsync(world, group, ""))["days"]!.AsArray().Count);
        Assert.Empty((await HistoryAsync(world, group, "?from=2026-05-01&to=2026-05-02"))["days"]!.AsArray());
    }

    [Theory]
    [InlineData("?from=2026-02-30", "from")]
    [InlineData("?to=3/10/2026", "to")]
    [InlineData("?from=2026-03-10&to=2026-03-09", "to")]
    [InlineData("?from=2025-03-10&to=2026-03-11", "from")]
    public async Task A_period_that_is_none_or_too_long_is_refused_by_its_field(string query, string field)
    {
        await using var world = await WorldAsync();
        var group = await world.GroupAsync(2);
        using var refused = await world.Operator.GetAsync($"/api/groups/{group}/seats/history{query}");
        Assert.Equal(HttpStatusCode.BadRequest, refused.StatusCode);
        Assert.Equal([field], (await refused.Content.ReadFromJsonAsync<JsonNode>())!["errors"]!.AsObject().Select(e => e.Key));
    }

    [Fact]
    public async Task It_is_for_the_group_s_facilitators_and_the_operators_of_its_practice()
    {
        await using var world = await WorldAsync();
        var path = $"/api/groups/{await world.GroupAsync(2)}/seats/history";
        foreach (
            var (account, roles, practice, answer) in new[]
            {
                (world.Ana, "facilitator", "grouport", HttpStatusCode.OK),
                (world.OperatorId, "operator", "grouport", HttpStatusCode.OK),
                (Guid.CreateVersion7(), "facilitator", "grouport", HttpStatusCode.NotFound),
                (world.OperatorId, "operator", "chicago", HttpStatusCode.NotFound),
                (Guid.CreateVersion7(), "member", "grouport", HttpStatusCode.Forbidden),
            }
        )
        {
            using var client = world.Service.As(account, [roles], [practice]);
            using var asked = await client.GetAsync(path);
            Assert.Equal((roles, practice, answer), (roles, practice, asked.StatusCode));
        }
    }

    private static async Task<EnrollmentWorld> WorldAsync()
    {
        var world = new EnrollmentWorld(new DateTimeOffset(2026, 3, 10, 16, 0, 0, TimeSpan.Zero));
        await world.InitializeAsync();
        return world;
    }

    private static async Task<JsonNode> HistoryAsync(EnrollmentWorld world, Guid group, string query) =>
        (await world.Operator.GetFromJsonAsync<JsonNode>($"/api/groups/{group}/seats/history{query}"))!;

    private static (string Day, int Taken, int Waiting, int Held) Counts(JsonNode? day) =>
        ((string)day!["day"]!, (int)day["taken"]!, (int)day["waiting"]!, (int)day["held"]!);
}
