using System.Net;
using System.Net.Http.Json;
using System.Net.WebSockets;
using System.Text;
using GroupTherapy.Tests.Support;

namespace GroupTherapy.Gateway.Tests;

/// <summary>Authentication: bearer tokens, the cookie and its Origin, revocations with the broker down.</summary>
public sealed class SignInTests(Stage stage) : IClassFixture<Stage>
{
    [Theory]
    [InlineData("Bearer nonsense")]
    [InlineData("Bearer ")]
    [InlineData("Basic dXNlcjpwYXNz")]
    [InlineData("Bearer eyJhbGciOiJub25lIn0.e30.")]
    public async Task What_is_shown_and_not_valid_is_401_on_open_addresses_too_but_for_the_door(string authorization)
    {
        using var client = stage.Client();
        client.DefaultRequestHeaders.TryAddWithoutValidation("Authorization", authorization);
        foreach (var path in new[] { "/api/groups", "/api/identity/me", "/api/me/profile", "/hubs/room/negotiate" })
        {
            using var refused = await client.GetAsync(path);
            await HeaderTests.ProblemAsync(refused, 401, "not-signed-in");
            Assert.Equal("Bearer", refused.Headers.WwwAuthenticate.ToString());
        }

        using var register = await client.PostAsJsonAsync("/api/identity/register", new { email = "x", password = "y" });
        Assert.Equal(HttpStatusCode.BadRequest, register.StatusCode);
        using var login = await client.PostAsJsonAsync("/api/identity/login", new { email = "nobody@example.test", password = "y" });
        await HeaderTests.ProblemAsync(login, 401, "sign-in-refused");
        Assert.Equal(HttpStatusCode.OK, (await client.GetAsync("/health/live")).StatusCode);
    }

    [Fact]
    public async Task An_internal_token_is_no_ticket_at_the_front_door()
    {
        var signIn = await stage.SignInAsync();
        using var client = stage.Client(signIn.AccessToken);
        var told = await Stage.JsonAsync(await client.GetAsync("/api/groups"));
        using var thief = stage.Client(((string)told["headers"]!["Authorization"]!)["Bearer ".Length..]);
        Assert.Equal(HttpStatusCode.Unauthorized, (await thief.GetAsync("/api/groups")).StatusCode);
    }

    [Fact]
    public async Task A_sign_out_counts_within_five_seconds_with_the_broker_down_and_only_for_that_sign_in()
    {
        var (signIn, other) = (await stage.SignInAsync(), await stage.SignInAsync());
        using var client = stage.Client(signIn.AccessToken);
        Assert.Equal(HttpStatusCode.NoContent, (await client.PostAsync("/api/identity/logout", null)).StatusCode);
        await Eventually.Async(
            async () => (await client.GetAsync("/api/groups")).StatusCode == HttpStatusCode.Unauthorized,
            () => "the signed-out token still counted"
        );
        using var others = stage.Client(other.AccessToken);
        Assert.Equal(HttpStatusCode.OK, (await others.GetAsync("/api/groups")).StatusCode);
    }

    [Fact]
    public async Task R26_a_replayed_refresh_token_takes_the_access_token_with_it()
    {
        var signIn = await stage.SignInAsync();
        using var client = stage.Client();
        using var good = await client.PostAsJsonAsync("/api/identity/refresh", new { signIn.RefreshToken });
        var next = (string)(await Stage.JsonAsync(good))["accessToken"]!;
        // Within 10 s the same token again is a lost answer or a second tab; later it is a replay.
        stage.Clock.Advance(TimeSpan.FromSeconds(11));
        using var replay = await client.PostAsJsonAsync("/api/identity/refresh", new { signIn.RefreshToken });
        Assert.Equal(HttpStatusCode.Unauthorized, replay.StatusCode);
        using var holder = stage.Client(next);
        await Eventually.Async(
            async () => (await holder.GetAsync("/api/groups")).StatusCode == HttpStatusCode.Unauthorized,
            () => "the family's token still counted"
        );
    }

    [Theory]
    [InlineData("GET", null, null, 403)]
    [InlineData("GET", null, "same-origin", 200)]
    [InlineData("GET", null, "none", 200)]
    [InlineData("GET", null, "same-site", 403)]
    [InlineData("GET", null, "cross-site", 403)]
    [InlineData("GET", "own", null, 200)]
    [InlineData("GET", "http://evil.test", "same-origin", 403)]
    [InlineData("POST", null, null, 403)]
    [InlineData("POST", null, "same-origin", 403)]
    [InlineData("POST", "own", null, 200)]
    [InlineData("POST", "localhost", null, 200)]
    [InlineData("POST", "null", null, 403)]
    [InlineData("POST", "http://evil.test", null, 403)]
    [InlineData("POST", "own.evil.test", null, 403)]
    [InlineData("POST", "otherport", null, 403)]
    [InlineData("POST", "https", null, 403)]
    [InlineData("DELETE", null, null, 403)]
    [InlineData("PUT", "own", null, 200)]
    [Trait("hostile", "W02")]
    public async Task R28_a_cookie_speaks_for_its_owner_only_from_our_own_page(string method, string? origin, string? site, int status)
    {
        using var client = stage.Client();
        using var request = new HttpRequestMessage(new HttpMethod(method), "/api/enrollments");
        request.Headers.Add("Cookie", $"other=1; {await Cookie()}");
        origin = origin switch
        {
            "own" => stage.Origin,
            "localhost" => stage.Origin.Replace("127.0.0.1", "localhost", StringComparison.Ordinal),
            "own.evil.test" => stage.Origin + ".evil.test",
            "otherport" => "http://127.0.0.1:1",
            "https" => stage.Origin.Replace("http:", "https:", StringComparison.Ordinal),
            _ => origin,
        };
        if (origin is not null)
        {
            request.Headers.TryAddWithoutValidation("Origin", origin);
        }

        if (site is not null)
        {
            request.Headers.Add("Sec-Fetch-Site", site);
        }

        using var answer = await client.SendAsync(request);
        Assert.Equal(status, (int)answer.StatusCode);
        if (status == 200)
        {
            Assert.StartsWith("Bearer ey", (string)(await Stage.JsonAsync(answer))["headers"]!["Authorization"]!, StringComparison.Ordinal);
        }
        else
        {
            await HeaderTests.ProblemAsync(answer, 403, "origin-not-allowed");
        }
    }

    [Fact]
    public async Task A_foreign_page_cannot_sign_its_visitor_in_and_a_dead_cookie_is_taken_away()
    {
        using var client = stage.Client();
        client.DefaultRequestHeaders.TryAddWithoutValidation("Origin", "http://evil.test");
        using var login = await client.PostAsJsonAsync("/api/identity/login?useCookies=true", new { email = "x@example.test", password = "y" });
        Assert.Equal(HttpStatusCode.Forbidden, login.StatusCode);

        using var dead = stage.Client();
        dead.DefaultRequestHeaders.Add("Cookie", "gt_session=dead");
        using var refused = await dead.GetAsync("/api/groups");
        Assert.Equal(HttpStatusCode.Unauthorized, refused.StatusCode);
        Assert.StartsWith("gt_session=; expires=Thu, 01 Jan 1970", refused.Headers.GetValues("Set-Cookie").Single(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_browser_renews_its_cookie_and_signs_out_with_it()
    {
        var cookie = await stage.CookieAsync();
        using var client = stage.Client();
        client.DefaultRequestHeaders.Add("Cookie", cookie);
        using var fromNowhere = await client.PostAsJsonAsync("/api/identity/refresh?useCookies=true", new { });
        Assert.Equal("origin-not-allowed", (string)(await Stage.JsonAsync(fromNowhere))["code"]!);
        client.DefaultRequestHeaders.Add("Origin", stage.Origin);
        using var renewed = await client.PostAsJsonAsync("/api/identity/refresh?useCookies=true", new { });
        Assert.Equal(HttpStatusCode.OK, renewed.StatusCode);
        Assert.StartsWith("gt_session=ey", renewed.Headers.GetValues("Set-Cookie").Single(), StringComparison.Ordinal);
        Assert.Equal(HttpStatusCode.NoContent, (await client.PostAsync("/api/identity/logout", null)).StatusCode);
        await Eventually.Async(
            async () => (await client.GetAsync("/api/groups")).StatusCode == HttpStatusCode.Unauthorized,
            () => "the signed-out cookie still counted"
        );
    }

    [Fact]
    public async Task H01_the_hub_is_closed_to_anonymous_connections_and_to_a_token_in_the_address()
    {
        var signIn = await stage.SignInAsync();
        Assert.Equal(401, await HandshakeAsync("/hubs/room?session=1"));
        Assert.Equal(401, await HandshakeAsync($"/hubs/room?session=1&access_token={signIn.AccessToken}"));
        Assert.Equal(401, await HandshakeAsync("/hubs/room?session=1", ("Authorization", "Bearer nonsense")));
        using var client = stage.Client();
        Assert.Equal(HttpStatusCode.Unauthorized, (await client.PostAsync("/hubs/room/negotiate?negotiateVersion=1", null)).StatusCode);
        Assert.Equal(HttpStatusCode.Unauthorized, (await client.PostAsync($"/hubs/room/negotiate?access_token={signIn.AccessToken}", null)).StatusCode);
        Assert.Equal(101, await HandshakeAsync("/hubs/room?session=1", ("Authorization", $"Bearer {signIn.AccessToken}")));
    }

    [Theory]
    [InlineData(null, 403)]
    [InlineData("http://evil.test", 403)]
    [InlineData("null", 403)]
    [InlineData("https://app.example.evil.test", 403)]
    [InlineData("own", 101)]
    public async Task H02_a_cookie_opens_the_hub_only_from_our_own_page(string? origin, int status)
    {
        var headers = new List<(string, string)> { ("Cookie", await Cookie()), ("Sec-Fetch-Site", "same-origin") };
        if (origin is not null)
        {
            headers.Add(("Origin", origin == "own" ? stage.Origin : origin));
        }

        Assert.Equal(status, await HandshakeAsync("/hubs/room?session=1", [.. headers]));
    }

    [Fact]
    [Trait("hostile", "H28")]
    public async Task The_hub_takes_web_sockets_alone()
    {
        using var client = stage.Client((await stage.SignInAsync()).AccessToken);
        Assert.Equal(HttpStatusCode.OK, (await client.PostAsync("/hubs/room/negotiate?session=1&negotiateVersion=1", null)).StatusCode);
        Assert.Equal(HttpStatusCode.NotFound, (await client.GetAsync("/hubs/room?session=1&id=x")).StatusCode);
        Assert.Equal(HttpStatusCode.NotFound, (await client.PostAsync("/hubs/room?session=1&id=x", new StringContent("{}"))).StatusCode);
        Assert.Equal(HttpStatusCode.NotFound, (await client.GetAsync("/hubs/room/negotiate")).StatusCode);
        using var events = new HttpRequestMessage(HttpMethod.Get, "/hubs/room?session=1&id=x");
        events.Headers.Accept.ParseAdd("text/event-stream");
        Assert.Equal(HttpStatusCode.NotFound, (await client.SendAsync(events)).StatusCode);
    }

    [Fact]
    public async Task The_hubs_handshake_carries_the_internal_token_and_frames_pass()
    {
        var signIn = await stage.SignInAsync();
        using var socket = new ClientWebSocket();
        socket.Options.SetRequestHeader("Authorization", $"Bearer {signIn.AccessToken}");
        await socket.ConnectAsync(new Uri($"ws://127.0.0.1:{stage.PublicPort}/hubs/room?session=1&access_token=x"), CancellationToken.None);
        var buffer = new byte[16384];
        var frame = await socket.ReceiveAsync(buffer, CancellationToken.None);
        var told = System.Text.Json.Nodes.JsonNode.Parse(Encoding.UTF8.GetString(buffer, 0, frame.Count))!;
        Assert.Equal("?session=1", (string)told["query"]!);
        var token = new Microsoft.IdentityModel.JsonWebTokens.JsonWebToken(((string)told["headers"]!["Authorization"]!)["Bearer ".Length..]);
        Assert.Equal((signIn.Token.Subject, "room"), (token.Subject, token.Audiences.Single()));
        Assert.Equal(signIn.Token.GetClaim("sie").Value, token.GetClaim("sie").Value);
    }

    private string? cookie;

    private async Task<string> Cookie() => cookie ??= await stage.CookieAsync();

    private async Task<int> HandshakeAsync(string path, params (string Name, string Value)[] headers)
    {
        using var socket = new ClientWebSocket();
        socket.Options.CollectHttpResponseDetails = true;
        foreach (var (name, value) in headers)
        {
            socket.Options.SetRequestHeader(name, value);
        }

        try
        {
            await socket.ConnectAsync(new Uri($"ws://127.0.0.1:{stage.PublicPort}{path}"), CancellationToken.None);
        }
        catch (WebSocketException)
        {
            // The status says why.
        }

        return (int)socket.HttpStatusCode;
    }
}
