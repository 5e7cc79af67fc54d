using System.Net;
using System.Net.Sockets;
using System.Net.WebSockets;
using System.Text.Json.Nodes;

namespace GroupTherapy.Edge.Tests;

/// <summary>
/// A deployment on a public address, in one of three ways: behind nginx, behind Caddy (two gateways each), or speaking TLS itself. The way can change
/// between tests: the data stays.
/// </summary>
public sealed class PublicDeployment : Deployment
{
    public const string Name = "groups.example.test";
    private const string Chromium = "/usr/bin/chromium";
    private readonly string _folder = Directory.CreateTempSubdirectory("gt-edge-").FullName;

    // Below the ports that outgoing connections take.
    private readonly int _port = Engines.FreePort();
    private TestCertificate _certificate = null!;
    private IPlaywright _playwright = null!;
    private FrontProxy? _proxy;
    private string? _way;

    public IBrowser Browser { get; private set; } = null!;

    public string DataFolder => Data;

    public override async ValueTask InitializeAsync()
    {
        _certificate = new TestCertificate(_folder, Name);
        await base.InitializeAsync();
        _playwright = await Playwright.CreateAsync();
        Browser = await _playwright.Chromium.LaunchAsync(
            new BrowserTypeLaunchOptions
            {
                ExecutablePath = Chromium,
                Headless = true,
                Args =
                [
                    "--no-sandbox",
                    "--disable-gpu",
                    $"--host-resolver-rules=MAP {Name} 127.0.0.1",
                    $"--ignore-certificate-errors-spki-list={_certificate.KeyHash}",
                ],
            }
        );
    }

    public override async ValueTask DisposeAsync()
    {
        if (_proxy is not null)
        {
            await _proxy.DisposeAsync();
        }

        if (_playwright is not null)
        {
            await Browser.DisposeAsync();
            _playwright.Dispose();
        }

        await base.DisposeAsync();
        Directory.Delete(_folder, recursive: true);
    }

    /// <param name="way"><c>nginx</c>, <c>caddy</c> or <c>direct</c>.</param>
    public async Task ReachedByAsync(string way)
    {
        if (way == _way)
        {
            return;
        }

        if (_proxy is not null)
        {
            await _proxy.DisposeAsync();
            _proxy = null;
        }

        if (way == "direct" || _way == "direct")
        {
            await DownAsync();
            await (way == "direct" ? UpDirectlyAsync() : StartAsync());
        }

        if (way != "direct")
        {
            _proxy = await FrontProxy.StartAsync(way, _folder, Address, GatewayPort, _certificate);
        }

        _way = way;
    }

    /// <summary>A client that reaches the public name and takes its certificate alone.</summary>
    public override HttpClient Anonymous() => new(Handler()) { BaseAddress = Address, Timeout = TimeSpan.FromSeconds(30) };

    /// <summary>A socket of the hub, as somebody who is signed in.</summary>
    public async Task<ClientWebSocket> SocketAsync(string hub, string bearer)
    {
        var socket = new ClientWebSocket();
        socket.Options.SetRequestHeader("Authorization", $"Bearer {bearer}");
        var http = new HttpMessageInvoker(Handler());
        await socket.ConnectAsync(new Uri($"wss://{Address.Authority}{hub}"), http, CancellationToken.None);
        return socket;
    }

    private SocketsHttpHandler Handler()
    {
        var handler = new SocketsHttpHandler
        {
            UseCookies = false,
            ConnectCallback = async (context, ct) =>
            {
                var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
                await socket.ConnectAsync(new IPEndPoint(IPAddress.Loopback, context.DnsEndPoint.Port), ct);
                return new NetworkStream(socket, ownsSocket: true);
            },
        };
        handler.SslOptions.RemoteCertificateValidationCallback = (_, shown, _, _) => shown?.GetRawCertData().AsSpan().SequenceEqual(_certificate.Raw) == true;
        return handler;
    }

    /// <summary>Runs a command of <c>deploy/</c> on this deployment.</summary>
    public Task<string> CommandAsync(string name, params string[] arguments) => RunAsync($"deploy/{name}", [.. arguments, "--data", Data]);

    public async Task<JsonNode> StatusAsync() => JsonNode.Parse(await RunAsync("deploy/status", "--json", "--data", Data))!;

    protected override Task StartAsync() =>
        UpAsync(
            new Uri($"https://{Name}:{_port}"),
            "--port",
            $"{GatewayPort}",
            "--public",
            $"https://{Name}:{_port}",
            "--trusted-proxy",
            "127.0.0.1",
            "--demo",
            "--no-media",
            "--scale",
            "gateway=2"
        );

    private int GatewayPort { get; } = Engines.FreePort();

    private Task UpDirectlyAsync() =>
        UpAsync(
            new Uri($"https://{Name}:{_port}"),
            "--port",
            $"{_port}",
            "--public",
            $"https://{Name}:{_port}",
            "--tls-cert",
            _certificate.File,
            "--tls-key",
            _certificate.Key,
            "--demo",
            "--no-media"
        );
}

[CollectionDefinition(nameof(PublicDeployment))]
public sealed class PublicDeploymentCollection : ICollectionFixture<PublicDeployment>;
