using System.IO.Compression;
using System.Net;
using System.Net.Http.Json;
using System.Text.Json;
using System.Text.Json.Nodes;
using GroupTherapy.Platform.Security;
using GroupTherapy.Tests.Support;
using Microsoft.AspNetCore.Http;
using Microsoft.IdentityModel.JsonWebTokens;

namespace GroupTherapy.Gateway.Tests;

/// <summary>What passes the edge, in both directions.</summary>
public sealed class HeaderTests(Stage stage) : IClassFixture<Stage>
{
    [Fact]
    public async Task R29_no_identity_header_of_a_client_reaches_a_service()
    {
        var signIn = await stage.SignInAsync();
        using var client = stage.Client(signIn.AccessToken);
        foreach (
            var name in new[]
            {
                "X-Forwarded-For",
                "X-Forwarded-Host",
                "X-Forwarded-Proto",
                "X-Forwarded-Prefix",
                "Forwarded",
                "X-Real-IP",
                "X-User-Id",
                "X-User-Roles",
                "X-Original-URL",
                "X-Rewrite-URL",
                "X-HTTP-Method-Override",
                "X-Method-Override",
                "Cookie",
                "Origin",
                "Referer",
                "User-Agent",
                "X-Anything-Else",
                "traceparent-x",
                "X-Request-Source",
            }
        )
        {
            client.DefaultRequestHeaders.TryAddWithoutValidation(name, name == "Origin" ? stage.Origin : "a=marker-from-outside");
        }

        client.DefaultRequestHeaders.Add("Idempotency-Key", "key-1");
        client.DefaultRequestHeaders.Add("If-Match", "\"7\"");
        client.DefaultRequestHeaders.Add("Accept-Language", "es");
        client.DefaultRequestHeaders.Add("Prefer", "respond-async");
        var told = await Stage.JsonAsync(await client.PostAsync("/api/enrollments", new StringContent("{}", System.Text.Encoding.UTF8, "application/json")));
        var headers = told["headers"]!.AsObject();
        Assert.DoesNotContain("marker-from-outside", headers.ToJsonString(), StringComparison.Ordinal);
        Assert.Equal(
            ["Accept-Language", "Authorization", "Content-Length", "Content-Type", "Host", "Idempotency-Key", "If-Match", "Prefer", "X-Request-Source"],
            headers.Select(h => h.Key).Where(h => h is not "traceparent" and not "Correlation-Context" and not "Transfer-Encoding").Order()
        );
        Assert.Equal(new Uri(stage.Enrollment.Address).Authority, (string)headers["Host"]!);
        Assert.DoesNotContain(signIn.AccessToken, headers.ToJsonString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task R34_a_charset_in_quotes_reaches_a_service_without_them()
    {
        var signIn = await stage.SignInAsync();
        using var client = stage.Client(signIn.AccessToken);
        using var body = new StringContent("{}");
        body.Headers.Remove("Content-Type");
        Assert.True(body.Headers.TryAddWithoutValidation("Content-Type", "application/json;charset=\"UTF-8\""));
        var told = await Stage.JsonAsync(await client.PostAsync("/api/enrollments", body));
        Assert.Equal("application/json; charset=utf-8", (string)told["headers"]!["Content-Type"]!);
    }

    [Fact]
    public async Task A_signed_in_caller_is_sent_compressed_what_everybody_is_told_and_nothing_else()
    {
        var signIn = await stage.SignInAsync();
        foreach (
            var (path, bearer, encoding) in new (string Path, string? Bearer, string? Encoding)[]
            {
                ("/api/groups", null, "br"),
                ("/api/topics", null, "br"),
                ("/api/groups/1", null, "br"),
                ("/api/groups", signIn.AccessToken, "br"),
                ("/api/groups?topic=anxiety", signIn.AccessToken, "br"),
                ("/api/jurisdictions?limit=500", signIn.AccessToken, "br"),
                ("/api/groups/1", signIn.AccessToken, null),
                ("/api/groups/1/roster", signIn.AccessToken, null),
                ("/api/groupsandmore", null, null),
                ("/api/groups?status=404", null, null),
                ("/api/me/profile", signIn.AccessToken, null),
            }
        )
        {
            using var client = stage.Client(bearer);
            client.DefaultRequestHeaders.Add("Accept-Encoding", "br");
            using var answer = await client.GetAsync(path);
            Assert.Equal((path, encoding), (path, answer.Content.Headers.ContentEncoding.SingleOrDefault()));
            await using var body = await answer.Content.ReadAsStreamAsync();
            await using var plain = encoding is null ? body : new BrotliStream(body, CompressionMode.Decompress);
            Assert.NotNull(await JsonSerializer.DeserializeAsync<JsonObject>(plain));
        }
    }

    [Theory]
    [InlineData("/api/groups", "scheduling")]
    [InlineData("/api/me/profile", "enrollment")]
    [InlineData("/api/sessions/1/join", "room")]
    [InlineData("/api/facilitators", "enrollment identity")]
    [InlineData("/api/facilitators/1/credentials", "enrollment identity")]
    public async Task The_internal_token_is_for_one_service_and_names_the_caller(string path, string audiences)
    {
        var signIn = await stage.SignInAsync();
        using var client = stage.Client(signIn.AccessToken);
        var told = await Stage.JsonAsync(await client.GetAsync(path));
        var token = new JsonWebToken(((string)told["headers"]!["Authorization"]!)["Bearer ".Length..]);
        Assert.Equal(("ES256", InternalTokenAuthentication.Issuer), (token.Alg, token.Issuer));
        Assert.Equal(audiences.Split(' '), token.Audiences);
        Assert.Equal(TimeSpan.FromMinutes(2), token.ValidTo - token.ValidFrom);
        foreach (var claim in new[] { "sub", "sid", "sie", "role" })
        {
            Assert.Equal(signIn.Token.GetClaim(claim).Value, token.GetClaim(claim).Value);
        }

        using var keys = new HttpClient();
        var published = await keys.GetFromJsonAsync<JsonObject>($"http://127.0.0.1:{stage.InternalPort}/internal/keys");
        Assert.Contains(published!["keys"]!.AsArray(), k => (string)k!["kid"]! == token.Kid);
    }

    [Theory]
    [InlineData("Accept-Language", "français", 200)]
    [InlineData("Accept", "text/é", 200)]
    [InlineData("Prefer", "é", 200)]
    [InlineData("If-None-Match", "\"é\"", 200)]
    [InlineData("Authorization", "Bearer é", 401)]
    [InlineData("Cookie", "a=é", 200)]
    [InlineData("User-Agent", "é", 200)]
    [InlineData("traceparent", "é", 200)]
    [InlineData("X-Forwarded-For", "é", 200)]
    public async Task Bytes_that_are_no_ASCII_in_a_header_are_no_outage(string name, string value, int status)
    {
        var address = new Uri(stage.Origin);
        Assert.Equal(status, (await RawHttp.SendAsync(address, "GET", "/api/groups", "", $"{name}: {value}")).Status);
        Assert.Equal(status, (await RawHttp.SendAsync(address, "GET", "/api/groups", "", $"{name}: {RawHttp.Utf8(value)}")).Status);
    }

    [Fact]
    public async Task A_key_reaches_the_service_as_the_bytes_it_is()
    {
        var signIn = await stage.SignInAsync();
        var (status, rest) = await RawHttp.SendAsync(
            new Uri(stage.Origin),
            "POST",
            "/api/enrollments",
            "{}",
            $"Authorization: Bearer {signIn.AccessToken}",
            "Idempotency-Key: \u00e9"
        );
        Assert.Equal(200, status);
        Assert.Matches("Idempotency-Key\":\"(é|\\\\u00[eE]9)\"", rest);
    }

    [Theory]
    [InlineData("/api/groups")]
    [InlineData("/health/live")]
    [InlineData("/openapi/v1.json")]
    public async Task HEAD_answers_as_GET_without_a_body(string path)
    {
        var (status, rest) = await RawHttp.SendAsync(new Uri(stage.Origin), "HEAD", path);
        Assert.Equal(200, status);
        Assert.EndsWith("\r\n\r\n", rest, StringComparison.Ordinal);
        Assert.Equal(404, (await RawHttp.SendAsync(new Uri(stage.Origin), "HEAD", "/api/nothing")).Status);
    }

    [Fact]
    public async Task An_anonymous_request_gets_no_internal_token()
    {
        using var client = stage.Client();
        var told = await Stage.JsonAsync(await client.GetAsync("/api/groups"));
        Assert.False(told["headers"]!.AsObject().ContainsKey("Authorization"));
    }

    [Fact]
    public async Task Answers_are_not_cached_sniffed_framed_and_tell_nothing_about_the_software()
    {
        using var client = stage.Client();
        foreach (var path in new[] { "/api/groups", "/api/nothing", "/health/live", "/openapi/v1.json" })
        {
            using var answer = await client.GetAsync(path);
            string One(string name) => answer.Headers.TryGetValues(name, out var values) ? string.Join(',', values) : "";
            Assert.Equal(
                ("no-store", "nosniff", "no-referrer", "DENY"),
                (One("Cache-Control"), One("X-Content-Type-Options"), One("Referrer-Policy"), One("X-Frame-Options"))
            );
            Assert.Contains("frame-ancestors 'none'", One("Content-Security-Policy"), StringComparison.Ordinal);
            Assert.Equal(("", "", ""), (One("Server"), One("X-Powered-By"), One("Set-Cookie")));
        }
    }

    [Fact]
    public async Task A_calendar_program_may_keep_what_its_service_lets_it_keep_and_no_refusal()
    {
        stage.Scheduling.Internal["/calendars/known.ics"] = request =>
        {
            request.HttpContext.Response.Headers.CacheControl = "private, no-cache";
            return Results.Text("BEGIN:VCALENDAR");
        };
        stage.Scheduling.Internal["/calendars/gone.ics"] = request =>
        {
            request.HttpContext.Response.Headers.CacheControl = "private, no-cache";
            return Results.NotFound();
        };
        using var client = stage.Client();
        foreach (var (path, expected) in new[] { ("known", "no-cache, private"), ("gone", "no-store"), ("silent", "no-store") })
        {
            using var answer = await client.GetAsync($"/calendars/{path}.ics");
            Assert.Equal(expected, string.Join(", ", answer.Headers.CacheControl!.ToString().Split(", ").Order()));
        }
    }

    [Fact]
    public async Task A_token_in_the_address_does_not_count_and_is_not_forwarded()
    {
        var signIn = await stage.SignInAsync();
        using var client = stage.Client();
        var told = await Stage.JsonAsync(await client.GetAsync($"/api/groups?access_token={signIn.AccessToken}&limit=2"));
        Assert.DoesNotContain(signIn.AccessToken, told.ToJsonString(), StringComparison.Ordinal);
        Assert.Equal("?limit=2", (string)told["query"]!);
        Assert.False(told["headers"]!.AsObject().ContainsKey("Authorization"));
        Assert.Equal(HttpStatusCode.Unauthorized, (await client.GetAsync($"/api/identity/me?access_token={signIn.AccessToken}")).StatusCode);
    }

    [Fact]
    public async Task H27_no_token_and_no_address_of_a_person_is_logged()
    {
        var signIn = await stage.SignInAsync();
        using var client = stage.Client(signIn.AccessToken);
        using var none = await client.GetAsync($"/api/groups?access_token={signIn.AccessToken}");
        using var missing = await client.GetAsync($"/api/nothing?access_token={signIn.AccessToken}");
        using var negotiate = await client.PostAsync($"/hubs/room/negotiate?session=1&access_token={signIn.AccessToken}", null);
        using var own = await client.GetAsync($"/api/identity/me?access_token={signIn.AccessToken}&email={signIn.Email}");
        using var anonymous = stage.Client();
        using var again = await anonymous.PostAsJsonAsync("/api/identity/register", new { email = signIn.Email, password = Stage.Password });
        await stage.Scheduling.StopAsync();
        using var away = await client.GetAsync($"/api/groups?access_token={signIn.AccessToken}");
        await stage.Scheduling.StartAsync();
        Assert.Equal(HttpStatusCode.ServiceUnavailable, away.StatusCode);
        Assert.DoesNotContain(
            stage.Log.Lines,
            l =>
                l.Contains("eyJ", StringComparison.Ordinal)
                || l.Contains(signIn.Email, StringComparison.OrdinalIgnoreCase)
                || l.Contains("access_token", StringComparison.Ordinal)
        );
    }

    [Fact]
    public async Task A_quarter_of_a_mebibyte_passes_and_more_is_413_told_or_not()
    {
        var signIn = await stage.SignInAsync();
        using var client = stage.Client(signIn.AccessToken);
        var told = await Stage.JsonAsync(await client.PutAsync("/api/me/profile", new ByteArrayContent(new byte[256 * 1024])));
        Assert.Equal(256 * 1024, (long)told["bytes"]!);
        using var large = await client.PutAsync("/api/me/profile", new ByteArrayContent(new byte[(256 * 1024) + 1]));
        await ProblemAsync(large, 413, "too-large");
        using var chunked = new HttpRequestMessage(HttpMethod.Put, "/api/me/profile") { Content = new StreamContent(new Endless(2_000_000)) };
        chunked.Headers.TransferEncodingChunked = true;
        using var refused = await client.SendAsync(chunked);
        await ProblemAsync(refused, 413, "too-large");
    }

    [Theory]
    [InlineData(401, "not-signed-in")]
    [InlineData(404, "not-found")]
    [InlineData(405, "method-not-allowed")]
    [InlineData(415, "unsupported-media-type")]
    public async Task A_services_refusal_without_words_gets_some(int status, string code)
    {
        using var client = stage.Client();
        using var answer = await client.GetAsync($"/api/groups?status={status}");
        await ProblemAsync(answer, status, code);
    }

    internal static async Task ProblemAsync(HttpResponseMessage answer, int status, string code)
    {
        Assert.Equal(status, (int)answer.StatusCode);
        Assert.Equal("application/problem+json", answer.Content.Headers.ContentType?.MediaType);
        var body = await Stage.JsonAsync(answer);
        Assert.Equal((code, $"/problems/{code}", status), ((string)body["code"]!, (string)body["type"]!, (int)body["status"]!));
    }

    private sealed class Endless(int bytes) : Stream
    {
        private int _left = bytes;

        public override bool CanRead => true;

        public override bool CanSeek => false;

        public override bool CanWrite => false;

        public override long Length => throw new NotSupportedException();

        public override long Position
        {
            get => throw new NotSupportedException();
            set => throw new NotSupportedException();
        }

        public override int Read(byte[] buffer, int offset, int count)
        {
            var n = Math.Min(count, _left);
            _left -= n;
            return n;
        }

        public override void Flush() { }

        public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

        public override void SetLength(long value) => throw new NotSupportedException();

        public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();
    }
}
