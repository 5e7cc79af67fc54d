using System.Net;
using System.Net.Sockets;
using System.Security.Cryptography;
using GroupTherapy.Host.Processes;

namespace GroupTherapy.Host.Engines;

/// <param name="Address">Where clients come, and where the media nodes are: the one address that may be relayed to.</param>
/// <param name="FirstRelayPort">Of <see cref="CoturnEngine.RelayPorts"/> UDP ports.</param>
/// <param name="Secret">Signs credentials; Room has it too.</param>
/// <param name="Tls">TURN over TLS with the files of a certificate and its key; null for none.</param>
public sealed record CoturnOptions(
    EnginePlace Place,
    string Address,
    int Port,
    int FirstRelayPort,
    string Secret,
    (int Port, string Certificate, string Key)? Tls = null
);

/// <summary>A private coturn: relays media for networks that let nothing else through, to the media nodes and nowhere else.</summary>
public sealed class CoturnEngine(CoturnOptions options) : IEngine
{
    public const string User = "turnserver";
    public const int RelayPorts = 1000;
    public const string Program = "/usr/bin/turnserver";
    private const string Certificate = "certificate.pem";
    private const string Key = "key.pem";

    public string Name => "coturn";
    public int Port => options.Port;
    public CoturnOptions Options => options;
    public IReadOnlyList<(Signal Signal, TimeSpan Wait)> StopSteps { get; } = [(Signal.Terminate, TimeSpan.FromSeconds(3))];

    public async Task<LaunchSpec> PrepareAsync(CancellationToken ct)
    {
        if (!File.Exists(Program))
        {
            throw new HostException("coturn is not installed.", "Install it with: apt-get install coturn (or start with --no-media)");
        }

        var folder = await SystemUser.PrivateFolderAsync(options.Place.Data, User, ct);
        var (file, text) = (Path.Combine(folder, "turnserver.conf"), Text(folder));
        await SystemUser.WritePrivateAsync(file, text, User, ct);
        if (options.Tls is { } tls)
        {
            // Copied, since its user may not read where they lie. A renewed certificate counts from the next start.
            await SystemUser.WritePrivateAsync(Path.Combine(folder, Certificate), await File.ReadAllTextAsync(tls.Certificate, ct), User, ct);
            await SystemUser.WritePrivateAsync(Path.Combine(folder, Key), await File.ReadAllTextAsync(tls.Key, ct), User, ct);
        }

        return new LaunchSpec
        {
            Program = Program,
            Arguments = ["-c", file],
            CleanEnvironment = true,
            WorkingFolder = "/",
            User = User,
            LogFile = options.Place.LogFile,
            PidFile = options.Place.PidFile,
            Depends = text,
        };
    }

    /// <summary>Asks for the caller's own address (STUN binding), as a client does first.</summary>
    public async Task<string?> NotReadyAsync(CancellationToken ct)
    {
        try
        {
            using var limit = CancellationTokenSource.CreateLinkedTokenSource(ct);
            limit.CancelAfter(TimeSpan.FromSeconds(1));
            using var client = new UdpClient(IPAddress.Parse(options.Address).AddressFamily);
            client.Connect(IPAddress.Parse(options.Address), options.Port);
            byte[] request = [0, 1, 0, 0, 0x21, 0x12, 0xA4, 0x42, .. RandomNumberGenerator.GetBytes(12)];
            await client.SendAsync(request, limit.Token);
            var answer = await client.ReceiveAsync(limit.Token);
            return answer.Buffer is [1, 1, ..] ? null : "coturn answers something else than a binding";
        }
        catch (Exception e) when (e is SocketException || (e is OperationCanceledException && !ct.IsCancellationRequested))
        {
            return $"coturn does not answer on {options.Address}:{options.Port}";
        }
    }

    private string TlsText(string folder) =>
        options.Tls is { } tls
            ? $"tls-listening-port={tls.Port}\ncert={folder}/{Certificate}\npkey={folder}/{Key}\nno-tlsv1\nno-tlsv1_1\nno-dtls"
            : "no-tls\nno-dtls";

    // An allowed address outweighs a denied one. IPv4-mapped addresses are named on their own: 4.6.1 does not map them.
    private string Text(string folder) =>
        $"""
            listening-ip={options.Address}
            relay-ip={options.Address}
            listening-port={options.Port}
            min-port={options.FirstRelayPort}
            max-port={options.FirstRelayPort + RelayPorts - 1}
            realm=grouptherapy
            fingerprint
            use-auth-secret
            static-auth-secret={options.Secret}
            {TlsText(folder)}
            no-cli
            no-multicast-peers
            no-rfc5780
            no-tcp-relay
            {(LoopbackShim.IsNeeded(options.Address) ? "allow-loopback-peers" : "# peers on loopback are refused")}
            allowed-peer-ip={options.Address}
            denied-peer-ip=0.0.0.0-255.255.255.255
            denied-peer-ip=::-ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff
            denied-peer-ip=::ffff:0.0.0.0-::ffff:255.255.255.255
            no-software-attribute
            stale-nonce=600
            max-allocate-lifetime=3600
            user-quota=12
            total-quota=1200
            userdb={folder}/turndb
            pidfile={folder}/turnserver.pid
            log-file=stdout
            simple-log

            """;
}
