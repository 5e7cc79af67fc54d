using Npgsql;

namespace GroupTherapy.Host.Engines;

/// <summary>
/// One service's database and its two roles: <c>room_owner</c> owns the schema and migrates it, <c>room</c> runs the service with the rights
/// that the migrations grant. No other service's role may even connect.
/// </summary>
public static class ServiceDatabase
{
    public static string OwnerRole(string service) => $"{service}_owner";

    /// <summary>Makes both roles, or gives them these passwords if they exist.</summary>
    public static async Task EnsureRolesAsync(
        NpgsqlConnection admin,
        string service,
        string ownerPassword,
        string runtimePassword,
        CancellationToken ct = default
    )
    {
        foreach (var (role, password) in new[] { (OwnerRole(service), ownerPassword), (service, runtimePassword) })
        {
            var exists = await ExistsAsync(admin, "select 1 from pg_roles where rolname = $1", role, ct);
            var rights = "login nosuperuser nocreatedb nocreaterole noreplication";
            await RunAsync(admin, $"""{(exists ? "alter" : "create")} role "{role}" {rights} password '{Secret.ScramVerifier(password)}'""", ct);
        }
    }

    /// <summary>Makes the database <paramref name="name"/>, owned by the service's owner role, unless it exists.</summary>
    /// <param name="template">A database to copy; null for an empty one.</param>
    public static async Task EnsureAsync(NpgsqlConnection admin, string service, string name, string? template = null, CancellationToken ct = default)
    {
        if (!await ExistsAsync(admin, "select 1 from pg_database where datname = $1", name, ct))
        {
            await RunAsync(admin, $"""create database "{name}" owner "{OwnerRole(service)}" template "{template ?? "template0"}" """, ct);
        }

        await RunAsync(admin, $"""revoke all on database "{name}" from public; grant connect on database "{name}" to "{service}" """, ct);
    }

    private static async Task<bool> ExistsAsync(NpgsqlConnection admin, string sql, string name, CancellationToken ct)
    {
        await using var command = new NpgsqlCommand(sql, admin);
        command.Parameters.AddWithValue(name);
        return await command.ExecuteScalarAsync(ct) is not null;
    }

    private static async Task RunAsync(NpgsqlConnection admin, string sql, CancellationToken ct)
    {
        await using var command = new NpgsqlCommand(sql, admin) { CommandTimeout = 60 };
        await command.ExecuteNonQueryAsync(ct);
    }
}
