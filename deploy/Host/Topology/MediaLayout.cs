using System.Text.Json.Nodes;
using GroupTherapy.Host.Engines;
using GroupTherapy.Host.Options;
using GroupTherapy.Host.Processes;
using GroupTherapy.Host.State;

namespace GroupTherapy.Host.Topology;

/// <summary>The media servers of a deployment, and Room's settings about them.</summary>
public sealed class MediaLayout
{
    // The first of the UDP ports: a thousand for each of eight media nodes, then those that are relayed from.
    private const string FirstPort = "media";
    private const string Janus = "janus";
    private const string Coturn = "coturn";

    private readonly DataFolder folder;
    private readonly RunOptions options;
    private readonly IReadOnlyList<JanusEngine> nodes = [];
    private readonly CoturnEngine? relay;

    public MediaLayout(DataFolder folder, RunOptions options, Ports ports, Passwords passwords)
    {
        (this.folder, this.options) = (folder, options);
        if (!options.WithMedia)
        {
            return;
        }

        nodes =
        [
            .. Instances(options)
                .Select(n => new JanusEngine(
                    new JanusOptions(
                        folder.PlaceOf(IdOf(n)),
                        $"janus-{n}",
                        options.Media,
                        ports[$"janus-{n}"],
                        ports[$"janus-{n}-admin"],
                        ports[FirstPort] + (n - 1) * JanusEngine.MediaPorts,
                        new JanusSecrets(passwords[$"janus-{n}/api"], passwords[$"janus-{n}/admin"], passwords[$"janus-{n}/room"])
                    )
                )),
        ];
        relay = new CoturnEngine(
            new CoturnOptions(
                folder.PlaceOf(Coturn),
                options.Media,
                ports[Coturn],
                ports[FirstPort] + MediaPorts.Block - CoturnEngine.RelayPorts,
                passwords["turn"],
                options.RelayTls is { } tls ? (tls.Port, tls.Certificate, tls.Key) : null
            )
        );
    }

    public IEnumerable<ProcessPlan> Plans => nodes.Select((node, n) => Plan(node, n + 1)).Concat(relay is null ? [] : [Plan(relay, 1)]);

    /// <summary>The section <c>Media</c> of Room's settings.</summary>
    public JsonObject Settings()
    {
        var media = new JsonObject { ["Address"] = options.Media };
        media["Nodes"] = new JsonArray([
            .. nodes.Select(n =>
                (JsonNode)
                    new JsonObject
                    {
                        ["Name"] = n.Options.Name,
                        ["WebSocket"] = n.WebSocket.ToString(),
                        ["Admin"] = n.Admin.ToString(),
                        ["ApiSecret"] = n.Options.Secrets.Api,
                        ["AdminSecret"] = n.Options.Secrets.Admin,
                        ["RoomKey"] = n.Options.Secrets.Room,
                    }
            ),
        ]);
        if (relay is not null)
        {
            var host = options.Media.Contains(':', StringComparison.Ordinal) ? $"[{options.Media}]" : options.Media;
            var address = $"turn:{host}:{relay.Port}";
            var urls = new JsonArray($"{address}?transport=udp", $"{address}?transport=tcp");
            if (options.RelayTls is { } tls)
            {
                urls.Add($"turns:{tls.Host}:{tls.Port}?transport=tcp");
            }

            media["Turn"] = new JsonObject { ["Secret"] = relay.Options.Secret, ["Urls"] = urls };
        }

        return media;
    }

    /// <summary>Sees to it that the media servers have UDP ports that no other deployment on this machine uses.</summary>
    public static async Task EnsurePortsAsync(DataFolder folder, RunOptions options, Ports ports, CancellationToken ct)
    {
        if (options.WithMedia)
        {
            string[] own = [.. Enumerable.Range(1, 8).Select(IdOf).Append(Coturn).Select(id => folder.PlaceOf(id).Data)];
            await ports.KeepAsync(folder, FirstPort, MediaPorts.Choose(ports[FirstPort], own), ct);
        }
    }

    /// <summary>As <see cref="Layout.PortsOf"/>.</summary>
    public static IEnumerable<(string Port, string PidFile)> PortsOf(DataFolder folder, RunOptions options)
    {
        if (!options.WithMedia)
        {
            yield break;
        }

        foreach (var n in Instances(options))
        {
            yield return ($"janus-{n}", folder.PidOf(IdOf(n)));
            yield return ($"janus-{n}-admin", folder.PidOf(IdOf(n)));
        }

        yield return (Coturn, folder.PidOf(Coturn));
    }

    /// <summary>Of as many nodes as there can be.</summary>
    public static IEnumerable<string> PasswordNames() =>
        Enumerable.Range(1, 8).SelectMany(n => new[] { $"janus-{n}/api", $"janus-{n}/admin", $"janus-{n}/room" }).Append("turn");

    private static IEnumerable<int> Instances(RunOptions options) => Enumerable.Range(1, options.InstancesOf(Janus));

    private static string IdOf(int instance) => ProcessPlan.IdOf(Janus, instance, ProcessKind.Engine);

    private ProcessPlan Plan(IEngine engine, int instance)
    {
        var id = ProcessPlan.IdOf(engine.Name, instance, ProcessKind.Engine);
        return new ProcessPlan
        {
            Name = engine.Name,
            Instance = instance,
            Kind = ProcessKind.Engine,
            Address = engine is CoturnEngine ? $"{options.Media}:{engine.Port}" : $"127.0.0.1:{engine.Port}",
            Stage = Layout.EngineStage,
            PidFile = folder.PidOf(id),
            LogFile = folder.LogOf(id),
            PrepareAsync = engine.PrepareAsync,
            NotReadyAsync = engine.NotReadyAsync,
            StopSteps = engine.StopSteps,
        };
    }
}
