using System.Net;
using System.Text.RegularExpressions;
using GroupTherapy.Gateway.Edge;
using GroupTherapy.Tests.Support;
using Microsoft.AspNetCore.Http;

namespace GroupTherapy.Gateway.Tests;

/// <summary>A gateway with a small web client in a folder.</summary>
public sealed class WebStage : Stage
{
    public const string Script = "console.log('a script of some length, so that it is worth its compressed copy');";

    private readonly string _folder = Engines.Folder("web-client");

    protected override string? Web => _folder;

    public override async ValueTask InitializeAsync()
    {
        Directory.CreateDirectory(Path.Combine(_folder, "assets"));
        await File.WriteAllTextAsync(Path.Combine(_folder, "index.html"), $"<!doctype html><meta nonce=\"{WebFiles.NoncePlaceholder}\"><p>the page</p>");
        await File.WriteAllTextAsync(Path.Combine(_folder, "icon.svg"), "<svg xmlns=\"http://www.w3.org/2000/svg\"/>");
        await File.WriteAllTextAsync(Path.Combine(_folder, "assets", "main-Ab12.js"), Script);
        await File.WriteAllTextAsync(Path.Combine(_folder, "assets", "main-Ab12.js.br"), "compressed");
        Directory.CreateDirectory(Path.Combine(_folder, "assets", "blur-Cd34"));
        await File.WriteAllTextAsync(Path.Combine(_folder, "assets", "blur-Cd34", "some-worker.js"), Script);
        await base.InitializeAsync();
    }
}

/// <summary>The web client comes from the origin of the API, under its own policy.</summary>
public sealed partial class WebClientTests(WebStage stage) : IClassFixture<WebStage>
{
    [Theory]
    [InlineData("/")]
    [InlineData("/sign-in")]
    [InlineData("/sessions/0197f4a0-0000-7000-8000-000000000000")]
    [Trait("hostile", "W01")]
    public async Task A_browser_that_opens_a_page_gets_a_policy_without_third_parties(string path)
    {
        using var answer = await OpenAsync(path);

        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
        Assert.Contains("the page", await answer.Content.ReadAsStringAsync());
        Assert.Equal("no-store", answer.Headers.CacheControl!.ToString());
        var policy = Policy(answer);
        Assert.StartsWith("default-src 'none'; script-src 'self';", policy, StringComparison.Ordinal);
        Assert.Contains("frame-ancestors 'none'", policy);
        Assert.Contains("require-trusted-types-for 'script'", policy);
        Assert.DoesNotContain("unsafe", policy);
        Assert.Contains("trusted-types blur-worker;", policy);
        Assert.All(Addresses().Matches(policy).Select(m => m.Groups[1].Value), host => Assert.Contains(host, new[] { "127.0.0.1", "localhost" }));
        Assert.Contains("camera=(self)", answer.Headers.GetValues("Permissions-Policy").Single());
    }

    [Fact]
    public async Task Each_page_has_a_nonce_of_its_own_which_its_policy_repeats()
    {
        var nonces = new List<string>();
        for (var i = 0; i < 2; i++)
        {
            using var answer = await OpenAsync("/");
            nonces.Add(Nonce().Match(await answer.Content.ReadAsStringAsync()).Groups[1].Value);
            Assert.Contains($"'nonce-{nonces[i]}'", Policy(answer));
        }

        Assert.All(nonces, n => Assert.InRange(n.Length, 22, 64));
        Assert.NotEqual(nonces[0], nonces[1]);
    }

    [Fact]
    public async Task A_file_named_by_its_digest_is_cached_for_ever_and_sent_compressed_to_clients_that_accept_it()
    {
        using var client = stage.Client();
        using var plain = await client.GetAsync("/assets/main-Ab12.js");
        client.DefaultRequestHeaders.TryAddWithoutValidation("Accept-Encoding", "gzip, br");
        using var compressed = await client.GetAsync("/assets/main-Ab12.js");
        using var icon = await client.GetAsync("/icon.svg");

        Assert.Equal(WebStage.Script, await plain.Content.ReadAsStringAsync());
        Assert.Equal("public, max-age=31536000, immutable", plain.Headers.CacheControl!.ToString());
        Assert.Equal("text/javascript", plain.Content.Headers.ContentType!.MediaType);
        Assert.Equal(("br", "compressed"), (compressed.Content.Headers.ContentEncoding.Single(), await compressed.Content.ReadAsStringAsync()));
        Assert.Contains("Accept-Encoding", plain.Headers.Vary);
        Assert.Equal("public, max-age=3600", icon.Headers.CacheControl!.ToString());
        Assert.StartsWith("default-src 'none'; frame-ancestors 'none'", Policy(plain), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_workers_script_alone_may_compile_WebAssembly_and_reaches_nothing_but_our_own_files()
    {
        using var client = stage.Client();
        using var worker = await client.GetAsync("/assets/blur-Cd34/some-worker.js");

        Assert.Equal("public, max-age=31536000, immutable", worker.Headers.CacheControl!.ToString());
        Assert.Equal(
            "default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; connect-src 'self'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'",
            Policy(worker));
        Assert.Equal("camera=(), microphone=(), geolocation=()", worker.Headers.GetValues("Permissions-Policy").Single());
    }

    [Fact]
    public async Task A_dead_cookie_opens_the_page_and_not_the_API()
    {
        using var client = stage.Client();
        client.DefaultRequestHeaders.Add("Cookie", "gt_session=dead");
        client.DefaultRequestHeaders.Add("Accept", "text/html");
        using var page = await client.GetAsync("/");
        using var api = await client.GetAsync("/api/groups");

        Assert.Equal((HttpStatusCode.OK, HttpStatusCode.Unauthorized), (page.StatusCode, api.StatusCode));
        Assert.Equal("no-store", api.Headers.CacheControl!.ToString());
        Assert.StartsWith("default-src 'none'; frame-ancestors 'none'", Policy(api), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("/api/nothing")]
    [InlineData("/assets/old-1234.js")]
    [InlineData("/hubs/room")]
    [InlineData("/internal/keys")]
    [InlineData("/metrics")]
    [InlineData("/nothing.php")]
    [InlineData("/..%2findex.html")]
    public async Task What_is_no_page_stays_404_for_a_browser_too(string path)
    {
        using var answer = await OpenAsync(path);

        Assert.Equal(HttpStatusCode.NotFound, answer.StatusCode);
    }

    [Fact]
    public async Task The_internal_listener_serves_no_page()
    {
        using var client = new HttpClient { BaseAddress = new Uri($"http://127.0.0.1:{stage.InternalPort}") };
        client.DefaultRequestHeaders.Add("Accept", "text/html");

        Assert.Equal(HttpStatusCode.NotFound, (await client.GetAsync("/")).StatusCode);
    }

    [Theory]
    [InlineData("/sign-in", "text/html,application/xhtml+xml", true)]
    [InlineData("/sign-in", "application/json", false)]
    [InlineData("/api", "text/html", false)]
    [InlineData("/apiary", "text/html", true)]
    [InlineData("/openapi/v1.json", "text/html", false)]
    [InlineData("/calendars/abc.ics", "text/html", false)]
    public void A_page_is_what_asks_for_HTML_and_is_neither_the_APIs_nor_a_files(string path, string accept, bool isPage) =>
        Assert.Equal(isPage, WebPaths.IsPage(new PathString(path), accept));

    private async Task<HttpResponseMessage> OpenAsync(string path)
    {
        using var client = stage.Client();
        client.DefaultRequestHeaders.Add("Accept", "text/html,application/xhtml+xml");
        return await client.GetAsync(path);
    }

    private static string Policy(HttpResponseMessage answer) => answer.Headers.GetValues("Content-Security-Policy").Single();

    [GeneratedRegex("wss?://([^: ;]+)")]
    private static partial Regex Addresses();

    [GeneratedRegex("nonce=\"([^\"]+)\"")]
    private static partial Regex Nonce();
}
