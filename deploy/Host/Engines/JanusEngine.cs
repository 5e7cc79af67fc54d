using System.Net.Http.Json;
using System.Text.Json;
using GroupTherapy.Host.Processes;

namespace GroupTherapy.Host.Engines;

/// <summary>The secrets of one media node. Room alone receives them.</summary>
/// <param name="Api">Opens sessions over the WebSocket API.</param>
/// <param name="Admin">Opens the admin API.</param>
/// <param name="Room">Creates rooms.</param>
public sealed record JanusSecrets(string Api, string Admin, string Room);

/// <param name="Name">The node's name, unique in a deployment.</param>
/// <param name="Address">Where browsers send media. Loopback needs <see cref="LoopbackShim"/>.</param>
/// <param name="Port">The WebSocket API, on loopback.</param>
/// <param name="AdminPort">The admin API, on loopback.</param>
/// <param name="FirstMediaPort">Of the <see cref="JanusEngine.MediaPorts"/> UDP ports for media.</param>
public sealed record JanusOptions(EnginePlace Place, string Name, string Address, int Port, int AdminPort, int FirstMediaPort, JanusSecrets Secrets);

/// <summary>A private Janus, the media server (SFU): the VideoRoom plugin alone, its APIs on loopback, nothing that can record.</summary>
public sealed class JanusEngine(JanusOptions options) : IEngine
{
    public const string User = "janus";

    /// <summary>UDP ports of one node; a person in a call uses two.</summary>
    public const int MediaPorts = 1000;

    public const string Program = "/usr/bin/janus";
    private const string Libraries = "/usr/lib/x86_64-linux-gnu/janus";
    private static readonly HttpClient Client = new() { Timeout = TimeSpan.FromSeconds(2) };

    public string Name => "janus";
    public int Port => options.Port;
    public JanusOptions Options => options;
    public IReadOnlyList<(Signal Signal, TimeSpan Wait)> StopSteps { get; } = [(Signal.Terminate, TimeSpan.FromSeconds(5))];

    public Uri WebSocket => new($"ws://127.0.0.1:{options.Port}/");
    public Uri Admin => new($"http://127.0.0.1:{options.AdminPort}/admin");

    public async Task<LaunchSpec> PrepareAsync(CancellationToken ct)
    {
        if (!File.Exists(Program))
        {
            throw new HostException("Janus is not installed.", "Install it with: apt-get install janus (or start with --no-media)");
        }

        if (SystemUser.CallerIsRoot && !await Tool.SucceedsAsync(["/usr/bin/id", User], ct))
        {
            // The package runs it as root; a media server that faces the network must not be.
            await Tool.RunAsync(["/usr/sbin/useradd", "--system", "--user-group", "--no-create-home", "--shell", "/usr/sbin/nologin", User], ct);
        }

        var folder = await SystemUser.PrivateFolderAsync(options.Place.Data, User, ct);
        await SystemUser.PrivateFolderAsync(Path.Combine(folder, "empty"), User, ct);
        var files = Files(folder);
        foreach (var (name, text) in files)
        {
            await SystemUser.WritePrivateAsync(Path.Combine(folder, name), text, User, ct);
        }

        var shim = LoopbackShim.IsNeeded(options.Address) ? await LoopbackShim.BuildAsync(folder, User, ct) : null;
        return new LaunchSpec
        {
            Program = Program,
            Arguments = ["-F", folder, "-C", Path.Combine(folder, "janus.jcfg"), "--disable-colors"],
            CleanEnvironment = true,
            Environment = shim is null ? new Dictionary<string, string>() : new Dictionary<string, string> { ["LD_PRELOAD"] = shim },
            WorkingFolder = "/",
            User = User,
            LogFile = options.Place.LogFile,
            PidFile = options.Place.PidFile,
            Depends = string.Join('\n', files.Select(f => f.Text)),
        };
    }

    public async Task<string?> NotReadyAsync(CancellationToken ct)
    {
        try
        {
            using var answer = await Client.PostAsJsonAsync(
                Admin,
                new
                {
                    janus = "ping",
                    transaction = "ready",
                    admin_secret = options.Secrets.Admin,
                },
                ct
            );
            var json = await answer.Content.ReadFromJsonAsync<JsonElement>(ct);
            return json.GetProperty("janus").GetString() == "pong" ? null : "Janus does not answer a ping";
        }
        catch (Exception e)
            when (e is HttpRequestException or JsonException or KeyNotFoundException || (e is OperationCanceledException && !ct.IsCancellationRequested))
        {
            return $"Janus does not answer on {Admin}";
        }
    }

    private (string Name, string Text)[] Files(string folder) =>
        [
            (
                "janus.jcfg",
                $$"""
                general: {
                    configs_folder = "{{folder}}"
                    plugins_folder = "{{Libraries}}/plugins"
                    transports_folder = "{{Libraries}}/transports"
                    events_folder = "{{folder}}/empty"
                    loggers_folder = "{{folder}}/empty"
                    log_to_stdout = true
                    debug_level = 3
                    debug_timestamps = true
                    debug_colors = false
                    api_secret = "{{options.Secrets.Api}}"
                    token_auth = false
                    admin_secret = "{{options.Secrets.Admin}}"
                    server_name = "{{options.Name}}"
                    session_timeout = {{SessionSeconds}}
                    reclaim_session_timeout = {{SessionSeconds}}
                    candidates_timeout = 45
                    interface = "{{options.Address}}"
                    hide_dependencies = true
                }
                certificates: { }
                media: {
                    ipv6 = {{(options.Address.Contains(':', StringComparison.Ordinal) ? "true" : "false")}}
                    rtp_port_range = "{{options.FirstMediaPort}}-{{options.FirstMediaPort + MediaPorts - 1}}"
                    no_media_timer = 2
                    slowlink_threshold = 4
                }
                nat: {
                    nice_debug = false
                    ice_lite = true
                    ice_tcp = false
                    full_trickle = false
                    ice_enforce_list = "{{options.Address}}"
                    ignore_mdns = true
                }
                plugins: {
                    disable = "{{Others(OtherPlugins)}}"
                }
                transports: { disable = "{{Others("mqtt", "nanomsg", "pfunix", "rabbitmq")}}" }
                events: { broadcast = false }

                """
            ),
            (
                "janus.transport.http.jcfg",
                $$"""
                general: { json = "compact"  http = false  https = false }
                admin: {
                    admin_base_path = "/admin"
                    admin_http = true
                    admin_port = {{options.AdminPort}}
                    admin_ip = "127.0.0.1"
                    admin_https = false
                    admin_acl = "127."
                }

                """
            ),
            (
                "janus.transport.websockets.jcfg",
                $$"""
                general: {
                    json = "compact"
                    ws = true
                    ws_port = {{options.Port}}
                    ws_ip = "127.0.0.1"
                    wss = false
                    pingpong_trigger = 5
                    pingpong_timeout = 5
                    ws_acl = "127."
                }
                admin: { admin_ws = false }

                """
            ),
            (
                "janus.plugin.videoroom.jcfg",
                $$"""
                general: {
                    admin_key = "{{options.Secrets.Room}}"
                    lock_rtp_forward = true
                    string_ids = true
                    events = false
                }

                """
            ),
        ];

    private static readonly string[] OtherPlugins =
    [
        "audiobridge",
        "duktape",
        "echotest",
        "lua",
        "nosip",
        "recordplay",
        "sip",
        "streaming",
        "textroom",
        "videocall",
        "voicemail",
    ];

    // Longer than a node of Room may be gone before another takes over its calls (15 s), shorter than the 30 s that a room may be without a facilitator.
    private const int SessionSeconds = 22;

    private static string Others(params string[] names) => string.Join(',', names.Select(n => $"libjanus_{n}.so"));
}
