using System.Net.Http.Json;
using System.Text.Json;
using GroupTherapy.Contracts.Enrollment.V1;
using GroupTherapy.Contracts.Identity;
using GroupTherapy.Contracts.Scheduling.V1;
using GroupTherapy.Platform.Data;
using GroupTherapy.Platform.Messaging;
using GroupTherapy.Platform.Time;
using GroupTherapy.Platform.Web;
using GroupTherapy.Room.Consumers;
using GroupTherapy.Tests.Support;
using Microsoft.Extensions.DependencyInjection;

namespace GroupTherapy.Room.Tests;

/// <summary>Two nodes of the real service over one real database and one real Redis. Plans and permits come as their messages do.</summary>
public sealed class RoomWorld : IAsyncDisposable
{
    private readonly TestDatabase? _database;

    private RoomWorld(TestDatabase? database, IReadOnlyList<InProcess> nodes, TestClock clock) => (_database, Nodes, Clock) = (database, nodes, clock);

    public IReadOnlyList<InProcess> Nodes { get; }

    public InProcess A => Nodes[0];

    public InProcess B => Nodes[1];

    public TestClock Clock { get; }

    public Db Db => A.Get<Db>();

    /// <param name="connection">A migrated database of the test's own.</param>
    /// <param name="via">Changes the way to the database of one node, by its number.</param>
    public static async Task<RoomWorld> StartAsync(
        int nodes = 2,
        string? redis = null,
        string? connection = null,
        Func<int, string, string>? via = null,
        params (string Name, string Value)[] settings
    )
    {
        var database = connection is not null
            ? null
            : await TestDatabase.CreateAsync("room", owner => Migrator.MigrateAsync(owner, "room", typeof(RoomApp).Assembly, TimeProvider.System));
        redis ??= (await Engines.RedisAsync()).Connection;
        var (clock, secrets) = (new TestClock(), Engines.Folder("room-secrets"));
        var started = new List<InProcess>();
        for (var n = 0; n < nodes; n++)
        {
            var own = connection ?? database!.Runtime;
            started.Add(await NodeAsync(via is null ? own : via(n, own), redis, secrets, clock, settings));
        }

        return new RoomWorld(database, started, clock);
    }

    public Task<T> ReadAsync<T>(string sql, object? args = null) => Db.FirstOrDefaultAsync<T>(sql, args)!;

    public async Task DeliverAsync<TConsumer, TMessage>(TMessage message, Guid? id = null, int node = 0)
        where TConsumer : TransactionalConsumer<TMessage>
        where TMessage : class
    {
        using var scope = Nodes[node].App.Services.CreateScope();
        await ActivatorUtilities.CreateInstance<TConsumer>(scope.ServiceProvider).DeliverAsync(message, id ?? Guid.CreateVersion7());
    }

    /// <summary>A session that starts in five minutes, with its lobby open, led by somebody new.</summary>
    public async Task<Evening> EveningAsync(int capacity = 10, TimeSpan? startsIn = null, int members = 0)
    {
        var start = (Clock.GetUtcNow() + (startsIn ?? TimeSpan.FromMinutes(5))).ToMicroseconds();
        var plan = new SessionSnapshot(
            Guid.CreateVersion7(),
            Guid.CreateVersion7(),
            "grouport",
            "psychotherapy_group",
            "video",
            start,
            start.AddHours(1),
            "America/New_York",
            Guid.CreateVersion7(),
            [Guid.CreateVersion7()],
            capacity,
            30,
            true,
            false,
            1
        );
        await DeliverAsync<PlanRoomWhenSessionScheduled, SessionScheduled>(new SessionScheduled(plan, Clock.GetUtcNow()));
        var evening = new Evening(this, plan);
        for (var n = 0; n < members; n++)
        {
            await evening.MemberAsync();
        }

        return evening;
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var node in Nodes)
        {
            await node.DisposeAsync();
        }

        if (_database is not null)
        {
            await _database.DisposeAsync();
        }
    }

    private static Task<InProcess> NodeAsync(string connection, string redis, string secrets, TestClock clock, (string Name, string Value)[] settings) =>
        InProcess.StartAsync(
            "room",
            adjust => RoomApp.Build([], adjust),
            connection,
            clock,
            [new("Redis:Connection", redis), new("Secrets:Directory", secrets), .. settings.Select(s => new KeyValuePair<string, string?>(s.Name, s.Value))]
        );
}

/// <summary>One session and its people.</summary>
public sealed class Evening(RoomWorld world, SessionSnapshot plan)
{
    public SessionSnapshot Plan { get; private set; } = plan;

    public Guid Session => Plan.SessionId;

    public Guid Lead => Plan.LeadFacilitatorId;

    public Guid Co => Plan.CoFacilitatorIds[0];

    public List<Guid> Members { get; } = [];

    public RoomWorld World => world;

    /// <summary>A member with a permit: allowed in US-FL and US-NY, denied in US-GA, on hold in US-NJ, denied when nothing is known.</summary>
    public async Task<Guid> MemberAsync()
    {
        var member = Guid.CreateVersion7();
        Members.Add(member);
        await PermitAsync(member, 1);
        return member;
    }

    public PermitChanged Permit(Guid member, long version, bool withdrawn = false, string florida = "allow", DateTimeOffset? until = null) =>
        new(
            member,
            member,
            member,
            Plan.GroupId,
            Session,
            version,
            withdrawn,
            world.Clock.GetUtcNow(),
            1,
            new string('a', 64),
            "test-1",
            [
                new PermitReason("ROUTE_LICENCE", "route", "Your facilitator is licensed in {place}.", "Law 1"),
                new PermitReason("LOCATION_NOT_AUTHORISED", "location", "Nobody here may treat you in {place}.", "Law 2"),
                new PermitReason("LOCATION_UNKNOWN", "location", "We need to know where you are.", "Law 3"),
                new PermitReason("LOCATION_CONTRADICTION", "location", "A person must look at this.", "Law 4"),
                new PermitReason("REJOIN_WITHIN_GRACE", "location", "You were here a moment ago.", "Law 5"),
            ],
            withdrawn
                ? []
                :
                [
                    new PermitPlace("US-FL", "Florida", florida, [florida == "allow" ? 0 : 1], [], [], until),
                    new PermitPlace("US-NY", "New York", "allow", [0], [], [], null),
                    new PermitPlace("US-GA", "Georgia", "deny", [1], [], ["skills_education"], null),
                    new PermitPlace("US-NJ", "New Jersey", "hold", [3], [], [], null),
                    new PermitPlace("UNKNOWN", "an unknown place", "deny", [2], [], [], null),
                    new PermitPlace("FOREIGN", "another country", "deny", [1], [], [], null),
                ]
        );

    public Task PermitAsync(Guid member, long version, bool withdrawn = false, string florida = "allow", DateTimeOffset? until = null, int node = 0) =>
        world.DeliverAsync<ApplyPermitWhenPermitChanged, PermitChanged>(Permit(member, version, withdrawn, florida, until), node: node);

    public string[] RolesOf(Guid account) => account == Lead || account == Co ? [Roles.Facilitator] : [Roles.Member];

    public async Task<HttpResponseMessage> AskAsync(Guid account, object? body = null, InProcess? node = null, string[]? roles = null)
    {
        using var http = (node ?? world.A).As(account, roles ?? RolesOf(account));
        return await http.PostAsJsonAsync($"/api/sessions/{Session}/join", body ?? new { location = new { jurisdiction = "US-FL" } });
    }

    public async Task<string> TicketAsync(Guid account, object? body = null, InProcess? node = null)
    {
        var answer = await AskAsync(account, body, node);
        var json = await answer.Content.ReadFromJsonAsync<JsonElement>();
        return answer.IsSuccessStatusCode
            ? json.GetProperty("ticket").GetString()!
            : throw new InvalidOperationException($"join: {(int)answer.StatusCode} {json}");
    }

    public Task<RoomClient> ConnectAsync(Guid account, InProcess? node = null, Guid? signIn = null, TimeSpan? signInLasts = null, string[]? roles = null) =>
        RoomClient.ConnectAsync(
            (node ?? world.A).Address,
            (node ?? world.A).Tokens.For("room", account, roles ?? RolesOf(account), ["grouport"], signIn, signInLasts),
            Session
        );

    /// <summary>Joins and enters.</summary>
    public async Task<RoomClient> EnterAsync(
        Guid account,
        InProcess? node = null,
        object? cursors = null,
        Guid? signIn = null,
        TimeSpan? signInLasts = null,
        object? body = null
    )
    {
        var ticket = await TicketAsync(account, body, node);
        var client = await ConnectAsync(account, node, signIn, signInLasts);
        await client.EnterAsync(ticket, cursors);
        return client;
    }

    /// <summary>A live session with its lead and members in it, members by turns on the second node and the first.</summary>
    public async Task<(RoomClient Lead, RoomClient[] Members)> LiveAsync(int members)
    {
        var lead = await EnterAsync(Lead);
        await lead.CallAsync("Open");
        var clients = new List<RoomClient>();
        for (var n = 0; n < members; n++)
        {
            clients.Add(await EnterAsync(await MemberAsync(), world.Nodes[(n + 1) % world.Nodes.Count]));
        }

        await lead.CallAsync("AdmitAll");
        foreach (var client in clients)
        {
            await client.SeesAsync("room", "participant.joined");
        }

        return (lead, [.. clients]);
    }

    public async Task<(int Status, string Code)> RefusedAsync(Guid account, object? body = null, InProcess? node = null, string[]? roles = null)
    {
        var answer = await AskAsync(account, body, node, roles);
        var json = await answer.Content.ReadFromJsonAsync<JsonElement>();
        return ((int)answer.StatusCode, json.TryGetProperty("code", out var code) ? code.GetString()! : "");
    }

    public void Replan(SessionSnapshot plan) => Plan = plan;
}

/// <summary>Waiting for what a client must see.</summary>
public static class Seeing
{
    public static Task SeesAsync(this RoomClient client, string stream, string kind) =>
        Eventually.Async(() => client.Kinds(stream).Contains(kind), () => $"{kind} was not seen in {stream}; seen: {string.Join(' ', client.Kinds(stream))}");

    public static Task ReadsAsync(this RoomClient client, string stream, string text) =>
        Eventually.Async(
            () => client.Texts(stream).Contains(text),
            () => $"'{text}' was not read in {stream}; read: {string.Join(" | ", client.Texts(stream))}"
        );

    /// <summary>Waits until a waiting participant is told a text with these words.</summary>
    public static Task ReadsWaitingAsync(this RoomClient client, string words) =>
        Eventually.Async(
            () =>
                client
                    .Of(client.Own)
                    .Any(e =>
                        e.GetProperty("kind").GetString() == "participant.waiting"
                        && e.GetProperty("data").GetProperty("text").GetString()!.Contains(words, StringComparison.Ordinal)
                    ),
            () => $"who waits was never told \"{words}\""
        );

    public static Task IsEndedAsync(this RoomClient client, string reason, TimeSpan? within = null) =>
        Eventually.Async(
            () => client.EndedReason == reason && client.IsClosed,
            () => $"the connection did not end with {reason}; ended: {client.EndedReason}, closed: {client.IsClosed}",
            within
        );
}
