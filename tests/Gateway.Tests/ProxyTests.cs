using System.Net;
using System.Net.Http.Json;
using System.Net.Sockets;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using GroupTherapy.Gateway.Edge;
using GroupTherapy.Tests.Support;
using Microsoft.Extensions.Logging.Abstractions;

namespace GroupTherapy.Gateway.Tests;

/// <summary>A public HTTPS address whose TLS a proxy at 127.0.0.7 speaks; no demonstration data.</summary>
public sealed class ProxyStage : Stage
{
    public const string Proxy = "127.0.0.7";
    public const string Page = "https://groups.example.test";

    protected override bool Demo => false;

    protected override IEnumerable<KeyValuePair<string, string?>> More =>
        [new("Public:Url", Page), new("Gateway:Listen", Origin), new("Gateway:TrustedProxies:0", Proxy)];
}

public sealed class ProxyTests(ProxyStage stage) : IClassFixture<ProxyStage>
{
    [Fact]
    public async Task R29_a_trusted_proxy_names_its_clients_and_each_has_limits_of_its_own()
    {
        Assert.Contains(HttpStatusCode.TooManyRequests, await AskAsync(ProxyStage.Proxy, _ => "203.0.113.1"));
        Assert.All(await AskAsync(ProxyStage.Proxy, i => $"203.0.113.{2 + (i % 100)}"), status => Assert.Equal(HttpStatusCode.OK, status));
        // One household is one caller.
        Assert.Contains(HttpStatusCode.TooManyRequests, await AskAsync(ProxyStage.Proxy, i => $"2001:db8::{i + 1:x}"));
    }

    [Fact]
    public async Task R29_one_hop_counts_and_what_the_client_wrote_before_it_does_not()
    {
        Assert.Contains(HttpStatusCode.TooManyRequests, await AskAsync(ProxyStage.Proxy, i => $"198.51.100.{i % 100}, 203.0.113.200"));
    }

    [Fact]
    public async Task R29_clients_of_an_untrusted_proxy_share_one_limit_and_the_log_says_so_once()
    {
        Assert.Contains(HttpStatusCode.TooManyRequests, await AskAsync("127.0.0.8", i => $"203.0.113.{i % 100}"));
        Assert.Contains(HttpStatusCode.TooManyRequests, await AskAsync("127.0.0.12", i => $"203.0.113.{i % 100}"));
        var line = Assert.Single(stage.Log.Lines, l => l.Contains("X-Forwarded-For is ignored", StringComparison.Ordinal));
        Assert.DoesNotContain("203.0.113", line, StringComparison.Ordinal);
    }

    [Fact]
    public async Task W02_the_cookie_is_held_to_TLS_and_this_host_and_counts_from_the_public_page_alone()
    {
        var cookie = await stage.CookieAsync();
        Assert.StartsWith("__Host-gt_session=ey", cookie, StringComparison.Ordinal);
        foreach (var (sent, origin, status) in new[]
        {
            (cookie, ProxyStage.Page, 200), (cookie, stage.Origin, 403), (cookie, "https://groups.example.test.evil.example", 403),
            (cookie["__Host-".Length..], ProxyStage.Page, 401),
        })
        {
            using var client = stage.Client(from: "127.0.0.20");
            client.DefaultRequestHeaders.Add("Cookie", sent);
            client.DefaultRequestHeaders.Add("Origin", origin);
            using var answer = await client.GetAsync("/api/identity/me");
            Assert.Equal(status, (int)answer.StatusCode);
            Assert.StartsWith("max-age=31536000", answer.Headers.GetValues("Strict-Transport-Security").Single(), StringComparison.Ordinal);
        }

        using var dead = stage.Client(from: "127.0.0.20");
        dead.DefaultRequestHeaders.Add("Cookie", "__Host-gt_session=dead");
        using var refused = await dead.GetAsync("/api/groups");
        Assert.Matches("^__Host-gt_session=; expires=Thu, 01 Jan 1970.*; secure$", refused.Headers.GetValues("Set-Cookie").Single());
    }

    [Fact]
    public async Task Several_attributes_of_the_cookie_are_what_its_prefix_demands()
    {
        using var client = stage.Client(from: "127.0.0.21");
        var email = $"{Guid.CreateVersion7():N}@example.test";
        await client.PostAsJsonAsync("/api/identity/register", new { email, password = Stage.Password });
        using var login = await client.PostAsJsonAsync("/api/identity/login?useCookies=true", new { email, password = Stage.Password });
        var cookies = login.Headers.GetValues("Set-Cookie").Select(c => c.ToLowerInvariant()).ToList();
        Assert.Contains(cookies, c => c.StartsWith("__host-gt_session=", StringComparison.Ordinal));
        Assert.All(cookies, set =>
        {
            Assert.StartsWith("__host-", set, StringComparison.Ordinal);
            Assert.All(new[] { "; secure", "; httponly", "; samesite=strict", "; path=/" }, part => Assert.Contains(part, set, StringComparison.Ordinal));
            Assert.DoesNotContain("domain=", set, StringComparison.Ordinal);
        });
    }

    [Fact]
    public async Task Only_a_trusted_proxy_gets_the_node_and_the_token_of_a_hub_connection()
    {
        var signIn = await stage.SignInAsync();
        var session = Guid.CreateVersion7().ToString();
        using var passed = await PassAsync(ProxyStage.Proxy, session, ("Authorization", $"Bearer {signIn.AccessToken}"));
        Assert.Equal(HttpStatusCode.NoContent, passed.StatusCode);
        var nodes = new[] { stage.Room1.Address, stage.Room2.Address }.Select(a => new Uri(a).Authority);
        Assert.Equal(nodes.MaxBy(n => Routing.Rendezvous.Weight(session, n)), passed.Headers.GetValues("X-Hub-Node").Single());
        var token = new Microsoft.IdentityModel.JsonWebTokens.JsonWebToken(passed.Headers.GetValues("X-Hub-Token").Single());
        Assert.Equal(("room", signIn.Token.Subject), (Assert.Single(token.Audiences), token.Subject));
        // The proxy's connection tells the room no address; the record has it from here.
        Assert.Equal("203.0.113.0/24", token.GetClaim("src").Value);

        using var nobody = await PassAsync(ProxyStage.Proxy, session);
        Assert.Equal(HttpStatusCode.Unauthorized, nobody.StatusCode);
        using var direct = await PassAsync("127.0.0.30", session, ("Authorization", $"Bearer {signIn.AccessToken}"), ("X-Original-For", ProxyStage.Proxy));
        Assert.Equal((HttpStatusCode.NotFound, false), (direct.StatusCode, direct.Headers.Contains("X-Hub-Token")));
    }

    [Theory]
    [InlineData(ProxyStage.Page, 204)]
    [InlineData("https://evil.example", 403)]
    [InlineData(null, 403)]
    public async Task H02_a_pass_by_cookie_needs_our_own_page_as_the_upgrade_itself_does(string? origin, int status)
    {
        var cookie = await stage.CookieAsync();
        (string, string)[] site = [("Cookie", cookie), ("Sec-Fetch-Site", "same-origin")];
        using var answer = await PassAsync(ProxyStage.Proxy, "s", origin is null ? site : [.. site, ("Origin", origin)]);
        Assert.Equal(status, (int)answer.StatusCode);
    }

    [Theory]
    [InlineData("application/json", 200)]
    [InlineData("application/json; charset=utf-8", 200)]
    [InlineData("application/json; charset=\"UTF-8\"", 200)]
    [InlineData("application/json; charset=utf-16", 415)]
    [InlineData("application/json; charset=utf-7", 415)]
    [InlineData("application/json; charset=iso-8859-1", 415)]
    [InlineData("application/json; charset=utf-8; charset=utf-16", 415)]
    public async Task R34_text_is_UTF_8(string type, int status)
    {
        var (answer, _) = await RawHttp.SendAsync(new Uri(stage.Origin), "POST", "/api/groups", "", $"Content-Type: {type}", "Content-Length: 0");
        Assert.Equal(status, answer);
    }

    [Theory]
    [InlineData("gzip")]
    [InlineData("identity")]
    [InlineData("br, gzip")]
    public async Task R34_a_body_that_says_it_is_encoded_is_refused_and_not_read_as_it_is(string encoding)
    {
        var (answer, _) = await RawHttp.SendAsync(
            new Uri(stage.Origin), "POST", "/api/groups", "", "Content-Type: application/json", $"Content-Encoding: {encoding}", "Content-Length: 0");
        Assert.Equal(415, answer);
    }

    [Fact]
    public async Task Headers_and_bodies_that_trickle_in_end_the_connection()
    {
        var head = "POST /api/groups HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n";
        var all = await Task.WhenAll(EndAsync(head), EndAsync($"{head}Content-Length: 1000\r\n\r\n{{"), EndAsync($"{head}Transfer-Encoding: chunked\r\n\r\n1"));
        Assert.All(all, answer => Assert.Matches("^(HTTP/1.1 4|$)", answer));

        async Task<string> EndAsync(string sent)
        {
            using var tcp = new TcpClient();
            await tcp.ConnectAsync(IPAddress.Loopback, stage.PublicPort);
            await tcp.GetStream().WriteAsync(Encoding.ASCII.GetBytes(sent));
            using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(40));
            return await new StreamReader(tcp.GetStream(), Encoding.ASCII).ReadToEndAsync(limit.Token);
        }
    }

    [Theory]
    [InlineData(65, 100)]
    [InlineData(4, 10_000)]
    public async Task Many_or_long_headers_are_431(int count, int length)
    {
        var headers = Enumerable.Range(0, count).Select(i => $"X-H{i}: {new string('a', length)}").ToArray();
        Assert.Equal(431, (await RawHttp.SendAsync(new Uri(stage.Origin), "GET", "/api/groups", "", headers)).Status);
    }

    [Fact]
    public void A_renewed_certificate_counts_within_a_minute_and_half_a_renewal_changes_nothing()
    {
        var folder = Engines.Folder("certificate");
        var files = new TlsFiles(Path.Combine(folder, "c.pem"), Path.Combine(folder, "k.pem"));
        var clock = new TestClock { MovesTimestamps = true };
        var first = Write("one.example.test");
        var certificate = new TlsCertificate(files, clock, NullLogger<TlsCertificate>.Instance);
        Assert.Equal(first, Shown());

        File.WriteAllText(files.Key, "half");
        File.SetLastWriteTimeUtc(files.Key, DateTime.UnixEpoch.AddYears(80));
        clock.Advance(TimeSpan.FromMinutes(2));
        Assert.Equal(first, Shown());

        var second = Write("two.example.test");
        Assert.Equal(first, Shown());
        clock.Advance(TimeSpan.FromMinutes(2));
        Assert.Equal(second, Shown());

        string Shown() => certificate.Current().ServerCertificateContext!.TargetCertificate.Thumbprint;

        string Write(string name)
        {
            using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
            using var made = new CertificateRequest($"CN={name}", key, HashAlgorithmName.SHA256).CreateSelfSigned(
                TimeProvider.System.GetUtcNow(), TimeProvider.System.GetUtcNow().AddDays(1));
            File.WriteAllText(files.Certificate, made.ExportCertificatePem());
            File.WriteAllText(files.Key, key.ExportPkcs8PrivateKeyPem());
            return made.Thumbprint;
        }
    }

    [Theory]
    [InlineData("/HUB-PASS")]
    [InlineData("/Hub-pass")]
    public async Task R31_a_pass_has_one_spelling_which_proxies_keep_from_their_clients(string path)
    {
        var token = (await stage.SignInAsync()).AccessToken;
        using var client = stage.Client(token, from: ProxyStage.Proxy);
        using var request = new HttpRequestMessage(HttpMethod.Get, path);
        request.Headers.Add("X-Forwarded-For", "203.0.113.77");
        using var answer = await client.SendAsync(request);
        Assert.Equal(HttpStatusCode.NotFound, answer.StatusCode);
        Assert.False(answer.Headers.Contains("X-Hub-Token"));
    }

    private async Task<HttpResponseMessage> PassAsync(string from, string session, params (string Name, string Value)[] headers)
    {
        using var client = stage.Client(from: from);
        using var request = new HttpRequestMessage(HttpMethod.Get, "/hub-pass");
        request.Headers.Add("X-Forwarded-For", "203.0.113.77");
        request.Headers.Add("X-Original-URI", $"/hubs/room?session={session}");
        foreach (var (name, value) in headers)
        {
            request.Headers.TryAddWithoutValidation(name, value);
        }

        return await client.SendAsync(request);
    }

    private async Task<HttpStatusCode[]> AskAsync(string from, Func<int, string> forwardedFor)
    {
        using var client = stage.Client(from: from);
        return await Task.WhenAll(Enumerable.Range(0, 300).Select(async i =>
        {
            using var request = new HttpRequestMessage(HttpMethod.Get, "/api/groups");
            request.Headers.TryAddWithoutValidation("X-Forwarded-For", forwardedFor(i));
            using var answer = await client.SendAsync(request);
            return answer.StatusCode;
        }));
    }
}
