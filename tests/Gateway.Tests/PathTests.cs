using System.Net;
using System.Net.Sockets;
using System.Text;
using GroupTherapy.Gateway.Edge;

namespace GroupTherapy.Gateway.Tests;

public sealed class PathTests(Stage stage) : IClassFixture<Stage>
{
    [Theory]
    [InlineData("//api/identity/me")]
    [InlineData("/api//identity/me")]
    [InlineData("/./api/identity/me")]
    [InlineData("/api/groups/../identity/me")]
    [InlineData("/api/groups/%2e%2e/identity/me")]
    [InlineData("/api/groups/%2E%2E%2Finternal/audit")]
    [InlineData("/api/groups/%252e%252e/%252e%252e/internal/audit")]
    [InlineData("/api/groups;x=y")]
    [InlineData("/api/groups;/../../internal/audit")]
    [InlineData("/api/groups.")]
    [InlineData("/api/groups/.")]
    [InlineData("/api/groups/..")]
    [InlineData("/api/groups/")]
    [InlineData("/api/groups%00")]
    [InlineData("/api/groups/%c0%ae%c0%ae/internal")]
    [InlineData("/api/groups/%u002e%u002e/internal")]
    [InlineData("/api\\groups")]
    [InlineData("/api/%67roups")]
    [InlineData("/%61pi/groups")]
    [InlineData("/api/groups%20")]
    [InlineData("/api/groups/%0d%0aX-User-Id:%201")]
    [InlineData("/api/groups/.hidden")]
    [InlineData("/api/groups/a%2fb")]
    [InlineData("/api/groups#x")]
    public async Task R31_another_spelling_of_a_path_reaches_nothing(string target)
    {
        var before = Seen();
        var status = await StatusOfAsync($"GET {target} HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n\r\n");
        Assert.Contains(status, new[] { 400, 404 });
        Assert.Equal(before, Seen());
    }

    [Fact]
    public async Task R31_letters_of_another_case_get_the_same_decision()
    {
        using var client = stage.Client();
        Assert.Equal(HttpStatusCode.Unauthorized, (await client.GetAsync("/API/Identity/ME")).StatusCode);
        Assert.Equal(HttpStatusCode.NotFound, (await client.GetAsync("/INTERNAL/keys")).StatusCode);
        Assert.Equal(HttpStatusCode.Unauthorized, (await client.GetAsync("/Api/Audit")).StatusCode);
    }

    [Fact]
    public async Task Metrics_are_on_the_internal_listener_alone()
    {
        using var inside = new HttpClient { BaseAddress = new Uri($"http://127.0.0.1:{stage.InternalPort}") };
        Assert.Contains("grouptherapy_gateway_hub_connections", await inside.GetStringAsync("/metrics"), StringComparison.Ordinal);
        using var outside = stage.Client((await stage.SignInAsync()).AccessToken);
        Assert.Equal(System.Net.HttpStatusCode.NotFound, (await outside.GetAsync("/metrics")).StatusCode);
        Assert.DoesNotContain("/metrics", stage.Room1.Seen.Concat(stage.Room2.Seen).Concat(stage.Scheduling.Seen).Concat(stage.Enrollment.Seen));
    }

    [Theory]
    [InlineData("/")]
    [InlineData("/api")]
    [InlineData("/api/identity/keys")]
    [InlineData("/metrics/")]
    [InlineData("/metrics/x")]
    [InlineData("/api/metrics")]
    [InlineData("/api/room/metrics")]
    [InlineData("/internal/keys")]
    [InlineData("/internal/audit")]
    [InlineData("/internal/accounts?ids=x")]
    [InlineData("/internal/revocations")]
    [InlineData("/api/internal/audit")]
    [InlineData("/health")]
    [InlineData("/health/live/x")]
    [InlineData("/health/details")]
    [InlineData("/metrics")]
    [InlineData("/swagger")]
    [InlineData("/swagger/index.html")]
    [InlineData("/openapi/v2.json")]
    [InlineData("/openapi")]
    [InlineData("/debug")]
    [InlineData("/trace")]
    [InlineData("/actuator/health")]
    [InlineData("/env")]
    [InlineData("/api/me")]
    [InlineData("/api/outcomes")]
    [InlineData("/calendars")]
    [InlineData("/calendars/secret")]
    [InlineData("/hubs")]
    [InlineData("/hubs/other")]
    [InlineData("/.well-known/openid-configuration")]
    [InlineData("/favicon.ico")]
    public async Task R44_what_is_not_in_the_contract_is_404(string path)
    {
        using var client = stage.Client();
        using var answer = await client.GetAsync(path);
        await HeaderTests.ProblemAsync(answer, 404, "not-found");
    }

    [Fact]
    public async Task R44_health_says_one_word()
    {
        using var client = stage.Client();
        Assert.Equal("""{"status":"live"}""", await client.GetStringAsync("/health/live"));
        Assert.Equal("""{"status":"ready"}""", await client.GetStringAsync("/health/ready"));
    }

    [Fact]
    public async Task The_listener_for_services_answers_keys_and_health_and_nothing_else()
    {
        using var inside = new HttpClient { BaseAddress = new Uri($"http://127.0.0.1:{stage.InternalPort}") };
        Assert.Equal(HttpStatusCode.OK, (await inside.GetAsync("/internal/keys")).StatusCode);
        Assert.Equal(HttpStatusCode.OK, (await inside.GetAsync("/health/live")).StatusCode);
        foreach (var path in new[] { "/api/groups", "/api/identity/me", "/openapi/v1.json", "/internal/audit", "/" })
        {
            Assert.Equal(HttpStatusCode.NotFound, (await inside.GetAsync(path)).StatusCode);
        }

        // The listener is a fact of the connection: a Host header opens nothing.
        Assert.Equal(404, await StatusOfAsync($"GET /internal/keys HTTP/1.1\r\nHost: 127.0.0.1:{stage.InternalPort}\r\nConnection: close\r\n\r\n"));
        Assert.Equal(
            404,
            await StatusOfAsync(
                $"GET http://127.0.0.1:{stage.InternalPort}/internal/keys HTTP/1.1\r\nHost: 127.0.0.1:{stage.InternalPort}\r\nConnection: close\r\n\r\n"
            )
        );
    }

    [Theory]
    [InlineData("TRACE")]
    [InlineData("PROPFIND")]
    [InlineData("get")]
    public async Task Unused_methods_are_refused(string method)
    {
        Assert.Contains(
            await StatusOfAsync($"{method} /api/groups HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"),
            new[] { 400, 405 }
        );
    }

    [Theory]
    [InlineData(
        "POST /api/enrollments HTTP/1.1\r\nHost: x\r\nContent-Length: 4\r\n"
            + "Transfer-Encoding: chunked\r\n\r\n0\r\n\r\nGET /api/identity/me HTTP/1.1\r\nHost: x\r\n\r\n"
    )]
    [InlineData(
        "POST /api/enrollments HTTP/1.1\r\nHost: x\r\nContent-Length: 4\r\n" + "Content-Length: 40\r\n\r\nabcdGET /internal/audit HTTP/1.1\r\nHost: x\r\n\r\n"
    )]
    [InlineData("POST /api/enrollments HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\nTransfer-Encoding: identity\r\n\r\n0\r\n\r\n")]
    [InlineData("POST /api/enrollments HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: xchunked\r\n\r\n0\r\n\r\n")]
    [InlineData("POST /api/enrollments HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n2;\nxx\r\nab\r\n0\r\n\r\n")]
    [InlineData("GET /api/groups HTTP/1.1\r\nHost: x\r\nHost: y\r\n\r\n")]
    [InlineData("GET /api/groups HTTP/1.1\r\n\r\n")]
    [InlineData("GET /api/groups HTTP/1.1\nHost: x\n\n")]
    [InlineData("GET /api/groups HTTP/1.1\r\nHost: x\nX-Other: y\r\n\r\n")]
    public async Task R32_requests_that_two_readers_could_cut_differently_end_the_connection(string raw)
    {
        using var tcp = new TcpClient();
        await tcp.ConnectAsync(IPAddress.Loopback, stage.PublicPort);
        var stream = tcp.GetStream();
        await stream.WriteAsync(Encoding.ASCII.GetBytes(raw));
        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(20));
        var all = await new StreamReader(stream, Encoding.ASCII).ReadToEndAsync(limit.Token);

        // One answer at most, a refusal, and then the end.
        Assert.Equal(1, all.Split("HTTP/1.1 ").Length - 1);
        Assert.Contains(all[9..12], new[] { "400", "413", "501" });
    }

    [Theory]
    [InlineData("/api/groups", "/api/groups", true)]
    [InlineData("/api/groups?x=/../%2e", "/api/groups", true)]
    [InlineData("http://host/api/groups?x", "/api/groups", true)]
    [InlineData("http://host", "/", false)]
    [InlineData("*", "", false)]
    [InlineData("/", "/", true)]
    [InlineData("/a/b~c_d-e.f", "/a/b~c_d-e.f", true)]
    [InlineData("/a%20b", "/a b", false)]
    [InlineData("/a b", "/a b", false)]
    [InlineData("/é", "/é", false)]
    public void Only_one_spelling_is_canonical(string target, string path, bool canonical) => Assert.Equal(canonical, PathRules.IsCanonical(target, path));

    private int Seen() => stage.Enrollment.Seen.Count + stage.Scheduling.Seen.Count + stage.Room1.Seen.Count + stage.Room2.Seen.Count;

    private async Task<int> StatusOfAsync(string raw)
    {
        using var tcp = new TcpClient();
        await tcp.ConnectAsync(IPAddress.Loopback, stage.PublicPort);
        await tcp.GetStream().WriteAsync(Encoding.Latin1.GetBytes(raw));
        var line = await new StreamReader(tcp.GetStream(), Encoding.ASCII).ReadLineAsync();
        return int.Parse(line!.Split(' ')[1], System.Globalization.CultureInfo.InvariantCulture);
    }
}
