using System.Text.Json.Nodes;
using GroupTherapy.Tests.Support;

namespace GroupTherapy.History;

/// <summary>A room full of recorded people who talk: to everyone, to the facilitators, among the facilitators, and facilitators to one member alone.</summary>
public sealed class Party : IAsyncDisposable
{
    private readonly HistoryFile _history;
    private readonly Random _random;
    private readonly CancellationTokenSource _quiet = new();
    private readonly Dictionary<string, Account> _accounts = [];
    private readonly List<Task> _talking = [];
    private readonly List<Guest> _gone = [];
    private volatile List<Guest> _members = [];
    private Guid _group;

    private Party(HistoryFile history, string name, int seed) => (_history, Name, _random) = (history, name, new Random(seed));

    public string Name { get; }

    public Scene Scene { get; private set; } = null!;

    /// <summary>The lead first.</summary>
    public List<Guest> Staff { get; } = [];

    /// <summary>Those who were not made to leave.</summary>
    public IReadOnlyList<Guest> Members => _members;

    public Guest Lead => Staff[0];

    private IEnumerable<Guest> Present => Staff.Concat(Members);

    /// <param name="leadHub">The way of the lead to the hub, where it is not the gateway.</param>
    public static async Task<Party> GatherAsync(
        Site site,
        HistoryFile history,
        string name,
        int seed,
        Account operators,
        bool withCo,
        int members,
        Uri? leadHub
    )
    {
        var party = new Party(history, name, seed);
        List<Account> staff = [await Account.NewFacilitatorAsync(site, operators)];
        if (withCo)
        {
            staff.Add(await Account.NewFacilitatorAsync(site, operators));
        }

        var session = await party.OpenGroupAsync(operators, staff, members);
        party.Scene = new Scene(history, session);
        party.Staff.AddRange(staff.Select((account, n) => party.Person($"{name}-{(n == 0 ? "lead" : "co")}", account, null, n == 0 ? leadHub : null)));
        var made = await Task.WhenAll(Enumerable.Range(0, members).Select(_ => Account.NewMemberAsync(site)));
        foreach (var account in made)
        {
            var reserved = await account.DoAsync(HttpMethod.Post, "/api/enrollments", new { groupId = party._group });
            await account.DoAsync(HttpMethod.Post, $"/api/enrollments/{reserved["id"]}/confirm", new { consents = Consents(reserved) });
            party._members.Add(party.Person($"{name}-m{party.Members.Count}", account, "US-NY", null));
        }

        return party;
    }

    public static object[] Consents(JsonNode reserved) =>
        [.. reserved["consents"]!.AsArray().Select(c => (object)new { document = (string)c!["document"]!, version = (int)c["version"]! })];

    /// <summary>Everybody comes, the session begins, and they talk.</summary>
    public async Task BeginAsync()
    {
        foreach (var guest in Present)
        {
            guest.Arrive();
        }

        await Task.WhenAll(Present.Select(g => g.HasEnteredAsync()));
        await Lead.ActAsync("Open");
        await Lead.ActAsync("AdmitAll");
        await Task.WhenAll(Members.Select(m => m.IsInAsync()));
        foreach (var guest in Present)
        {
            _talking.Add(Task.Run(() => TalkAsync(guest, new Random(_random.Next()))));
        }
    }

    /// <summary>A member posts, and a facilitator is shown it.</summary>
    public async Task<bool> IsHeardAsync()
    {
        var (cid, acknowledged) = await Members[0].SayAsync(Scene.Everyone, TimeSpan.FromSeconds(2), once: true);
        if (!acknowledged)
        {
            return false;
        }

        try
        {
            await Eventually.Async(() => Staff.All(s => s.HasSeen(cid)), () => $"{cid} was not seen", TimeSpan.FromSeconds(2));
            return true;
        }
        catch (TimeoutException)
        {
            return false;
        }
    }

    /// <summary>Removes the last member, and returns with the acknowledgement.</summary>
    public async Task RemoveOneAsync()
    {
        var member = TakeLast();
        if (await Lead.ActAsync("Remove", new { participantId = member.ParticipantId, reason = "recorded" }) is null)
        {
            Scene.Removed(member.Name, $"removed-{member.Name}", Scene.Room, Scene.PrivateOf(member.ParticipantId));
        }
    }

    /// <summary>Sends a member to the waiting room and lets them in again.</summary>
    public async Task SendOutAndLetInAsync()
    {
        var member = Members[1];
        if (await Lead.ActAsync("SendToWaiting", new { participantId = member.ParticipantId }) is not null)
        {
            return;
        }

        Scene.Removed(member.Name, $"waits-{member.Name}", Scene.Room);
        await Lead.SayAsync(Scene.Everyone);
        Scene.LetsInAgain(member.Name);
        string? refused = "";
        await Eventually.Async(
            async () => (refused = await Lead.ActAsync("Admit", new { participantId = member.ParticipantId })) is null,
            () => $"{member.Name} was not let in again: {refused}",
            TimeSpan.FromSeconds(60)
        );
        await member.IsInAsync();
    }

    /// <summary>The last member gives the seat in the group back; the room lets them go and stays shut.</summary>
    public async Task LeaveGroupAsync()
    {
        var member = TakeLast();
        var account = _accounts[member.Name];
        var mine = (await account.DoAsync(HttpMethod.Get, "/api/me/enrollments"))["items"]!.AsArray().First(e => (string)e!["status"]! == "enrolled")!;
        await account.DoAsync(HttpMethod.Post, $"/api/enrollments/{mine["id"]}/cancel", new { });
        await Eventually.Async(() => member.Out is not null, () => $"{member.Name} left the group and sits in the room still", TimeSpan.FromSeconds(20));
        Scene.Removed(member.Name, $"left-{member.Name}", Scene.Room, Scene.PrivateOf(member.ParticipantId));
    }

    /// <summary>Stops all posting.</summary>
    public async Task FallSilentAsync()
    {
        await _quiet.CancelAsync();
        await Task.WhenAll(_talking);
    }

    /// <summary>Records the log as it is stored, what everybody saw of it, and ends the session.</summary>
    public async Task EndAsync()
    {
        await FallSilentAsync();
        await Task.WhenAll(Present.Select(g => g.IsInAsync()));
        var logs = new Dictionary<string, List<JsonNode>>();
        foreach (var stream in Scene.Streams)
        {
            logs[stream] = await LogAsync(stream);
        }

        var last = logs[Scene.Room].Max(e => (long)e["seq"]!);
        try
        {
            await Eventually.Async(() => Present.All(g => g.HasSeenUpTo(Scene.Room, last)), () => "", TimeSpan.FromSeconds(10));
        }
        catch (TimeoutException)
        {
            Scene.Oddities.Enqueue($"{Name}: not everybody was shown the room up to {last}");
        }

        foreach (var guest in Present)
        {
            guest.Drain();
        }

        foreach (var (stream, log) in logs)
        {
            _history.Add("final", Scene.Final(stream, log));
        }

        await Lead.ActAsync("End", new { reason = "recorded" });
        await Eventually.Async(() => Scene.Phase == "ended", () => $"nobody of {Name} saw the end");
    }

    public async ValueTask DisposeAsync()
    {
        await FallSilentAsync();
        foreach (var guest in Present.Concat(_gone))
        {
            await guest.DisposeAsync();
        }
    }

    private async Task TalkAsync(Guest guest, Random random)
    {
        while (!_quiet.IsCancellationRequested && guest.Out is null)
        {
            await Pause.ForAsync(random.Next(700, 2200), _quiet.Token);
            var members = _members;
            var to = (random.Next(10), guest.IsStaff) switch
            {
                ( < 6, _) => Scene.Everyone,
                ( < 8, true) => members[random.Next(members.Count)].Name,
                _ => Scene.Facilitators,
            };
            if (!_quiet.IsCancellationRequested && guest.Out is null && guest.IsIn)
            {
                await guest.SayAsync(to);
            }
        }
    }

    // A new list each time: those who talk choose from the one they have.
    private Guest TakeLast()
    {
        var member = _members[^1];
        _gone.Add(member);
        _members = [.. _members[..^1]];
        return member;
    }

    private async Task<List<JsonNode>> LogAsync(string stream)
    {
        var (log, cursor) = (new List<JsonNode>(), "");
        do
        {
            var page = await _accounts[Lead.Name].DoAsync(HttpMethod.Get, $"/api/sessions/{Scene.Session}/events?stream={stream}&limit=500{cursor}");
            log.AddRange(page["items"]!.AsArray().Select(e => e!.DeepClone()));
            cursor = (string?)page["nextCursor"] is { } next ? $"&cursor={Uri.EscapeDataString(next)}" : "";
        } while (cursor.Length > 0);
        return log;
    }

    private async Task<Guid> OpenGroupAsync(Account operators, List<Account> staff, int members)
    {
        var local = TimeZoneInfo.ConvertTime(TimeProvider.System.GetUtcNow().AddMinutes(1), TimeZoneInfo.FindSystemTimeZoneById("America/New_York"));
        var group = await operators.DoAsync(
            HttpMethod.Post,
            "/api/groups",
            new
            {
                practice = "grouport",
                name = $"Recorded {Name}",
                topic = "anxiety",
                serviceClass = "psychotherapy_group",
                capacity = members + 2,
                minimumAge = 18,
                facilitatorId = staff[0].Id,
                coFacilitatorIds = staff.Skip(1).Select(s => s.Id).ToArray(),
                schedule = new
                {
                    startsOn = local.ToString("yyyy-MM-dd"),
                    localTime = local.ToString("HH:mm"),
                    timeZone = "America/New_York",
                    durationMinutes = 90,
                    weeks = (int?)1,
                },
                program = Array.Empty<object>(),
                policies = new { },
            }
        );
        _group = (Guid)group["id"]!;
        var session = await Eventually.ValueAsync(
            async () => (await operators.DoAsync(HttpMethod.Get, $"/api/groups/{_group}/sessions"))["items"]!.AsArray().FirstOrDefault(),
            () => "the session was not materialised"
        );
        return (Guid)session["id"]!;
    }

    private Guest Person(string name, Account account, string? place, Uri? hub)
    {
        _accounts[name] = account;
        return new Guest(Scene, name, () => account.DoorAsync(hub), place);
    }
}
