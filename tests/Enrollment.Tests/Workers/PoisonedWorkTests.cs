using System.Net.Http.Json;
using System.Text.Json.Nodes;
using GroupTherapy.Enrollment.Tests.Seats;
using GroupTherapy.Tests.Support;
using static GroupTherapy.Enrollment.Tests.EnrollmentWorld;
using static GroupTherapy.Enrollment.Tests.Seats.SeatWorld;

namespace GroupTherapy.Enrollment.Tests.Workers;

/// <summary>The oldest row of scheduled work cannot be handled. The others go on, and operators see the row with its error.</summary>
public sealed class PoisonedWorkTests(EnrollmentWorld world) : IClassFixture<EnrollmentWorld>
{
    [Fact]
    public async Task Poisoned_expiry_stops_no_other_deadline()
    {
        await PlantAsync("seat.expire");
        var group = await world.GroupAsync(1);
        var (_, first) = await world.MemberInAsync("FL");
        var (_, next) = await world.MemberInAsync("FL");
        await EnrolAsync(first, group);
        await EnrolAsync(next, group);

        world.Clock.Advance(TimeSpan.FromMinutes(16));

        await UntilStatusAsync(first, group, "ended");
        await UntilStatusAsync(next, group, "offered");
        await VisibleAsync("seat.expire");
    }

    [Fact]
    public async Task Poisoned_offer_stops_no_other_waitlist()
    {
        await PlantAsync("seat.offer");
        var group = await world.GroupAsync(1);
        var (_, seated) = await world.MemberInAsync("FL");
        var (_, away) = await world.MemberInAsync("FL");
        var reserved = (await EnrolAsync(seated, group)).Body;
        await EnrolAsync(away, group);
        await MoveAsync(away, "TX");
        await CancelAsync(seated, reserved);
        await UntilAsync(away, group, "the member was not passed over", e => (string)e["decision"]!["outcome"]! == "deny");

        await MoveAsync(away, "FL");

        await UntilStatusAsync(away, group, "offered");
        await VisibleAsync("seat.offer");
    }

    [Fact]
    public async Task Poisoned_reevaluation_stops_no_other_member()
    {
        await PlantAsync("enrollment.reevaluate");
        var group = await world.GroupAsync(2);
        var (_, http) = await world.MemberInAsync("FL");
        await EnrolledInAsync(http, group);

        await MoveAsync(http, "TX");

        await UntilAsync(http, group, "no grace began", e => e["graceUntil"] is not null);
        await VisibleAsync("enrollment.reevaluate");
    }

    [Fact]
    public async Task Poisoned_permit_stops_no_other_member()
    {
        await PlantAsync("permit.issue");
        var group = await world.GroupAsync(2);
        await world.SessionAsync(group, TimeSpan.FromHours(2));
        var (id, http) = await world.MemberInAsync("FL");
        await EnrolledInAsync(http, group);

        await Eventually.Async(async () => await world.LastSentAsync("permit-changed", id) is not null, () => "no permit was issued");
        await VisibleAsync("permit.issue");
    }

    [Fact]
    public async Task Poisoned_coverage_stops_no_other_group()
    {
        await PlantAsync("coverage.recompute");
        await PlantAsync("coverage.spread");
        var group = await world.GroupAsync(2);
        await world.SessionAsync(group, TimeSpan.FromHours(2));
        var (_, http) = await world.MemberInAsync("FL");
        await EnrolledInAsync(http, group);

        await Eventually.Async(
            async () => (await world.LastSentAsync("coverage-changed", group))?["members"]!.AsArray().Count > 0,
            () => "the coverage was not published"
        );
        await VisibleAsync("coverage.recompute");
    }

    [Fact]
    public async Task Stored_date_out_of_range_stops_only_its_own_member()
    {
        var group = await world.GroupAsync(2);
        await world.SessionAsync(group, TimeSpan.FromHours(2));
        var (poisoned, theirs) = await world.MemberInAsync("FL");
        var (id, http) = await world.MemberInAsync("FL");
        var reserved = (await EnrolAsync(theirs, group)).Body;
        await EnrolledInAsync(http, group);
        await world.RunAsync(
            """
            insert into residences (id, member_id, jurisdiction, since, recorded_at, recorded_by)
                values (gen_random_uuid(), $1, 'US-FL', '0202-05-01', now() + interval '1 hour', 'a test')
            """,
            poisoned
        );

        var (status, held) = await ConfirmAsync(theirs, reserved);
        await MoveAsync(http, "FL");
        await world.ChangeAsync(world.Group(group, 3, version: 2));

        Assert.Equal((System.Net.HttpStatusCode.OK, "held"), (status, (string)held["status"]!));
        await Eventually.Async(async () => await world.LastSentAsync("permit-changed", id) is not null, () => "the other member got no permit");
        var (_, another) = await world.MemberInAsync("FL");
        await EnrolledInAsync(another, group);
    }

    private Task PlantAsync(string kind) =>
        world.RunAsync(
            "insert into due_work (kind, key, due_at, next_attempt_at) values ($1, 'poisoned', '2000-01-01', '2000-01-01') on conflict do nothing",
            kind
        );

    private async Task VisibleAsync(string kind)
    {
        JsonNode? row = null;
        await Eventually.Async(
            async () =>
            {
                var failing = (await world.Operator.GetFromJsonAsync<JsonNode>("/internal/work"))!["items"]!.AsArray();
                return (row = failing.FirstOrDefault(r => (string)r!["kind"]! == kind && (string)r["key"]! == "poisoned")) is not null;
            },
            () => $"the poisoned row of {kind} is not to be seen"
        );
        Assert.Contains("FormatException", (string)row!["lastError"]!, StringComparison.Ordinal);
        Assert.True((int)row["attempts"]! >= 1);
    }
}
