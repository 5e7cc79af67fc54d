using System.Text.Json;
using GroupTherapy.Host.Processes;
using GroupTherapy.Tests.Support;
using Npgsql;

namespace GroupTherapy.Load.Rooms;

/// <summary>The plain hub's two processes on the same engines.</summary>
internal sealed class PlainSide : ISide
{
    private readonly List<ServerProcess> _servers = [];
    private readonly bool _store;

    private PlainSide(bool store) => _store = store;

    public string Name => _store ? "plain hub" : "plain, no store";

    public bool HasNoGaps => false;

    public IReadOnlyList<ProcessRef> Processes => [.. _servers.Select(s => s.Process)];

    public static async Task<PlainSide> StartAsync(NpgsqlConnectionStringBuilder admin, RedisEndpoint redis, bool store)
    {
        var side = new PlainSide(store);
        var database = store ? "plain" : "plain_unstored";
        await using var connection = new NpgsqlConnection(admin.ConnectionString);
        await connection.OpenAsync();
        await ExecuteAsync(connection, $"create database {database}");
        var text = new NpgsqlConnectionStringBuilder(admin.ConnectionString) { Database = database, Pooling = true }.ConnectionString;
        await using (var own = new NpgsqlConnection(text))
        {
            await own.OpenAsync();
            await ExecuteAsync(own, PlainHub.Schema);
            await ExecuteAsync(own, "create index on messages (room, id)");
        }

        // What a new web project has.
        var usual = new Dictionary<string, string> { ["DOTNET_gcServer"] = "1", ["DOTNET_gcConcurrent"] = "1" };
        for (var node = 0; node < 2; node++)
        {
            side._servers.Add(
                await ServerProcess.StartAsync(
                    ["GroupTherapy.Load", "plain-hub"],
                    usual,
                    address => JsonSerializer.Serialize(new PlainHub.Settings(address.ToString(), text, redis.Connection, store))
                )
            );
        }

        return side;
    }

    public (Uri Address, string Request, string Enter) Visit(Seat seat, long last)
    {
        var address = _servers[seat.Node].Address;
        return (
            address,
            Upgrade.Request(address, "/hubs/room", null),
            Crowd.Call(
                "Enter",
                new
                {
                    room = $"room-{seat.Room}",
                    person = $"{seat.Room:d8}-0000-7000-8000-{seat.Person:d12}",
                    after = last,
                }
            )
        );
    }

    private static async Task ExecuteAsync(NpgsqlConnection connection, string sql)
    {
        await using var command = new NpgsqlCommand(sql, connection);
        await command.ExecuteNonQueryAsync();
    }
}

/// <summary>The HTTP request that becomes a WebSocket.</summary>
internal static class Upgrade
{
    public static string Request(Uri address, string path, string? token) =>
        $"GET {path} HTTP/1.1\r\nHost: {address.Authority}\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: "
        + $"AAAAAAAAAAAAAAAAAAAAAA==\r\n"
        + (token is null ? "" : $"Authorization: Bearer {token}\r\n")
        + "\r\n";
}
