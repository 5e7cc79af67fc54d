using GroupTherapy.Host.Engines;
using GroupTherapy.Host.State;
using GroupTherapy.Host.Topology;
using Npgsql;

namespace GroupTherapy.Host.Bringing;

/// <summary>Sees to it that every service has its database and its two roles.</summary>
public static class Databases
{
    public static async Task EnsureAsync(Layout layout, Passwords passwords, CancellationToken ct)
    {
        await using var admin = new NpgsqlConnection(layout.Postgres.Admin.ConnectionString);
        await admin.OpenAsync(ct);
        foreach (var service in Services.WithDatabase)
        {
            await ServiceDatabase.EnsureRolesAsync(admin, service.Name, passwords[$"db/{ServiceDatabase.OwnerRole(service.Name)}"], passwords[$"db/{service.Name}"], ct);
            await ServiceDatabase.EnsureAsync(admin, service.Name, service.Name, ct: ct);
        }

        await using var closed = new NpgsqlCommand("revoke connect on database postgres from public; revoke connect on database template1 from public", admin);
        await closed.ExecuteNonQueryAsync(ct);
    }
}
