using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using GroupTherapy.Contracts.Enrollment.V1;
using GroupTherapy.Contracts.Identity;
using GroupTherapy.Host.Engines;
using GroupTherapy.Host.Processes;
using GroupTherapy.Platform.Data;
using GroupTherapy.Platform.Web;
using GroupTherapy.Room;
using GroupTherapy.Room.Domain;
using GroupTherapy.Room.Storage;
using GroupTherapy.Tests.Support;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.Logging;
using Npgsql;

namespace GroupTherapy.Load.Rooms;

/// <summary>Two processes of the real Room service, with live sessions and everybody's tickets written beforehand.</summary>
internal sealed class OurSide : ISide
{
    private const int TicketsEach = 6;

    // As the service itself is built.
    private static readonly Dictionary<string, string> AsShipped = new() { ["DOTNET_TieredPGO"] = "0", ["DOTNET_TC_QuickJit"] = "0" };
    private readonly List<ServerProcess> _servers = [];
    private readonly TestTokens _tokens = new();
    private readonly Dictionary<Seat, int> _visits = [];
    private readonly Guid[] _sessions;
    private readonly Guid[] _accounts;
    private readonly int _people;
    private readonly bool _stores;
    private string _database = "";
    private string _secrets = "";

    private OurSide(int rooms, int people, bool stores)
    {
        (_people, _stores) = (people, stores);
        _sessions = [.. Enumerable.Range(0, rooms).Select(_ => Guid.CreateVersion7())];
        _accounts = [.. Enumerable.Range(0, rooms * people).Select(_ => Guid.CreateVersion7())];
    }

    public string Name => _stores ? "ours" : "ours, no store";

    public bool HasNoGaps => true;

    public IReadOnlyList<ProcessRef> Processes => [.. _servers.Select(s => s.Process)];

    public IReadOnlyList<ProcessRef> Front => Door is null ? [] : [Door.Process];

    /// <summary>The gateway that people come through, if they do.</summary>
    public FrontDoor? Door { get; private set; }

    /// <param name="stores">Whether what is said is stored; see <see cref="UnstoredRoom"/>.</param>
    /// <param name="beside">Another that has its rooms in the same database.</param>
    /// <param name="media">Media servers of its rooms.</param>
    /// <param name="gateway">The program of the gateway that people come through; null for the nodes themselves.</param>
    public static async Task<OurSide> StartAsync(
        NpgsqlConnectionStringBuilder admin,
        RedisEndpoint redis,
        RabbitEndpoint rabbit,
        int rooms,
        int people,
        bool stores = true,
        OurSide? beside = null,
        string? gateway = null,
        IReadOnlyList<JanusEngine>? media = null
    )
    {
        var side = new OurSide(rooms, people, stores);
        var secrets = beside?._secrets ?? Engines.Folder("room-secrets");
        var database = beside?._database ?? await DatabaseAsync(admin, Secret.New());
        (side._database, side._secrets) = (database, secrets);
        await side.SeedAsync(database, secrets);
        var keys = await side.ServeKeysAsync();
        var door = gateway is null ? null : await FrontDoor.PrepareAsync();
        for (var node = 0; node < 2; node++)
        {
            side._servers.Add(
                await ServerProcess.StartAsync(
                    stores ? ["GroupTherapy.Room"] : ["GroupTherapy.Load", "unstored-room"],
                    stores ? [] : AsShipped,
                    address =>
                        JsonSerializer.Serialize(
                            new
                            {
                                Service = new { Name = "room", Instance = node + 1 },
                                Urls = address.ToString(),
                                Database = new { Connection = database },
                                Redis = new { redis.Connection },
                                Bus = new
                                {
                                    rabbit.Host,
                                    rabbit.Port,
                                    rabbit.Account("room").Username,
                                    rabbit.Account("room").Password,
                                },
                                Secrets = new { Directory = secrets },
                                InternalTokens = new { KeySets = door is null ? new[] { keys } : [keys, door.InternalKeys] },
                                Media = new
                                {
                                    Nodes = (media ?? []).Select(m => new
                                    {
                                        m.Options.Name,
                                        m.WebSocket,
                                        m.Admin,
                                        ApiSecret = m.Options.Secrets.Api,
                                        AdminSecret = m.Options.Secrets.Admin,
                                        RoomKey = m.Options.Secrets.Room,
                                    }),
                                },
                            }
                        )
                )
            );
        }

        if (door is not null)
        {
            await door.StartAsync(gateway!, rabbit, side._servers.Select(s => s.Address));
            side.Door = door;
        }

        return side;
    }

    public string Database => _database;

    public Guid SessionOf(int room) => _sessions[room];

    public Guid ParticipantOf(int room, int person) => _accounts[room * _people + person];

    /// <summary>What a person needs for their next visit, for a client of another kind.</summary>
    public (Uri Address, string Token, string Ticket, Guid Session, Guid Participant) PassOf(Seat seat)
    {
        var account = ParticipantOf(seat.Room, seat.Person);
        var (address, token) = WayIn(seat.Node, account, seat.Person == 0 ? Roles.Facilitator : Roles.Member);
        var who = seat with { Node = 0 };
        var visit = _visits[who] = _visits.GetValueOrDefault(who, -1) + 1;
        return (address, token, Ticket(seat, visit), SessionOf(seat.Room), account);
    }

    public int NodeOf(Seat seat) => Door is null ? seat.Node : Door.NodeOf(_sessions[seat.Room]);

    public (Uri Address, string Request, string Enter) Visit(Seat seat, long last)
    {
        var (address, token, ticket, session, _) = PassOf(seat);
        object? cursors = last > 0 ? new Dictionary<string, long> { [Streams.Room] = last } : null;
        return (address, Upgrade.Request(address, $"/hubs/room?session={session}", token), Crowd.Call("Enter", new { ticket, cursors }));
    }

    /// <summary>
    /// Members with permits, at the door of live sessions of twelve that nobody has joined yet; each of a session goes to another node than the one
    /// before.
    /// </summary>
    public async Task<IReadOnlyList<Visitor>> VisitorsAsync(int count)
    {
        var members = Enumerable.Range(0, count).Select(_ => Guid.CreateVersion7()).ToArray();
        var sessions = Enumerable.Range(0, (count + 11) / 12).Select(_ => Guid.CreateVersion7()).ToArray();
        var places = Enumerable
            .Range(0, 56)
            .Select(n => new PermitPlace(n == 0 ? "US-NY" : $"US-{(char)('A' + n / 26)}{(char)('A' + n % 26)}", "A place", "allow", [0], [], [], null))
            .ToList();
        var permits = members
            .Select(
                (member, n) =>
                    new PermitChanged(
                        member,
                        member,
                        member,
                        sessions[n / 12],
                        sessions[n / 12],
                        1,
                        false,
                        DateTimeOffset.UnixEpoch,
                        1,
                        new string('a', 64),
                        "licensing-1",
                        [new PermitReason("ROUTE_LICENCE", "route", "Your facilitator is licensed in {place}.", "A statute")],
                        places
                    )
            )
            .ToList();
        var keys = new RoomKeys(new ConfigurationBuilder().AddInMemoryCollection([new("Secrets:Directory", _secrets)]).Build());
        await using var source = NpgsqlDataSource.Create(_database);
        await using var command = source.CreateCommand(
            """
            insert into sessions (session_id, group_id, practice, starts_at, ends_at, capacity, retention_days, cancelled,
                plan_version, phase, phase_version, opened_at, wrapped_key)
            select session, session, 'grouport', now() - interval '1 minute', now() + interval '8 hours', 12, 30, false, 1, 'live', 2, now(), key
            from unnest(@sessions, @keys) as s(session, key);
            insert into staff_presence select session, now() + interval '8 hours' from unnest(@sessions) as s(session);
            insert into permits (session_id, member_id, enrollment_id, permit_id, version, withdrawn, body)
            select session, member, member, member, 1, false, body from unnest(@of, @members, @bodies) as p(session, member, body)
            """
        );
        command.Parameters.AddWithValue("sessions", sessions);
        command.Parameters.AddWithValue("keys", sessions.Select(keys.NewWrapped).ToArray());
        command.Parameters.AddWithValue("of", permits.Select(p => p.SessionId).ToArray());
        command.Parameters.AddWithValue("members", members);
        command.Parameters.AddWithValue("bodies", permits.Select(p => JsonSerializer.Serialize(p, MessageTypes.Json)).ToArray());
        await command.ExecuteNonQueryAsync();
        return
        [
            .. permits.Select(
                (p, n) =>
                {
                    var (address, token) = WayIn(n % 2, p.MemberId, Roles.Member);
                    return new Visitor(p.SessionId, address, token);
                }
            ),
        ];
    }

    /// <summary>At a node with the internal token that a gateway would make, or at the gateway with the person's own.</summary>
    private (Uri Address, string Token) WayIn(int node, Guid account, string role) =>
        Door is not null ? (Door.Address, Door.TokenFor(account, role)) : (_servers[node].Address, _tokens.For("room", account, [role], ["grouport"]));

    private string Ticket(Seat seat, int visit) => $"{_sessions[seat.Room]:n}-{seat.Person}-{visit}";

    private static async Task<string> DatabaseAsync(NpgsqlConnectionStringBuilder admin, string password)
    {
        await using var connection = new NpgsqlConnection(admin.ConnectionString);
        await connection.OpenAsync();
        await ServiceDatabase.EnsureRolesAsync(connection, "room", password, password);
        await ServiceDatabase.EnsureAsync(connection, "room", "room");
        string As(string role) =>
            new NpgsqlConnectionStringBuilder
            {
                Host = admin.Host,
                Port = admin.Port,
                Database = "room",
                Username = role,
                Password = password,
                MaxPoolSize = 40,
            }.ConnectionString;
        await Migrator.MigrateAsync(As(ServiceDatabase.OwnerRole("room")), "room", typeof(RoomApp).Assembly, TimeProvider.System);
        return As("room");
    }

    private async Task SeedAsync(string database, string secrets)
    {
        var keys = new RoomKeys(new ConfigurationBuilder().AddInMemoryCollection([new("Secrets:Directory", secrets)]).Build());
        await using var source = NpgsqlDataSource.Create(database);
        await using var command = source.CreateCommand(
            """
            insert into sessions (session_id, group_id, practice, starts_at, ends_at, capacity, retention_days, cancelled,
                plan_version, phase, phase_version, opened_at, wrapped_key)
            select session, session, 'grouport', now() - interval '5 minutes', now() + interval '8 hours', 12, 30, false, 1, 'live', 2, now(), key
            from unnest(@sessions, @keys) as s(session, key);
            insert into staff_presence select session, now() + interval '8 hours' from unnest(@sessions) as s(session);
            insert into participants (session_id, participant_id, account_id, role, alias, admission, present)
            select session, account, account, case when person = 0 then 'lead' else 'member' end, 'Blue Heron ' || person, 'in', true
            from unnest(@rooms, @accounts, @persons) as p(session, account, person);
            insert into session_staff select session, account, 'lead' from unnest(@rooms, @accounts, @persons) as p(session, account, person) where person = 0;
            insert into tickets select hash, session, account, account, now() + interval '8 hours'
            from unnest(@hashes, @ticketRooms, @ticketAccounts) as t(hash, session, account)
            """
        );
        var people = Enumerable.Range(0, _accounts.Length).Select(n => new Seat(n / _people, n % _people, 0)).ToList();
        var tickets = people.SelectMany(seat => Enumerable.Range(0, TicketsEach).Select(visit => (Seat: seat, Ticket: Ticket(seat, visit)))).ToList();
        foreach (
            var (name, value) in new (string, object)[]
            {
                ("sessions", _sessions),
                ("keys", _sessions.Select(keys.NewWrapped).ToArray()),
                ("rooms", people.Select(p => _sessions[p.Room]).ToArray()),
                ("accounts", _accounts),
                ("persons", people.Select(p => p.Person).ToArray()),
                ("hashes", tickets.Select(t => SHA256.HashData(Encoding.UTF8.GetBytes(t.Ticket))).ToArray()),
                ("ticketRooms", tickets.Select(t => _sessions[t.Seat.Room]).ToArray()),
                ("ticketAccounts", tickets.Select(t => _accounts[t.Seat.Room * _people + t.Seat.Person]).ToArray()),
            }
        )
        {
            command.Parameters.AddWithValue(name, value);
        }

        await command.ExecuteNonQueryAsync();
    }

    private async Task<string> ServeKeysAsync()
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        var app = builder.Build();
        app.MapGet("/keys", () => _tokens.Signer.Published());
        await app.StartAsync();
        return $"{app.Urls.First()}/keys";
    }
}
