using System.Collections.Concurrent;
using System.Text.Json;

namespace GroupTherapy.Web.Tests;

/// <summary>A deployment and a browser before it. Screenshots lie in <c>artifacts/test-output/web</c>.</summary>
public class Browsing : IAsyncLifetime
{
    private const string Chromium = "/usr/bin/chromium";

    // Fake devices; media stays on loopback; nothing is slowed down because it cannot be seen.
    private static readonly string[] Arguments =
    [
        "--no-sandbox",
        "--use-fake-device-for-media-stream",
        "--use-fake-ui-for-media-stream",
        "--allow-loopback-in-peer-connection",
        // The relay's certificate over TLS is one of this run.
        "--ignore-certificate-errors",
        "--webrtc-ip-handling-policy=default_public_interface_only",
        "--autoplay-policy=no-user-gesture-required",
        "--disable-gpu",
        "--mute-audio",
        "--disable-background-timer-throttling",
        "--disable-renderer-backgrounding",
        "--disable-backgrounding-occluded-windows",
    ];

    private IPlaywright _playwright = null!;
    private IBrowser _browser = null!;

    public static string Output { get; } = Path.Combine(Deployment.Root, "artifacts", "test-output", "web");

    public Deployment Deployment { get; private set; } = null!;

    /// <summary>Options of the deployment.</summary>
    protected virtual IReadOnlyList<string> Options => ["--turn-tls", TestCertificate.ForRelay(Output)];

    public async ValueTask InitializeAsync()
    {
        Directory.CreateDirectory(Output);
        Deployment = new Deployment { Options = Options };
        var deployment = Deployment.InitializeAsync();
        _playwright = await Playwright.CreateAsync();
        _browser = await _playwright.Chromium.LaunchAsync(
            new BrowserTypeLaunchOptions
            {
                ExecutablePath = Chromium,
                Headless = true,
                Args = Arguments,
            }
        );
        await deployment;
    }

    public async ValueTask DisposeAsync()
    {
        await _browser.DisposeAsync();
        _playwright.Dispose();
        await Deployment.DisposeAsync();
        GC.SuppressFinalize(this);
    }

    /// <summary>A window of its own, with cookies of its own.</summary>
    public async Task<Visitor> OpenAsync(Size size, ColorScheme scheme = ColorScheme.Light, string locale = "en-US", string zone = "America/New_York")
    {
        var context = await _browser.NewContextAsync(
            new BrowserNewContextOptions
            {
                BaseURL = Deployment.Address.ToString(),
                ViewportSize = new ViewportSize { Width = size.Width, Height = size.Height },
                HasTouch = size.Width < 800,
                ColorScheme = scheme,
                Locale = locale,
                TimezoneId = zone,
                Permissions = ["camera", "microphone"],
            }
        );
        context.SetDefaultTimeout(60_000);
        return new Visitor(context, await context.NewPageAsync(), Deployment, size);
    }
}

[CollectionDefinition(nameof(Browsing))]
public sealed class BrowsingCollection : ICollectionFixture<Browsing>;

/// <summary>A window.</summary>
public sealed record Size(int Width, int Height)
{
    public static readonly Size Phone = new(360, 740);
    public static readonly Size Laptop = new(1440, 900);
}

/// <summary>What a page did that it must not do: it fails the test that looked at it.</summary>
internal sealed class Watch
{
    private readonly ConcurrentQueue<string> _faults = new();

    public Watch(IPage page, Uri own)
    {
        page.Console += (_, message) =>
        {
            if (message.Type == "error")
            {
                _faults.Enqueue($"console: {message.Text}");
            }
        };
        page.PageError += (_, error) => _faults.Enqueue($"error: {error}");
        page.Request += (_, request) =>
        {
            if (Uri.TryCreate(request.Url, UriKind.Absolute, out var uri) && uri.Scheme is "http" or "https" or "ws" or "wss" && uri.Authority != own.Authority)
            {
                _faults.Enqueue($"request to {uri.Host}");
            }
        };
        page.WebSocket += (_, socket) =>
        {
            if (new Uri(socket.Url).Authority != own.Authority)
            {
                _faults.Enqueue($"socket to {socket.Url}");
            }
        };
    }

    /// <param name="expected">Beginnings of console messages that the test itself brought about, such as a gateway that was killed.</param>
    public void AssertClean(params string[] expected) => Assert.DoesNotContain(_faults, f => !expected.Any(e => f.Contains(e, StringComparison.Ordinal)));
}

/// <summary>Accessibility by axe-core: nothing serious or critical.</summary>
internal static class Axe
{
    private static readonly Lazy<string> Script = new(() =>
        File.ReadAllText(Path.Combine(Deployment.Root, "artifacts", "run", "web", "node_modules", "axe-core", "axe.min.js"))
    );

    public static async Task AssertNothingSeriousAsync(IPage page, string where)
    {
        await page.EvaluateAsync(Script.Value + "; null");
        var found = await page.EvaluateAsync<JsonElement>(
            "async () => (await axe.run({ resultTypes: ['violations'] })).violations.map(v => ({ id: v.id, impact: v.impact, "
                + "nodes: v.nodes.slice(0, 4).map(n => n.html.slice(0, 160) + ' | ' + (n.any[0]?.message ?? n.all[0]?.message ?? '')) }))"
        );
        var serious = found.EnumerateArray().Where(v => v.GetProperty("impact").GetString() is "serious" or "critical").Select(v => $"{where}: {v}");
        Assert.Empty(serious);
    }
}
