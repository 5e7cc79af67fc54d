using System.Net;
using System.Net.Http.Json;
using System.Net.WebSockets;
using System.Text;
using System.Text.Json;

namespace GroupTherapy.Edge.Tests;

/// <summary>A real browser before the public address, through the proxies' sample files and without a proxy.</summary>
[Collection(nameof(PublicDeployment))]
public sealed class PublicAddressTests(PublicDeployment deployment)
{
    // What a client of the hub does, in a page: join with the cookie, open the socket, shake hands, enter.
    private const string EnterTheRoom = """
        async session => {
          const join = await (await fetch(`/api/sessions/${session}/join`,
            { method: 'POST', headers: { 'content-type': 'application/json' }, body: '{}' })).json();
          return await new Promise((done, failed) => {
            const socket = new WebSocket(`wss://${location.host}${join.hub}`);
            const send = what => socket.send(JSON.stringify(what) + '\u001e');
            socket.onopen = () => send({ protocol: 'json', version: 1 });
            socket.onerror = () => failed(new Error('the socket failed'));
            socket.onmessage = ({ data }) => {
              for (const frame of data.split('\u001e').filter(f => f).map(f => JSON.parse(f))) {
                if (frame.type === undefined) send({ type: 1, invocationId: '1', target: 'Enter', arguments: [{ ticket: join.ticket, cursors: {} }] });
                if (frame.type === 3) done(frame.error ?? frame.result.state);
              }
            };
          });
        }
        """;

    // One after the other: every change of the way is a new start.
    [Theory]
    [InlineData("nginx")]
    [InlineData("caddy")]
    [InlineData("nginx-hub")]
    [InlineData("direct")]
    public async Task Member_signs_in_over_TLS_and_enters_the_room_and_no_other_page_can_do_it_for_them(string way)
    {
        await deployment.ReachedByAsync(way);
        await EnterAsync();
        await ForeignPagesAsync();
    }

    [Fact]
    public async Task Where_nginx_carries_the_hub_new_gateways_drop_no_connection()
    {
        await deployment.ReachedByAsync("nginx-hub");
        var operators = await Person.SignInAsync(deployment, "operator@demo.test");
        var lead = await Person.NewFacilitatorAsync(deployment, operators);
        var evening = await Evening.TonightAsync(operators, lead.Id);
        var join = await lead.JoinAsync(evening.Session, null);
        using var socket = await deployment.SocketAsync((string)join["hub"]!, lead.Token);
        await SendAsync(new { protocol = "json", version = 1 });
        var arguments = new[] { new { ticket = (string)join["ticket"]!, cursors = new { } } };
        await SendAsync(
            new
            {
                type = 1,
                invocationId = "1",
                target = "Enter",
                arguments,
            }
        );
        await AnsweredAsync("1");

        // It reads meanwhile: who answers no ping is taken for gone.
        var answered = AnsweredAsync("2");
        await deployment.CommandAsync("rotate", "gateway-keys");
        await SendAsync(
            new
            {
                type = 1,
                invocationId = "2",
                target = "Open",
                arguments = Array.Empty<object>(),
            }
        );
        await answered;

        Task SendAsync(object what) =>
            socket.SendAsync(Encoding.UTF8.GetBytes(JsonSerializer.Serialize(what) + "\u001e"), WebSocketMessageType.Text, true, CancellationToken.None);

        async Task AnsweredAsync(string id)
        {
            using var limit = new CancellationTokenSource(TimeSpan.FromMinutes(3));
            var (buffer, text) = (new byte[65536], "");
            while (!text.Contains($"\"invocationId\":\"{id}\"", StringComparison.Ordinal))
            {
                var frame = await socket.ReceiveAsync(buffer, limit.Token);
                text += Encoding.UTF8.GetString(buffer, 0, frame.Count);
            }

            Assert.DoesNotContain("\"error\"", text, StringComparison.Ordinal);
        }
    }

    private async Task EnterAsync()
    {
        var operators = await Person.SignInAsync(deployment, "operator@demo.test");
        var lead = await Person.NewFacilitatorAsync(deployment, operators);
        var evening = await Evening.TonightAsync(operators, lead.Id);
        await lead.JoinAsync(evening.Session, null);

        await using var context = await deployment.Browser.NewContextAsync(new BrowserNewContextOptions { BaseURL = deployment.Address.ToString() });
        context.SetDefaultTimeout(60_000);
        var page = await context.NewPageAsync();
        var first = (await page.GotoAsync("/"))!;
        Assert.StartsWith("max-age=31536000", await first.HeaderValueAsync("strict-transport-security"), StringComparison.Ordinal);
        Assert.Null(await first.HeaderValueAsync("via"));
        await page.GetByLabel("E-mail").FillAsync((string)lead.Me["email"]!);
        await page.GetByLabel("Password", new() { Exact = true }).FillAsync(Person.Password);
        await page.GetByRole(AriaRole.Button, new() { Name = "Sign in", Exact = true }).ClickAsync();
        await Eventually.Async(async () => (await context.CookiesAsync()).Any(c => c.Name == "__Host-gt_session"), () => "no cookie came");

        var cookie = (await context.CookiesAsync()).Single(c => c.Name.EndsWith("gt_session", StringComparison.Ordinal));
        Assert.Equal(
            (true, true, SameSiteAttribute.Strict, "/", PublicDeployment.Name),
            (cookie.Secure, cookie.HttpOnly, cookie.SameSite, cookie.Path, cookie.Domain)
        );
        Assert.Equal("", await page.EvaluateAsync<string>("document.cookie"));
        Assert.Equal("in", await page.EvaluateAsync<string>(EnterTheRoom, evening.Session.ToString()));

        // From now on the browser itself refuses to speak without TLS.
        var plain = await page.GotoAsync($"http://{deployment.Address.Authority}/");
        Assert.StartsWith("https://", plain!.Url, StringComparison.Ordinal);
    }

    private async Task ForeignPagesAsync()
    {
        using var http = deployment.Anonymous();
        using var login = await http.PostAsJsonAsync("/api/identity/login?useCookies=true", new { email = "operator@demo.test", password = Person.Password });
        Assert.Equal(HttpStatusCode.OK, login.StatusCode);
        var set = login.Headers.GetValues("Set-Cookie").Single(c => c.Contains("gt_session", StringComparison.Ordinal));
        http.DefaultRequestHeaders.Add("Cookie", set.Split(';')[0]);
        var own = deployment.Address.GetLeftPart(UriPartial.Authority);
        foreach (var (origin, status) in new[] { (own, 200), ("https://evil.example", 403), ("http://127.0.0.1:8080", 403) })
        {
            using var request = new HttpRequestMessage(HttpMethod.Get, "/api/identity/me");
            request.Headers.Add("Origin", origin);
            Assert.Equal(status, (int)(await http.SendAsync(request)).StatusCode);
        }

        // The name without its prefix could be planted by a page on a neighbouring host: it counts for nothing.
        using var planted = deployment.Anonymous();
        planted.DefaultRequestHeaders.Add("Cookie", set.Split(';')[0]["__Host-".Length..]);
        planted.DefaultRequestHeaders.Add("Origin", own);
        Assert.Equal(HttpStatusCode.Unauthorized, (await planted.GetAsync("/api/identity/me")).StatusCode);

        var member = await Person.NewMemberAsync(deployment, "NY");
        var feed = await member.PostAsync("/api/me/calendar-feed");
        Assert.StartsWith($"{own}/calendars/", (string)feed["url"]!, StringComparison.Ordinal);
    }
}
