using GroupTherapy.Host.Engines;

namespace GroupTherapy.Tests.Support;

/// <summary>Private media servers of a test, on loopback with ports of their own.</summary>
public static class MediaEngines
{
    // Above the ports that other engines take; each server a block of its own, by chance.
    private const int FirstBlock = 33000;
    private const int Blocks = 25;
    private static int next = Random.Shared.Next(Blocks);

    public static Task<OwnEngine<JanusEngine>> JanusAsync(string name = "janus-1")
    {
        var engine = new JanusEngine(
            new JanusOptions(
                EnginePlace.Under(Engines.Folder(name), "janus"),
                name,
                "127.0.0.1",
                Engines.FreePort(),
                Engines.FreePort(),
                Block(),
                new JanusSecrets(Secret.New(), Secret.New(), Secret.New())
            )
        );
        return OwnEngine<JanusEngine>.StartAsync([engine], engine, TimeProvider.System);
    }

    public static Task<OwnEngine<CoturnEngine>> CoturnAsync()
    {
        var engine = new CoturnEngine(
            new CoturnOptions(EnginePlace.Under(Engines.Folder("coturn"), "coturn"), "127.0.0.1", Engines.FreePort(), Block(), Secret.New())
        );
        return OwnEngine<CoturnEngine>.StartAsync([engine], engine, TimeProvider.System);
    }

    /// <summary>Room's settings for these servers.</summary>
    public static (string Name, string Value)[] Settings(IEnumerable<JanusEngine> nodes, CoturnEngine? relay = null)
    {
        var settings = nodes.SelectMany(
            (node, n) =>
                new (string, string)[]
                {
                    ($"Media:Nodes:{n}:Name", node.Options.Name),
                    ($"Media:Nodes:{n}:WebSocket", node.WebSocket.ToString()),
                    ($"Media:Nodes:{n}:Admin", node.Admin.ToString()),
                    ($"Media:Nodes:{n}:ApiSecret", node.Options.Secrets.Api),
                    ($"Media:Nodes:{n}:AdminSecret", node.Options.Secrets.Admin),
                    ($"Media:Nodes:{n}:RoomKey", node.Options.Secrets.Room),
                }
        );
        return relay is null
            ? [.. settings]
            : [.. settings, ("Media:Turn:Secret", relay.Options.Secret), ("Media:Turn:Urls:0", $"turn:127.0.0.1:{relay.Port}?transport=udp")];
    }

    private static int Block() => FirstBlock + Interlocked.Increment(ref next) % Blocks * JanusEngine.MediaPorts;
}
