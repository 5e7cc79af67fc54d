using System.Text.Json;
using GroupTherapy.Host.Processes;
using GroupTherapy.Load.Rooms;
using GroupTherapy.Tests.Support;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Npgsql;

namespace GroupTherapy.Load.Seats;

/// <summary>
/// The obvious ways to give a seat away, each one request and one transaction: EF Core that locks the group's row, the same in plain SQL, and one conditional
/// statement.
/// They know no sign-in, no law, no record, no event and no repeated request; a reservation is one row.
/// </summary>
internal static class PlainSeatServer
{
    public const string Schema = """
        create table groups (id uuid primary key, capacity integer not null, taken integer not null);
        create table reservations (id uuid primary key, group_id uuid not null references groups (id), member_id uuid not null,
            held_until timestamptz not null, unique (group_id, member_id))
        """;

    public sealed record Settings(string Urls, string Database);

    public sealed record Ask(Guid GroupId, Guid MemberId);

    public static async Task<int> RunAsync(string[] args)
    {
        var settings = JsonSerializer.Deserialize<Settings>(await File.ReadAllTextAsync(Environment.GetEnvironmentVariable("GT_SETTINGS")!))!;
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders().AddConsole().SetMinimumLevel(LogLevel.Warning);
        builder.WebHost.UseUrls(settings.Urls);
        builder.Services.AddSingleton(NpgsqlDataSource.Create(settings.Database)).AddSingleton(TimeProvider.System);
        builder.Services.AddDbContextPool<Seats>((services, options) => options.UseNpgsql(services.GetRequiredService<NpgsqlDataSource>()));
        var app = builder.Build();
        app.MapGet("/health/ready", () => "ready");
        app.MapPost("/ef", ByEntityFrameworkAsync);
        app.MapPost("/lock", ByLockAsync);
        app.MapPost("/statement", ByStatementAsync);
        await app.RunAsync();
        return 0;
    }

    private static async Task<IResult> ByEntityFrameworkAsync(Ask ask, Seats seats, TimeProvider clock)
    {
        await using var transaction = await seats.Database.BeginTransactionAsync();
        var group = await seats.Groups.FromSql($"select * from groups where id = {ask.GroupId} for update").SingleAsync();
        if (group.Taken >= group.Capacity)
        {
            return None;
        }

        group.Taken++;
        var reservation = new Reservation
        {
            Id = Guid.CreateVersion7(),
            GroupId = ask.GroupId,
            MemberId = ask.MemberId,
            HeldUntil = clock.GetUtcNow().AddMinutes(15),
        };
        seats.Reservations.Add(reservation);
        await seats.SaveChangesAsync();
        await transaction.CommitAsync();
        return Reserved(reservation.Id);
    }

    private static async Task<IResult> ByLockAsync(Ask ask, NpgsqlDataSource database, TimeProvider clock)
    {
        await using var connection = await database.OpenConnectionAsync();
        await using var transaction = await connection.BeginTransactionAsync();
        await using (
            var read = new NpgsqlCommand("select taken < capacity from groups where id = $1 for update", connection, transaction)
            {
                Parameters = { new() { Value = ask.GroupId } },
            }
        )
        {
            if (await read.ExecuteScalarAsync() is not true)
            {
                return None;
            }
        }

        var id = Guid.CreateVersion7();
        await using (
            var take = new NpgsqlCommand("update groups set taken = taken + 1 where id = $1", connection, transaction)
            {
                Parameters = { new() { Value = ask.GroupId } },
            }
        )
        {
            await take.ExecuteNonQueryAsync();
        }

        await using (var insert = new NpgsqlCommand("insert into reservations values ($1, $2, $3, $4)", connection, transaction))
        {
            Fill(insert, id, ask, clock);
            await insert.ExecuteNonQueryAsync();
        }

        await transaction.CommitAsync();
        return Reserved(id);
    }

    private static async Task<IResult> ByStatementAsync(Ask ask, NpgsqlDataSource database, TimeProvider clock)
    {
        var id = Guid.CreateVersion7();
        await using var command = database.CreateCommand(
            """
            with taken as (update groups set taken = taken + 1 where id = $2 and taken < capacity returning id)
            insert into reservations (id, group_id, member_id, held_until) select $1, id, $3, $4 from taken
            """
        );
        Fill(command, id, ask, clock);
        return await command.ExecuteNonQueryAsync() == 1 ? Reserved(id) : None;
    }

    private static void Fill(NpgsqlCommand command, Guid id, Ask ask, TimeProvider clock)
    {
        foreach (object value in new object[] { id, ask.GroupId, ask.MemberId, clock.GetUtcNow().UtcDateTime.AddMinutes(15) })
        {
            command.Parameters.Add(new NpgsqlParameter { Value = value });
        }
    }

    private static IResult None => Results.Text("{}", "application/json", statusCode: 409);

    private static IResult Reserved(Guid id) => Results.Text($$"""{"id":"{{id}}","status":"reserved"}""", "application/json", statusCode: 201);

    internal sealed class Seats(DbContextOptions<Seats> options) : DbContext(options)
    {
        public DbSet<Group> Groups => Set<Group>();

        public DbSet<Reservation> Reservations => Set<Reservation>();

        protected override void OnModelCreating(ModelBuilder modelBuilder)
        {
            modelBuilder.Entity<Group>(g =>
            {
                g.ToTable("groups");
                g.Property(x => x.Id).HasColumnName("id");
                g.Property(x => x.Capacity).HasColumnName("capacity");
                g.Property(x => x.Taken).HasColumnName("taken");
            });
            modelBuilder.Entity<Reservation>(r =>
            {
                r.ToTable("reservations");
                r.Property(x => x.Id).HasColumnName("id").ValueGeneratedNever();
                r.Property(x => x.GroupId).HasColumnName("group_id");
                r.Property(x => x.MemberId).HasColumnName("member_id");
                r.Property(x => x.HeldUntil).HasColumnName("held_until");
            });
        }
    }

    internal sealed class Group
    {
        public Guid Id { get; set; }

        public int Capacity { get; set; }

        public int Taken { get; set; }
    }

    internal sealed class Reservation
    {
        public Guid Id { get; set; }

        public Guid GroupId { get; set; }

        public Guid MemberId { get; set; }

        public DateTimeOffset HeldUntil { get; set; }
    }
}

/// <summary>One obvious way, served by a process that all of them share.</summary>
internal sealed class PlainSeats : ISeats
{
    private readonly ServerProcess _server;
    private readonly NpgsqlDataSource _source;
    private readonly string _path;

    private PlainSeats(string name, string path, ServerProcess server, NpgsqlDataSource source) =>
        (Name, _path, _server, _source) = (name, path, server, source);

    public string Name { get; }

    public Uri Address => _server.Address;

    public double Cpu => Machine.Cpu([_server.Process.Pid]);

    public static async Task<IReadOnlyList<PlainSeats>> StartAsync(NpgsqlConnectionStringBuilder admin)
    {
        await using (var first = NpgsqlDataSource.Create(admin))
        {
            await using var create = first.CreateCommand("create database plain_seats");
            await create.ExecuteNonQueryAsync();
        }

        var database = new NpgsqlConnectionStringBuilder(admin.ConnectionString) { Database = "plain_seats", Pooling = true }.ConnectionString;
        var source = NpgsqlDataSource.Create(database);
        await using (var schema = source.CreateCommand(PlainSeatServer.Schema))
        {
            await schema.ExecuteNonQueryAsync();
        }

        // What a new web project has.
        var usual = new Dictionary<string, string> { ["DOTNET_gcServer"] = "1", ["DOTNET_gcConcurrent"] = "1" };
        var server = await ServerProcess.StartAsync(
            ["GroupTherapy.Load", "plain-seats"],
            usual,
            address => JsonSerializer.Serialize(new PlainSeatServer.Settings(address.ToString(), database))
        );
        return
        [
            new("EF Core, for update", "/ef", server, source),
            new("SQL, for update", "/lock", server, source),
            new("one statement", "/statement", server, source),
        ];
    }

    public async Task<Guid[]> OpenAsync(int groups, int seats)
    {
        Guid[] ids = [.. Enumerable.Range(0, groups).Select(_ => Guid.CreateVersion7())];
        await using var command = _source.CreateCommand("insert into groups select id, $2, 0 from unnest($1) id");
        command.Parameters.AddWithValue(ids);
        command.Parameters.AddWithValue(seats);
        await command.ExecuteNonQueryAsync();
        return ids;
    }

    public Task<byte[][]> RequestsAsync(Guid[] groups, int askers) =>
        Task.FromResult<byte[][]>([
            .. Enumerable
                .Range(0, askers)
                .Select(n =>
                    Asker.Post(Address, _path, "none", null, $$"""{"groupId":"{{groups[n % groups.Length]}}","memberId":"{{Guid.CreateVersion7()}}"}""")
                ),
        ]);

    public async Task<long> SeatedAsync(Guid[] groups)
    {
        await using var command = _source.CreateCommand("select count(*) from reservations where group_id = any($1)");
        command.Parameters.AddWithValue(groups);
        return (long)(await command.ExecuteScalarAsync())!;
    }

    public async Task<long> OversoldAsync()
    {
        await using var command = _source.CreateCommand(
            """
            select coalesce(sum(greatest(s.seated - g.capacity, 0) + abs(s.seated - g.taken)), 0)::bigint
            from groups g join lateral (select count(*) as seated from reservations r where r.group_id = g.id) s on true
            """
        );
        return (long)(await command.ExecuteScalarAsync())!;
    }

    public async Task SettleAsync()
    {
        await using var command = _source.CreateCommand("vacuum analyze");
        await command.ExecuteNonQueryAsync();
    }

    public ValueTask DisposeAsync() => _source.DisposeAsync();
}
