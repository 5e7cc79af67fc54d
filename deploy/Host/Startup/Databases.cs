using GroupTherapy.Host.Engines;
using GroupTherapy.Host.State;
using GroupTherapy.Host.Topology;
using Npgsql;

namespace GroupTherapy.Host.Startup;

/// <summary>Creates each service's database and its two roles.</summary>
public static class Databases
{
    public static async Task EnsureAsync(Layout layout, Passwords passwords, CancellationToken ct)
    {
        await using var admin = new NpgsqlConnection(layout.Postgres.Admin.ConnectionString);
        await admin.OpenAsync(ct);
        foreach (var service in Services.WithDatabase)
        {
            await ServiceDatabase.EnsureRolesAsync(
                admin,
                service.Name,
                passwords[$"db/{ServiceDatabase.OwnerRole(service.Name)}"],
                passwords[$"db/{service.Name}"],
                ct
            );
            await ServiceDatabase.EnsureAsync(admin, service.Name, service.Name, ct: ct);
        }

        await using var closed = new NpgsqlCommand("revoke connect on database postgres from public; revoke connect on database template1 from public", admin);
        await closed.ExecuteNonQueryAsync(ct);
    }

    /// <summary>
    /// The mark last written on each database by <see cref="MarkAsync"/>. The mark lies with the data and is restored with it, so that a start
    /// can report whether this very release has migrated this very database.
    /// </summary>
    public static async Task<IReadOnlyDictionary<string, string>> MarksAsync(Layout layout, CancellationToken ct)
    {
        var marks = new Dictionary<string, string>();
        await using var admin = new NpgsqlConnection(layout.Postgres.Admin.ConnectionString);
        await admin.OpenAsync(ct);
        await using var command = new NpgsqlCommand("select datname, shobj_description(oid, 'pg_database') from pg_database", admin);
        await using var reader = await command.ExecuteReaderAsync(ct);
        while (await reader.ReadAsync(ct))
        {
            marks[reader.GetString(0)] = await reader.IsDBNullAsync(1, ct) ? "" : reader.GetString(1);
        }

        return marks;
    }

    /// <param name="mark">Letters, digits, blanks.</param>
    public static async Task MarkAsync(Layout layout, string database, string mark, CancellationToken ct)
    {
        await using var admin = new NpgsqlConnection(layout.Postgres.Admin.ConnectionString);
        await admin.OpenAsync(ct);
        await using var command = new NpgsqlCommand($"""comment on database "{database}" is '{mark}'""", admin);
        await command.ExecuteNonQueryAsync(ct);
    }
}
