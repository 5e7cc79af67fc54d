using GroupTherapy.Host.Engines;
using GroupTherapy.Host.Processes;
using GroupTherapy.Load.Rooms;
using GroupTherapy.Tests.Support;
using Npgsql;

namespace GroupTherapy.Load.Media;

/// <summary>Two processes of Room with two media servers of theirs, and a third one that nothing of ours touches.</summary>
internal sealed class MediaStand : IAsyncDisposable
{
    private readonly OwnEngine<NpgsqlConnectionStringBuilder> _postgres;
    private readonly List<CallPeople> _people = [];

    private MediaStand(
        OwnEngine<NpgsqlConnectionStringBuilder> postgres,
        IReadOnlyList<OwnEngine<JanusEngine>> nodes,
        OwnEngine<JanusEngine> plain,
        OurSide ours
    ) => (_postgres, Nodes, Plain, Ours) = (postgres, nodes, plain, ours);

    public IReadOnlyList<OwnEngine<JanusEngine>> Nodes { get; }

    public OwnEngine<JanusEngine> Plain { get; }

    public OurSide Ours { get; }

    public static async Task<MediaStand> StartAsync(int rooms, int people)
    {
        var postgres = await Engines.OwnPostgresAsync(durable: true);
        var nodes = await Task.WhenAll(MediaEngines.JanusAsync("janus-1"), MediaEngines.JanusAsync("janus-2"));
        var plain = await MediaEngines.JanusAsync("janus-plain");
        var ours = await OurSide.StartAsync(
            postgres.Endpoint,
            await Engines.RedisAsync(),
            await Engines.RabbitAsync(),
            rooms,
            people,
            media: [.. nodes.Select(n => n.Endpoint)]
        );
        return new MediaStand(postgres, nodes, plain, ours);
    }

    /// <summary>A program of its own that plays people.</summary>
    public async Task<CallPeople> PlayersAsync()
    {
        var players = await CallPeople.StartAsync(Ours);
        _people.Add(players);
        return players;
    }

    /// <summary>Which of the two media servers a room is on.</summary>
    public async Task<OwnEngine<JanusEngine>> NodeOfAsync(int room)
    {
        var name = "";
        await Eventually.Async(
            async () => (name = await ReadAsync<string?>("select node from media_rooms where session_id = $1", Ours.SessionOf(room)) ?? "").Length > 0,
            () => "the room has no media server"
        );
        return Nodes.First(n => n.Endpoint.Options.Name == name);
    }

    /// <summary>New rooms come to the first media server alone, or to both.</summary>
    public async Task UseOneNodeAsync(bool only) =>
        await ReadAsync<int>("insert into media_nodes values ('janus-2', $1) on conflict (node) do update set draining = excluded.draining returning 1", only);

    public async Task EndPlayersAsync()
    {
        foreach (var players in _people)
        {
            await players.DisposeAsync();
        }

        _people.Clear();
    }

    public async ValueTask DisposeAsync()
    {
        await EndPlayersAsync();
        foreach (var engine in Nodes.Append(Plain))
        {
            await engine.DisposeAsync();
        }

        await _postgres.DisposeAsync();
    }

    private async Task<T> ReadAsync<T>(string sql, object value)
    {
        await using var source = NpgsqlDataSource.Create(Ours.Database);
        await using var command = source.CreateCommand(sql);
        command.Parameters.AddWithValue(value);
        return (T)(await command.ExecuteScalarAsync())!;
    }
}
