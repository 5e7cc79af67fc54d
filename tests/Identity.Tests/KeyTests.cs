using System.Net.Http.Json;
using System.Text;
using System.Text.Json.Nodes;
using GroupTherapy.Identity.Workers;
using GroupTherapy.Platform.Security;
using GroupTherapy.Tests.Support;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.IdentityModel.JsonWebTokens;
using Microsoft.IdentityModel.Tokens;
using TokenReader = GroupTherapy.Platform.Security.TokenReader;

namespace GroupTherapy.Identity.Tests;

/// <summary>Keys that rotate, and forged tokens.</summary>
public sealed class KeyTests : IAsyncLifetime
{
    private readonly IdentityInProcess identity = new();
    private KeyRing ring = null!;
    private TokenReader reader = null!;

    public async ValueTask InitializeAsync()
    {
        await identity.InitializeAsync();
        ring = new KeyRing([new Uri(identity.Service.Address, "/internal/keys")], identity.Clock, NullLogger.Instance);
        reader = new TokenReader(ring, "grouptherapy-identity", "grouptherapy", identity.Clock);
    }

    public async ValueTask DisposeAsync()
    {
        ring.Dispose();
        await identity.DisposeAsync();
    }

    [Fact]
    public async Task A_key_is_published_before_it_signs_and_until_its_last_token_is_dead()
    {
        var email = await identity.RegisterAsync();
        var first = Assert.Single(await KidsAsync());

        await TurnAsync(TimeSpan.FromHours(23.5));
        Assert.Equal([first], await KidsAsync());
        await TurnAsync(TimeSpan.FromMinutes(18));
        var second = Assert.Single((await KidsAsync()).Except([first]));
        Assert.Equal(first, (await identity.LoginAsync(email)).Token.Kid);

        await TurnAsync(TimeSpan.FromMinutes(16));
        var last = await identity.LoginAsync(email);
        Assert.Equal(second, last.Token.Kid);
        Assert.Equal(2, (await KidsAsync()).Count);
        await TurnAsync(TimeSpan.FromMinutes(50));
        Assert.Contains(first, await KidsAsync());
        await TurnAsync(TimeSpan.FromMinutes(20));
        Assert.Equal([second], await KidsAsync());
    }

    [Fact]
    public async Task A_token_of_the_replaced_key_verifies_to_its_end()
    {
        var email = await identity.RegisterAsync();
        await TurnAsync(TimeSpan.FromHours(23.75));
        await TurnAsync(TimeSpan.FromMinutes(14));
        var old = await identity.LoginAsync(email);
        await TurnAsync(TimeSpan.FromMinutes(5));
        Assert.NotEqual(old.Token.Kid, (await identity.LoginAsync(email)).Token.Kid);
        await TurnAsync(TimeSpan.FromMinutes(54));
        Assert.NotNull(await reader.ReadAsync(old.AccessToken, default));
        await TurnAsync(TimeSpan.FromMinutes(3));
        Assert.Null(await reader.ReadAsync(old.AccessToken, default));
    }

    [Fact]
    public async Task Two_instances_share_their_keys_and_a_restarted_one_signs_on()
    {
        var email = await identity.RegisterAsync();
        await using var second = await identity.StartAsync();
        var kid = Assert.Single(await KidsAsync(second));
        Assert.Equal([kid], await KidsAsync());
        Assert.Equal(kid, (await identity.LoginAsync(email)).Token.Kid);
    }

    [Fact]
    [Trait("hostile", "O05")]
    public async Task The_key_file_is_the_owners_alone_and_without_it_the_database_signs_nothing()
    {
        var file = Assert.Single(Directory.GetFiles(identity.Secrets));
        Assert.True(!OperatingSystem.IsWindows() && File.GetUnixFileMode(file) == (UnixFileMode.UserRead | UnixFileMode.UserWrite));
        var old = Assert.Single(await KidsAsync());
        await using var elsewhere = await identity.StartAsync(Engines.Folder("another-secret"));
        var kids = await KidsAsync(elsewhere);
        Assert.Equal(2, kids.Count);
        Assert.Contains(old, kids);
        using var client = elsewhere.Anonymous();
        using var register = await client.PostAsJsonAsync(
            "/api/identity/register",
            new { email = "elsewhere@example.test", password = IdentityInProcess.Password }
        );
        using var login = await client.PostAsJsonAsync("/api/identity/login", new { email = "elsewhere@example.test", password = IdentityInProcess.Password });
        Assert.NotEqual(old, SignIn.From(await IdentityInProcess.JsonAsync(login)).Token.Kid);
    }

    [Fact]
    public async Task Only_public_halves_are_published()
    {
        using var client = identity.Service.Anonymous();
        var key = (await client.GetFromJsonAsync<JsonObject>("/internal/keys"))!["keys"]!.AsArray().Single()!.AsObject();
        Assert.Equal(["alg", "crv", "kid", "kty", "use", "x", "y"], key.Select(p => p.Key).Order());
    }

    [Fact]
    public async Task R22_a_token_signed_with_the_public_key_as_a_password_is_refused()
    {
        var token = (await identity.LoginAsync(await identity.RegisterAsync())).Token;
        using var client = identity.Service.Anonymous();
        var published = (await client.GetFromJsonAsync<JsonObject>("/internal/keys"))!["keys"]![0]!;
        foreach (var secret in new[] { published.ToJsonString(), (string)published["x"]!, (string)published["x"]! + (string)published["y"]! })
        {
            var header = Base64UrlEncoder.Encode($$"""{"alg":"HS256","kid":"{{token.Kid}}","typ":"JWT"}""");
            var signed = $"{header}.{token.EncodedPayload}";
            var mac = System.Security.Cryptography.HMACSHA256.HashData(Encoding.UTF8.GetBytes(secret), Encoding.UTF8.GetBytes(signed));
            var forged = $"{signed}.{Base64UrlEncoder.Encode(mac)}";
            Assert.Null(await reader.ReadAsync(forged, default));
        }

        var none = $"{Base64UrlEncoder.Encode($$"""{"alg":"none","kid":"{{token.Kid}}"}""")}.{token.EncodedPayload}.";
        Assert.Null(await reader.ReadAsync(none, default));
        Assert.NotNull(await reader.ReadAsync(token.EncodedToken, default));
    }

    [Fact]
    public async Task R23_no_header_of_a_token_chooses_its_key()
    {
        var mine = Es256Key.New(DateTimeOffset.UnixEpoch);
        var real = (await identity.LoginAsync(await identity.RegisterAsync())).Token;
        var asked = 0;
        using var counting = new KeyRing(
            [new Uri(identity.Service.Address, "/internal/keys")],
            identity.Clock,
            NullLogger.Instance,
            new Counting(() => asked++)
        );
        var cautious = new TokenReader(counting, "grouptherapy-identity", "grouptherapy", identity.Clock);
        var jwk = $$"""{"kty":"EC","crv":"P-256","x":"{{mine.Public().X}}","y":"{{mine.Public().Y}}"}""";
        foreach (var extra in new[] { "\"jku\":\"http://127.0.0.1:9/keys\"", "\"x5u\":\"http://127.0.0.1:9/cert\"", $"\"jwk\":{jwk}", "\"crit\":[\"exp\"]" })
        {
            Assert.Null(await cautious.ReadAsync(Forged(mine, real.EncodedPayload, $"\"kid\":\"{real.Kid}\",{extra}"), default));
        }

        foreach (var kid in new[] { "../../dev/null", "' or 1=1 --", "", "\\u0000" })
        {
            Assert.Null(await cautious.ReadAsync(Forged(mine, real.EncodedPayload, $"\"kid\":\"{kid}\""), default));
        }

        asked = 0;
        for (var i = 0; i < 1000; i++)
        {
            Assert.Null(await cautious.ReadAsync(Forged(mine, real.EncodedPayload, $"\"kid\":\"unknown-{i}\""), default));
        }

        // At most once a second, however long this loop took on a busy machine.
        Assert.InRange(asked, 0, 30);
    }

    [Fact]
    public async Task R25_a_token_counts_from_its_start_to_its_end_give_or_take_half_a_minute()
    {
        var signIn = await identity.LoginAsync(await identity.RegisterAsync());
        identity.Clock.Advance(TimeSpan.FromMinutes(-1));
        Assert.Null(await reader.ReadAsync(signIn.AccessToken, default));
        identity.Clock.Advance(TimeSpan.FromSeconds(40));
        Assert.NotNull(await reader.ReadAsync(signIn.AccessToken, default));
        identity.Clock.Advance(TimeSpan.FromMinutes(60.5));
        Assert.NotNull(await reader.ReadAsync(signIn.AccessToken, default));
        identity.Clock.Advance(TimeSpan.FromSeconds(40));
        Assert.Null(await reader.ReadAsync(signIn.AccessToken, default));
    }

    private static string Forged(Es256Key key, string payload, string header)
    {
        var signed = $"{Base64UrlEncoder.Encode($$"""{"alg":"ES256","typ":"JWT",{{header}}}""")}.{payload}";
        return $"{signed}.{Base64UrlEncoder.Encode(key.Key.SignData(Encoding.UTF8.GetBytes(signed), System.Security.Cryptography.HashAlgorithmName.SHA256))}";
    }

    private async Task TurnAsync(TimeSpan by)
    {
        identity.Clock.Advance(by);
        await identity.Service.Get<RotateSigningKeys>().HandleAsync([], default);
    }

    private async Task<IReadOnlyList<string>> KidsAsync(InProcess? service = null)
    {
        using var client = (service ?? identity.Service).Anonymous();
        return [.. (await client.GetFromJsonAsync<JsonObject>("/internal/keys"))!["keys"]!.AsArray().Select(k => (string)k!["kid"]!)];
    }

    private sealed class Counting(Action ask) : DelegatingHandler(new SocketsHttpHandler())
    {
        protected override Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
        {
            ask();
            return base.SendAsync(request, cancellationToken);
        }
    }
}
