using System.Net;
using GroupTherapy.Tests.Support;
using static GroupTherapy.Enrollment.Tests.EnrollmentWorld;
using static GroupTherapy.Enrollment.Tests.Seats.SeatWorld;

namespace GroupTherapy.Enrollment.Tests.Seats;

/// <summary>Two processes of the service on one database, and processes that were away: each deadline and each seat counts once.</summary>
public sealed class TwoProcessesTests : IAsyncLifetime
{
    private readonly EnrollmentWorld _world = new();
    private InProcess _second = null!;

    public async ValueTask InitializeAsync()
    {
        await _world.InitializeAsync();
        _second = await _world.StartAsync();
    }

    public async ValueTask DisposeAsync()
    {
        await _second.DisposeAsync();
        await _world.DisposeAsync();
    }

    [Fact]
    public async Task Sixty_members_at_two_processes_take_five_seats()
    {
        var group = await _world.GroupAsync(5);
        var members = await MembersAsync(60);

        var answers = await Task.WhenAll(members.Select((id, i) => EnrolAsync((i % 2 == 0 ? _world.Service : _second).As(id, "member"), group)));

        Assert.All(answers, a => Assert.Equal(HttpStatusCode.Created, a.Status));
        Assert.Equal(5, answers.Count(a => (string)a.Body["status"]! == "reserved"));
        Assert.Equal(5, await _world.TakenAsync(group));
        Assert.Equal(
            55L,
            await _world.AskAsync<long>("select count(distinct waitlist_order) from enrollments where group_id = $1 and status = 'waitlisted'", group)
        );
    }

    [Fact]
    public async Task Deadlines_that_both_see_at_once_end_each_enrollment_once_and_pass_each_seat_on_once()
    {
        // Ten groups, each with two seats and two people in the line.
        for (var g = 0; g < 10; g++)
        {
            var group = await _world.GroupAsync(2);
            foreach (var member in await MembersAsync(4))
            {
                await EnrolAsync(_world.Service.As(member, "member"), group);
            }
        }

        _world.Clock.Advance(TimeSpan.FromMinutes(15));
        await Eventually.Async(
            async () => await _world.AskAsync<long>("select count(*) from enrollments where status = 'offered'") == 20,
            () => "not every freed seat was offered on",
            TimeSpan.FromSeconds(30)
        );

        Assert.Equal(20L, await _world.AskAsync<long>("select count(*) from enrollments where status = 'ended' and end_reason = 'expired'"));
        await OnceAsync(20, 20);
        Assert.Equal(20L, await _world.AskAsync<long>("select sum(taken) from seat_groups"));
    }

    [Fact]
    public async Task After_a_day_away_every_deadline_has_its_effect_once()
    {
        var group = await _world.GroupAsync(1);
        var members = await MembersAsync(4);
        var (mover, first, second, third) = (members[0], members[1], members[2], members[3]);
        await EnrolledInAsync(_world.Service.As(mover, "member"), group);
        var other = await _world.GroupAsync(1);
        await EnrolAsync(_world.Service.As(first, "member"), other);
        await EnrolAsync(_world.Service.As(second, "member"), other);
        await EnrolAsync(_world.Service.As(third, "member"), other);
        await EnrolAsync(_world.Service.As(third, "member"), group);
        await MoveAsync(_world.Service.As(mover, "member"), "TX");
        await UntilAsync(_world.Service.As(mover, "member"), group, "no grace began", e => e["graceUntil"] is not null);

        await _second.DisposeAsync();
        await _world.AwayAsync(TimeSpan.FromDays(15));
        _second = await _world.StartAsync();

        await UntilStatusAsync(_world.Service.As(mover, "member"), group, "ended");
        await UntilStatusAsync(_second.As(third, "member"), group, "offered");
        await UntilStatusAsync(_second.As(first, "member"), other, "ended");
        await UntilStatusAsync(_second.As(second, "member"), other, "offered");
        await OnceAsync(1, 2);
        Assert.Single(await _world.SentAsync("enrollment-ended", group));
        Assert.Single(await _world.SentAsync("seat-grace-started", group));
        Assert.Equal((1, 1), (await _world.TakenAsync(group), await _world.TakenAsync(other)));
    }

    [Fact]
    public async Task A_group_reclassified_while_both_look_is_told_once_to_each()
    {
        var group = await _world.GroupAsync(10, "skills_education");
        foreach (var member in await MembersAsync(10))
        {
            await EnrolledInAsync(_world.Service.As(member, "member"), group);
        }

        await _world.ChangeAsync(_world.Group(group, 10, version: 2));

        await _world.QuietAsync();
        await Eventually.Async(async () => (await _world.SentAsync("enrollment-reconsidered", group)).Count >= 10, () => "not everybody was told");
        await _world.QuietAsync();
        Assert.Equal(10, (await _world.SentAsync("enrollment-reconsidered", group)).Select(m => (Guid)m["enrollmentId"]!).Distinct().Count());
        Assert.Equal(10, (await _world.SentAsync("enrollment-reconsidered", group)).Count);
    }

    private async Task<List<Guid>> MembersAsync(int count)
    {
        var members = new List<Guid>();
        foreach (var batch in Enumerable.Range(0, count).Chunk(10))
        {
            members.AddRange((await Task.WhenAll(batch.Select(_ => _world.MemberInAsync("FL")))).Select(m => m.Id));
        }

        return members;
    }

    // One event and one record for each stay, whoever did it.
    private async Task OnceAsync(int released, int offered)
    {
        var (gone, offers) = (await _world.SentAsync("seat-released"), await _world.SentAsync("waitlist-offered"));
        Assert.Equal((released, released), (gone.Count, gone.Select(m => (Guid)m["enrollmentId"]!).Distinct().Count()));
        Assert.Equal((offered, offered), (offers.Count, offers.Select(m => (Guid)m["enrollmentId"]!).Distinct().Count()));
        Assert.Equal((long)offered, await _world.AskAsync<long>("select count(*) from audit_entries where act = 'waitlist.offered'"));
    }
}
