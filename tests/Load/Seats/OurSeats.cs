using System.Net.Http.Headers;
using System.Text.Json;
using GroupTherapy.Contracts.Identity;
using GroupTherapy.Enrollment;
using GroupTherapy.Host.Processes;
using GroupTherapy.Load.Rooms;
using GroupTherapy.Platform.Data;
using GroupTherapy.Platform.Web;
using GroupTherapy.Tests.Support;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.Extensions.Logging;
using Npgsql;

namespace GroupTherapy.Load.Seats;

/// <summary>The real Enrollment service as a process of its own: tokens, profiles, law, seat, record, event.</summary>
internal sealed class OurSeats : ISeats
{
    private readonly TestTokens _tokens = new();
    private readonly Guid _lead = Guid.CreateVersion7();
    private readonly TestDatabase _database;
    private readonly NpgsqlDataSource _source;
    private readonly bool _keys;
    private ServerProcess _server = null!;

    private OurSeats(TestDatabase database, bool keys) => (_database, _source, _keys) = (database, NpgsqlDataSource.Create(database.Owner), keys);

    public string Name => "ours";

    public Uri Address => _server.Address;

    public double Cpu => Machine.Cpu([_server.Process.Pid]);

    /// <param name="keys">Whether requests carry idempotency keys, as those of good clients do.</param>
    /// <param name="seatHold">Seconds that a seat waits for its consents.</param>
    public static async Task<OurSeats> StartAsync(RabbitEndpoint? rabbit, bool keys, int seatHold = 900)
    {
        var side = new OurSeats(
            await TestDatabase.CreateAsync(
                EnrollmentApp.Name,
                owner => Migrator.MigrateAsync(owner, EnrollmentApp.Name, typeof(EnrollmentApp).Assembly, TimeProvider.System),
                durable: true
            ),
            keys
        );
        var published = await side.ServeKeysAsync();
        var (user, password) = rabbit?.Account(EnrollmentApp.Name) ?? ("", "");
        side._server = await ServerProcess.StartAsync(
            ["GroupTherapy.Enrollment"],
            [],
            address =>
                JsonSerializer.Serialize(
                    new
                    {
                        Service = new { Name = EnrollmentApp.Name, Instance = 1 },
                        Urls = address.ToString(),
                        Database = new { Connection = side._database.Runtime },
                        Bus = new
                        {
                            Host = "127.0.0.1",
                            Port = rabbit?.Port ?? 1,
                            Username = user,
                            Password = password,
                        },
                        InternalTokens = new { KeySets = new[] { published } },
                        Times = new { SeatHold = seatHold },
                    }
                )
        );
        await side.RunAsync(
            $"""
            insert into facilitators (id, display_name, profession, location, practices, version, updated_at)
                values ('{side._lead}', 'A facilitator', 'counselor', 'US-FL', array['grouport'], 1, now());
            insert into credentials (id, version, facilitator_id, kind, jurisdiction, type, status, valid_from, valid_to, encumbered, recorded_at, recorded_by)
            select gen_random_uuid(), 1, '{side._lead}', 'licence', place, type, 'active', '2018-01-01', '2099-12-31', false, now(), 'load'
                from (values ('US-FL', 'LMHC'), ('US-NY', 'LMHC'), ('US-NJ', 'LPC')) l (place, type)
            """
        );
        return side;
    }

    public async Task<Guid[]> OpenAsync(int groups, int seats)
    {
        var ids = Ids(groups);
        await RunAsync(
            """
            insert into seat_groups (group_id, practice, name, service_class, minimum_age, part2, intake_first, lead_id, co_ids, closed, group_version,
                capacity)
            select id, 'grouport', 'A group', 'psychotherapy_group', 18, false, false, $2, '{}', false, 1, $3 from unnest($1) id
            """,
            ids,
            _lead,
            seats
        );
        return ids;
    }

    public async Task<byte[][]> RequestsAsync(Guid[] groups, int askers)
    {
        var members = await MembersAsync(askers);
        return
        [
            .. members
                .AsParallel()
                .AsOrdered()
                .Select(
                    (member, n) =>
                        Asker.Post(
                            Address,
                            "/api/enrollments",
                            Token(member),
                            _keys ? member.ToString() : null,
                            $$"""{"groupId":"{{groups[n % groups.Length]}}"}"""
                        )
                ),
        ];
    }

    /// <summary>People who live in Florida and have told what a profile asks.</summary>
    public async Task<Guid[]> MembersAsync(int count)
    {
        var members = Ids(count);
        await RunAsync(
            """
            insert into members (id, legal_name, date_of_birth, phone, contact_name, contact_phone, contact_relation, updated_at)
            select id, 'Somebody', '1990-05-05', '1', 'A', '1', 'friend', now() from unnest($1) id
            """,
            members
        );
        await RunAsync(
            "insert into residences (id, member_id, jurisdiction, recorded_at, recorded_by) select gen_random_uuid(), id, 'US-FL', now(), 'load' "
                + "from unnest($1) id",
            members
        );
        return members;
    }

    public string Token(Guid member) => _tokens.For(EnrollmentApp.Name, member, [Roles.Member], ["grouport"]);

    public HttpClient As(Guid member)
    {
        var http = new HttpClient { BaseAddress = Address };
        http.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", Token(member));
        return http;
    }

    public async Task<long> SeatedAsync(Guid[] groups)
    {
        await using var command = _source.CreateCommand(
            "select count(*) from enrollments where group_id = any($1) and status in ('reserved', 'offered', 'enrolled')"
        );
        command.Parameters.AddWithValue(groups);
        return (long)(await command.ExecuteScalarAsync())!;
    }

    public async Task<long> OversoldAsync()
    {
        await using var command = _source.CreateCommand(
            """
            select coalesce(sum(greatest(s.seated - g.capacity, 0) + abs(s.seated - g.taken)), 0)::bigint
            from seat_groups g join lateral (select count(*) as seated from enrollments e where e.group_id = g.group_id
                and e.status in ('reserved', 'offered', 'enrolled')) s on true
            """
        );
        return (long)(await command.ExecuteScalarAsync())!;
    }

    // Messages and links that a round left behind must not weigh on the next one's side.
    public async Task SettleAsync()
    {
        await using var command = _source.CreateCommand(
            "select (select count(*) from audit_pending) + (select count(*) from outbox) + (select count(*) "
                + "from due_work where kind like 'coverage.%' and due_at <= now())"
        );
        await Eventually.Async(
            async () => (long)(await command.ExecuteScalarAsync())! == 0,
            () => "outbox, audit chain or coverage are still behind",
            TimeSpan.FromSeconds(120)
        );
        await RunAsync("vacuum analyze");
    }

    public async ValueTask DisposeAsync()
    {
        await Launcher.StopAsync(_server.Process, [(Signal.Terminate, TimeSpan.FromSeconds(5)), (Signal.Kill, TimeSpan.FromSeconds(5))], TimeProvider.System);
        await _source.DisposeAsync();
        await _database.DisposeAsync();
    }

    private async Task RunAsync(string sql, params object[] values)
    {
        await using var command = _source.CreateCommand(sql);
        foreach (var value in values)
        {
            command.Parameters.AddWithValue(value);
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

    private static Guid[] Ids(int count) => [.. Enumerable.Range(0, count).Select(_ => Guid.CreateVersion7())];
}
