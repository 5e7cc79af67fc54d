using System.Net;
using GroupTherapy.Contracts.Scheduling.V1;
using GroupTherapy.Tests.Support;

namespace GroupTherapy.Enrollment.Tests.Machine;

/// <summary>Five small groups of one seat, in each of which one thing is about to happen: the acts that a crash interrupts.</summary>
internal sealed class Scenes
{
    public static readonly string[] Names = ["ask", "confirm", "leave", "lapse", "grow"];
    private readonly ApartWorld _world;
    private readonly Dictionary<string, Guid> _groups = Names.ToDictionary(n => n, _ => Guid.CreateVersion7());
    private readonly Dictionary<Guid, string> _people = [];
    private readonly List<(Guid By, string Path, object Body, string Key)> _requests = [];
    private readonly Guid _news = Guid.CreateVersion7();

    private Scenes(ApartWorld world) => _world = world;

    public IEnumerable<Guid> Groups => _groups.Values;

    public static async Task<Scenes> SetAsync(ApartWorld world)
    {
        var scenes = new Scenes(world);
        foreach (var group in scenes.Groups)
        {
            await world.DeliverAsync(new GroupOpened(world.Group(group, 1), world.Clock.GetUtcNow()), Guid.CreateVersion7());
        }

        // The one whose time runs out came ten minutes before the others.
        await scenes.EnterAsync("lapse", "first");
        await scenes.EnterAsync("lapse", "next");
        world.Clock.Set(world.Clock.GetUtcNow() + TimeSpan.FromMinutes(10));
        var confirm = await scenes.EnterAsync("confirm", "first");
        var leave = await scenes.EnterAsync("leave", "first");
        Assert.Equal(
            HttpStatusCode.OK,
            (
                await world.SendAsync(leave.Member, "member", HttpMethod.Post, $"/api/enrollments/{leave.Stay}/confirm", new { consents = ApartWorld.Consents })
            ).Status
        );
        await scenes.EnterAsync("leave", "next");
        await scenes.EnterAsync("grow", "first");
        await scenes.EnterAsync("grow", "next");
        var newcomer = await world.MemberAsync();
        scenes._people[newcomer] = "first";
        scenes._requests.Add((newcomer, "/api/enrollments", new { groupId = scenes._groups["ask"] }, $"{Guid.CreateVersion7()}"));
        scenes._requests.Add((confirm.Member, $"/api/enrollments/{confirm.Stay}/confirm", new { consents = ApartWorld.Consents }, $"{Guid.CreateVersion7()}"));
        scenes._requests.Add((leave.Member, $"/api/enrollments/{leave.Stay}/cancel", new { }, $"{Guid.CreateVersion7()}"));
        await world.SettledAsync();
        return scenes;
    }

    /// <summary>Everything begins at once; the answers of the three requests come when they come.</summary>
    public List<Task<Answered>> Begin()
    {
        _world.Clock.Set(_world.Clock.GetUtcNow() + TimeSpan.FromMinutes(5));
        var asked = _requests.Select(SendAsync).ToList();
        _ = _world.PublishAsync(new GroupChanged(_world.Group(_groups["grow"], 2, version: 2), _world.Clock.GetUtcNow()), _news);
        return asked;
    }

    /// <summary>The three requests, each with its own key.</summary>
    public async Task<IReadOnlyList<Answered>> AskAsync()
    {
        var answers = await Task.WhenAll(_requests.Select(SendAsync));
        Assert.Equal([HttpStatusCode.Created, HttpStatusCode.OK, HttpStatusCode.OK], answers.Select(a => a.Status));
        return answers;
    }

    /// <summary>Returns when the message arrived, nothing is due and everything published was heard.</summary>
    public async Task DoneAsync()
    {
        await Eventually.Async(
            async () => (await _world.AskAsync<int>("select capacity from seat_groups where group_id = @id", new { id = _groups["grow"] }))[0] == 2,
            () => $"the message did not come back; the service said {_world.Said}",
            TimeSpan.FromSeconds(30)
        );
        await _world.SettledAsync();
        await Eventually.Async(async () => (await ViewAsync()).Split('\n').Count(IsEvent) >= 12, () => "not every event was heard");
    }

    public static bool IsEvent(string line) => line.Contains(" event ", StringComparison.Ordinal);

    /// <summary>State, record and events of all five, without ids and times.</summary>
    public async Task<string> ViewAsync()
    {
        var lines = new List<string>();
        foreach (var (name, group) in _groups)
        {
            var stays = await _world.AskAsync<Row>(
                "select id, member_id as member, status, coalesce(end_reason, '') as reason, version from enrollments where group_id = @group",
                new { group }
            );
            var names = stays.ToDictionary(s => s.Id, s => _people[s.Member]);
            lines.AddRange(stays.Select(s => $"{name}: {_people[s.Member]} {s.Status} {s.Reason} version {s.Version}"));
            lines.Add($"{name}: taken {(await _world.AskAsync<int>("select taken from seat_groups where group_id = @group", new { group }))[0]}");
            // Repeated answers are recorded apart from any use case, when the buffer is next written.
            lines.AddRange(
                (
                    await _world.AskAsync<Entry>(
                        "select act, ref from audit_entries where ref = any(@ids) and act <> 'answer.repeated'",
                        new { ids = names.Keys.ToArray() }
                    )
                ).Select(a => $"{name}: audit {a.Act} {names[a.Ref]}")
            );
            lines.AddRange(
                (await _world.AskAsync<Entry>("select what as act, enrollment_id as ref from waitlist_log where group_id = @group", new { group })).Select(a =>
                    $"{name}: log {a.Act} {names[a.Ref]}"
                )
            );
            lines.AddRange(
                _world
                    .Events.Where(e => (Guid)e.Body["groupId"]! == group && e.Kind != "SeatsChanged")
                    .Select(e => $"{name}: event {e.Kind} {names.GetValueOrDefault((Guid)e.Body["enrollmentId"]!, "nobody")} version {e.Body["version"]}")
            );
        }

        return string.Join('\n', lines.Order());
    }

    private async Task<(Guid Member, Guid Stay)> EnterAsync(string scene, string who)
    {
        var member = await _world.MemberAsync();
        _people[member] = who;
        var answer = await _world.SendAsync(member, "member", HttpMethod.Post, "/api/enrollments", new { groupId = _groups[scene] });
        Assert.Equal(HttpStatusCode.Created, answer.Status);
        return (member, (Guid)answer.Body["id"]!);
    }

    private Task<Answered> SendAsync((Guid By, string Path, object Body, string Key) request) =>
        _world.SendAsync(request.By, "member", HttpMethod.Post, request.Path, request.Body, request.Key);

    private sealed record Row(Guid Id, Guid Member, string Status, string Reason, long Version);

    private sealed record Entry(string Act, Guid Ref);
}
