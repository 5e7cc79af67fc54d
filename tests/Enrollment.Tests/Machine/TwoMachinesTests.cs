using System.Net;
using GroupTherapy.Contracts.Scheduling.V1;
using GroupTherapy.Tests.Support;

namespace GroupTherapy.Enrollment.Tests.Machine;

/// <summary>Crowds before two processes of the service, each a process of its own, on one database.</summary>
[Collection(ApartWorld.OneAtATime)]
public sealed class TwoMachinesTests : IAsyncLifetime
{
    private readonly ApartWorld _world = new();
    private Uri _second = null!;

    public async ValueTask InitializeAsync()
    {
        await _world.InitializeAsync();
        _second = await _world.StartSecondAsync();
    }

    public ValueTask DisposeAsync() => _world.DisposeAsync();

    [Theory]
    [InlineData(200, 5)]
    [InlineData(50, 1)]
    public async Task A_crowd_for_few_seats_is_as_many_seats_and_one_waitlist_of_all_others(int people, int seats)
    {
        var (group, members) = (await GroupAsync(seats), new List<Guid>());
        foreach (var some in Enumerable.Range(0, people).Chunk(20))
        {
            members.AddRange(await Task.WhenAll(some.Select(_ => _world.MemberAsync())));
        }

        var answers = await Task.WhenAll(members.Select((m, n) => AskAsync(m, group, n)));

        Assert.All(answers, a => Assert.Equal(HttpStatusCode.Created, a.Status));
        Assert.Equal(seats, answers.Count(a => (string)a.Body["status"]! == "reserved"));
        Assert.Equal(
            Enumerable.Range(1, people - seats),
            answers.Where(a => (string)a.Body["status"]! == "waitlisted").Select(a => (int)a.Body["waitlistPosition"]!).Order()
        );
        Assert.Equal(members.Order(), (await StaysAsync(group)).Select(s => s.Member).Order());
        Assert.Equal(
            (seats, people - seats),
            ((await StaysAsync(group)).Count(s => s.Status == "reserved"), (await StaysAsync(group)).Count(s => s.Status == "waitlisted"))
        );
        await CountedAsync(group, seats);
    }

    [Fact]
    public async Task Two_hundred_requests_by_one_member_for_the_last_seat_take_it_once()
    {
        var (group, member) = (await GroupAsync(1), await _world.MemberAsync());

        var answers = await Task.WhenAll(Enumerable.Range(0, 200).Select(n => AskAsync(member, group, n)));

        var seat = Assert.Single(answers, a => a.Status == HttpStatusCode.Created);
        Assert.Equal("reserved", (string)seat.Body["status"]!);
        Assert.All(answers.Where(a => a != seat), a => Assert.Equal((HttpStatusCode.Conflict, "already-enrolled"), (a.Status, (string)a.Body["code"]!)));
        Assert.Equal([(member, "reserved")], (await StaysAsync(group)).Select(s => (s.Member, s.Status)));
        await CountedAsync(group, 1);
    }

    private async Task<Guid> GroupAsync(int seats)
    {
        var group = Guid.CreateVersion7();
        await _world.DeliverAsync(new GroupOpened(_world.Group(group, seats), _world.Clock.GetUtcNow()), Guid.CreateVersion7());
        return group;
    }

    private Task<Answered> AskAsync(Guid member, Guid group, int n) =>
        _world.SendAsync(
            member,
            "member",
            HttpMethod.Post,
            "/api/enrollments",
            new { groupId = group },
            $"{Guid.CreateVersion7()}",
            n % 2 == 0 ? null : _second
        );

    private Task<IReadOnlyList<Stay>> StaysAsync(Guid group) =>
        _world.AskAsync<Stay>("select member_id as member, status from enrollments where group_id = @group", new { group });

    // What is counted, and what others are told.
    private async Task CountedAsync(Guid group, int seats)
    {
        Assert.Equal([seats], await _world.AskAsync<int>("select taken from seat_groups where group_id = @group", new { group }));
        await Eventually.Async(
            () =>
                _world.Events.Where(e => e.Kind == "SeatsChanged" && (Guid)e.Body["groupId"]! == group).MaxBy(e => (long)e.Body["version"]!)
                    is { Body: { } last }
                && (int)last["taken"]! == seats
                && _world.Events.Count(e => e.Kind == "SeatReserved" && (Guid)e.Body["groupId"]! == group) == seats,
            () => "others were not told the seats",
            TimeSpan.FromSeconds(30)
        );
    }

    private sealed record Stay(Guid Member, string Status);
}
