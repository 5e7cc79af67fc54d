using System.Net;
using System.Net.Http.Json;
using System.Text.Json.Nodes;
using GroupTherapy.Contracts.Room.V1;
using GroupTherapy.Platform.Work;
using GroupTherapy.Scheduling.Consumers;
using GroupTherapy.Scheduling.Domain;
using GroupTherapy.Scheduling.Storage;
using Xunit;

namespace GroupTherapy.Scheduling.Tests;

/// <summary>A group closes itself once its last session has ended, so that a finished series is neither offered nor enrolled in.</summary>
public sealed class FinishedGroups(SchedulingWorld world) : IClassFixture<SchedulingWorld>
{
    [Fact]
    public async Task A_group_closes_as_soon_as_the_room_of_its_last_session_reports_the_end()
    {
        var (id, sessions) = await GroupAsync(weeks: 2);
        try
        {
            await EndAsync(id, sessions[0]);
            await world.WorkDoneAsync();
            Assert.False(await IsClosedAsync(id));

            world.Clock.Now = new DateTimeOffset(2026, 1, 14, 0, 30, 0, TimeSpan.Zero);
            await EndAsync(id, sessions[1]);
            await world.WorkDoneAsync();
            Assert.True(await IsClosedAsync(id));
            Assert.DoesNotContain(id, await CatalogueAsync());
            var told = (await world.OutboxAsync(id))[^1];
            Assert.Equal("group-closed", told.Urn);
            // Enrollment reads from this that the series is over: its end is not after the event's instant.
            Assert.True(SchedulingWorld.At(told.Body["group"]!["seriesEndsAt"]) <= SchedulingWorld.At(told.Body["at"]));
            Assert.Equal(["group.closed", "group.opened"], await world.ActsAsync(id));
        }
        finally
        {
            await world.TurnBackAsync();
        }
    }

    [Fact]
    public async Task A_group_whose_rooms_reported_nothing_closes_an_hour_after_its_planned_end_and_is_not_offered_meanwhile()
    {
        var (id, _) = await GroupAsync(weeks: 1);
        try
        {
            await world.MoveClockAsync(new DateTimeOffset(2026, 1, 7, 1, 59, 0, TimeSpan.Zero));
            Assert.False(await IsClosedAsync(id));
            Assert.DoesNotContain(id, await CatalogueAsync());
            await world.MoveClockAsync(new DateTimeOffset(2026, 1, 7, 2, 0, 0, TimeSpan.Zero));
            Assert.True(await IsClosedAsync(id));
        }
        finally
        {
            await world.TurnBackAsync();
        }
    }

    [Fact]
    public async Task A_group_whose_last_room_runs_on_is_not_closed_over_the_people_in_it()
    {
        var (id, sessions) = await GroupAsync(weeks: 1);
        try
        {
            await SchedulingWorld.DeliverAsync(
                new UpdatePhaseWhenSessionPhaseChanged(world.Db),
                new SessionPhaseChanged(sessions[0], id, "live", 2, world.Clock.Now)
            );
            await world.MoveClockAsync(new DateTimeOffset(2026, 1, 7, 3, 0, 0, TimeSpan.Zero));
            Assert.False(await IsClosedAsync(id));
            await EndAsync(id, sessions[0]);
            await world.WorkDoneAsync();
            Assert.True(await IsClosedAsync(id));
        }
        finally
        {
            await world.TurnBackAsync();
        }
    }

    [Fact]
    public async Task A_last_session_that_moved_keeps_its_group_open_until_it_is_over()
    {
        var (id, sessions) = await GroupAsync(weeks: 1);
        using var client = world.AsOperator();
        using var moved = await client.PostAsync($"/api/sessions/{sessions[0]}/reschedule", SchedulingWorld.Json("""{"startsAt":"2026-01-10T00:00:00Z"}"""));
        Assert.Equal(HttpStatusCode.OK, moved.StatusCode);
        try
        {
            await world.MoveClockAsync(new DateTimeOffset(2026, 1, 8, 0, 0, 0, TimeSpan.Zero));
            Assert.False(await IsClosedAsync(id));
            await world.MoveClockAsync(new DateTimeOffset(2026, 1, 10, 2, 0, 0, TimeSpan.Zero));
            Assert.True(await IsClosedAsync(id));
        }
        finally
        {
            await world.TurnBackAsync();
        }
    }

    [Fact]
    public async Task A_group_that_cannot_be_closed_does_not_stop_the_others()
    {
        var (broken, _) = await GroupAsync(weeks: 1);
        var (sound, _) = await GroupAsync(weeks: 1);
        // No instant is far enough ahead: computing the end of this session fails.
        await world.Db.QueryAsync<int>("update sessions set ends_at = '9999-12-31 23:59:59Z' where group_id = @broken", new { broken });
        await world.Db.QueryAsync<int>(
            "insert into due_work (kind, key, due_at, next_attempt_at) values ('group.close-finished', 'no id', @at, @at)",
            new { at = SchedulingWorld.Start }
        );
        try
        {
            await world.MoveClockAsync(new DateTimeOffset(2026, 1, 7, 2, 0, 0, TimeSpan.Zero));
            Assert.Equal((false, true), (await IsClosedAsync(broken), await IsClosedAsync(sound)));
            Assert.Equal(
                new[] { "no id", $"{broken}" }.Order(),
                (await world.Service.Get<DueWorkStore>().FailingAsync(10, default))
                    .Where(f => f.Kind == ScheduledWork.CloseFinishedGroup)
                    .Select(f => f.Key)
                    .Order()
            );
        }
        finally
        {
            await world.TurnBackAsync();
            await world.Db.QueryAsync<int>("delete from due_work where kind = 'group.close-finished' and last_error is not null");
        }
    }

    [Theory]
    [InlineData("ended", false, 0)]
    [InlineData("scheduled", false, 120)]
    [InlineData(null, false, 120)]
    [InlineData("open", false, 120)]
    [InlineData("live", false, 1500)]
    [InlineData("held", false, 1500)]
    [InlineData(null, true, 60)]
    public void A_series_is_over_when_its_last_session_is(string? phase, bool cancelled, int minutes)
    {
        var now = SchedulingWorld.Start;
        var session = new Session(
            Guid.CreateVersion7(),
            Guid.CreateVersion7(),
            now,
            now.AddHours(1),
            "Etc/UTC",
            Guid.CreateVersion7(),
            [],
            cancelled ? now : null,
            1,
            phase
        );
        Assert.Equal(now.AddMinutes(minutes), SeriesEndRules.OverAt([session with { Phase = "ended" }, session], now));
    }

    private async Task<(Guid Id, List<Guid> Sessions)> GroupAsync(int weeks)
    {
        var id = await world.GroupIdAsync(SchedulingWorld.Request(await world.FacilitatorAsync(), weeks: weeks));
        return (id, [.. (await world.SessionsAsync(id)).Select(s => (Guid)s!["id"]!)]);
    }

    private async Task<bool> IsClosedAsync(Guid id)
    {
        using var anyone = world.Service.Anonymous();
        return (bool)(await anyone.GetFromJsonAsync<JsonObject>($"/api/groups/{id}"))!["closed"]!;
    }

    private async Task<IEnumerable<Guid>> CatalogueAsync()
    {
        using var anyone = world.Service.Anonymous();
        return (await anyone.GetFromJsonAsync<JsonObject>("/api/groups?limit=500"))!["items"]!.AsArray().Select(g => (Guid)g!["id"]!);
    }

    private Task EndAsync(Guid group, Guid session) =>
        SchedulingWorld.DeliverAsync(
            new EndSessionWhenSessionEnded(world.Db),
            new SessionEnded(session, group, world.Clock.Now, world.Clock.Now, "ended", [], 9)
        );
}
