using GroupTherapy.Contracts.Scheduling.V1;
using GroupTherapy.Enrollment.Tests.Scenarios;
using static GroupTherapy.Enrollment.Tests.Scenarios.Steps;

namespace GroupTherapy.Enrollment.Tests.PracticeDays;

/// <summary>A temporary permit lasts for 15 days of practice a calendar year: counted from who was let in and was there, not from what anybody
/// states.</summary>
public sealed class PracticeDayTests
{
    [Fact]
    public async Task The_fifteenth_day_is_the_last_and_a_new_year_begins_anew()
    {
        await using var world = await WorldAtAsync("2026-12-01T12:00:00Z");
        var (dee, group, kim) = await KansasAsync(world);
        for (var day = 1; day <= 14; day++)
        {
            await MeetAsync(world, group, kim, Instant($"2026-12-{day:00}T18:00:00Z"));
        }

        // A second session of a day that was used is no further day, and somebody who was let in and never came used none.
        await MeetAsync(world, group, kim, Instant("2026-12-14T21:00:00Z"));
        var empty = await world.SessionAtAsync(group, Instant("2026-12-15T12:00:00Z"));
        var letIn = await world.PermitAsync(kim, empty.SessionId, p => p.Outcome("US-KS") == "allow");
        await world.JoinsAsync(letIn, "US-KS", empty.StartsAt);
        Assert.Equal(15, await DaysAsync(world, dee));
        await world.EndsAsync(empty);
        Assert.Equal(14, await DaysAsync(world, dee));

        // The 15th day admits two sessions, and a rejoin; the next day none.
        var fifteenth = await world.SessionAtAsync(group, Instant("2026-12-15T18:00:00Z"));
        var evening = await world.SessionAtAsync(group, Instant("2026-12-15T22:00:00Z"));
        var sixteenth = await world.SessionAtAsync(group, Instant("2026-12-16T18:00:00Z"));
        var permit = await world.PermitAsync(kim, fifteenth.SessionId, p => p.Outcome("US-KS") == "allow");
        Assert.Equal("allow", (await world.PermitAsync(kim, sixteenth.SessionId)).Outcome("US-KS"));
        var joined = await world.JoinsAsync(permit, "US-KS", fifteenth.StartsAt);
        Assert.Equal(14, (int)(await world.DecisionAsync(joined))["inputs"]!["request"]!["facilitators"]![0]!["credentials"]![1]!["daysUsed"]!);
        var refused = await world.PermitAsync(kim, sixteenth.SessionId, p => p.Outcome("US-KS") == "deny");
        Assert.Equal(["LOCATION_NOT_AUTHORISED", "DAY_BUDGET_EXHAUSTED"], refused.Codes("US-KS"));
        await world.QuietAgainAsync();
        Assert.Equal("allow", (await world.PermitAsync(kim, fifteenth.SessionId)).Outcome("US-KS"));
        Assert.Equal("allow", (await world.PermitAsync(kim, evening.SessionId)).Outcome("US-KS"));
        Assert.True(await world.ReplaysAsync(joined));

        // Half past midnight in Greenwich is still last year in Topeka; at seven the budget is new.
        world.Clock.Advance(Instant("2026-12-28T12:00:00Z") - world.Clock.GetUtcNow());
        var old = await world.SessionAtAsync(group, Instant("2027-01-01T00:30:00Z"));
        var anew = await world.SessionAtAsync(group, Instant("2027-01-01T07:00:00Z"));
        Assert.Equal("deny", (await world.PermitAsync(kim, old.SessionId)).Outcome("US-KS"));
        Assert.Equal("allow", (await world.PermitAsync(kim, anew.SessionId)).Outcome("US-KS"));
    }

    [Fact]
    public async Task A_session_over_midnight_is_one_day_and_reports_in_any_order_count_the_same()
    {
        await using var world = await WorldAtAsync("2026-12-01T12:00:00Z");
        var (dee, group, kim) = await KansasAsync(world);
        var session = await world.SessionAtAsync(group, Instant("2026-12-03T05:30:00Z"));
        var permit = await world.PermitAsync(kim, session.SessionId);

        // Room's report of the end overtakes that of the door.
        await world.EndsAsync(session, kim);
        await world.JoinsAsync(permit, "US-KS", session.StartsAt);
        await world.JoinsAsync(permit, "US-KS", session.StartsAt.AddMinutes(45), "rejoin");
        Assert.Equal(new DateTime(2026, 12, 2), await world.AskAsync<DateTime>("select day::timestamp from practice_days where facilitator_id = $1", dee));

        // Overtaken in the same way, and nobody was there.
        var other = await world.SessionAtAsync(group, Instant("2026-12-04T18:00:00Z"));
        var second = await world.PermitAsync(kim, other.SessionId);
        await world.EndsAsync(other);
        await world.JoinsAsync(second, "US-KS", other.StartsAt);
        Assert.Equal(1, await DaysAsync(world, dee));

        // A place that was refused used no day either.
        var third = await world.SessionAtAsync(group, Instant("2026-12-05T18:00:00Z"));
        await world.JoinsAsync(await world.PermitAsync(kim, third.SessionId), "US-GA", third.StartsAt);
        Assert.Equal(1, await DaysAsync(world, dee));
    }

    private static async Task<(Guid Dee, GroupSnapshot Group, Seated Kim)> KansasAsync(EnrollmentWorld world)
    {
        var dee = await world.FacilitatorAsync(
            "counselor",
            "chicago",
            Licence("US-IL", "LCPC", "2028-03-31"),
            TemporaryPermit("US-KS", "2026-01-01", "2027-12-31")
        );
        var group = await world.GroupLedByAsync(dee, "chicago");
        return (dee, group, await world.SeatedAsync("KS", group));
    }

    private static async Task MeetAsync(EnrollmentWorld world, GroupSnapshot group, Seated member, DateTimeOffset startsAt)
    {
        if (startsAt - world.Clock.GetUtcNow() > TimeSpan.FromDays(1))
        {
            world.Clock.Advance(startsAt - TimeSpan.FromHours(2) - world.Clock.GetUtcNow());
        }

        var session = await world.SessionAtAsync(group, startsAt);
        await world.JoinsAsync(await world.PermitAsync(member, session.SessionId, p => p.Outcome("US-KS") == "allow"), "US-KS", startsAt);
        await world.EndsAsync(session, member);
    }

    private static Task<int> DaysAsync(EnrollmentWorld world, Guid facilitator) =>
        world.AskAsync<int>("select count(distinct day)::int from practice_days where facilitator_id = $1 and jurisdiction = 'US-KS'", facilitator);
}
