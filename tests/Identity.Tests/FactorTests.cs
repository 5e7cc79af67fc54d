using System.Net;
using System.Net.Http.Json;
using System.Text.Json.Nodes;
using GroupTherapy.Tests.Support;
using OtpNet;

namespace GroupTherapy.Identity.Tests;

/// <summary>Second factors, step-up, and what a place and a browser are locked out of. The instance runs as outside a demonstration.</summary>
public sealed class FactorTests(IdentityInProcess identity) : IClassFixture<IdentityInProcess>, IAsyncLifetime
{
    private InProcess _service = null!;

    public async ValueTask InitializeAsync() => _service = await identity.StartAsync(environment: "Production");

    public ValueTask DisposeAsync() => _service.DisposeAsync();

    [Fact]
    public async Task An_authenticator_is_asked_for_once_it_is_on_and_no_code_counts_twice()
    {
        var person = await StaffAsync("facilitator");
        var (key, codes) = await EnrolAsync(person);
        Assert.Equal(10, codes.Count);
        var needed = await LoginAsync(person.Email);
        Assert.Equal("second-factor-needed", (string)needed["code"]!);
        Assert.Equal("""["authenticator","recovery-code"]""", needed["methods"]!.ToJsonString());
        Assert.Equal("second-factor-refused", (string)(await LoginAsync(person.Email, code: "000000"))["code"]!);

        identity.Clock.Advance(TimeSpan.FromMinutes(1));
        var code = Code(key);
        var signIn = SignIn.From(await LoginAsync(person.Email, code: code));
        Assert.Equal(["mfa", "otp", "pwd"], signIn.Token.Claims.Where(c => c.Type == "amr").Select(c => c.Value).Order());
        Assert.Equal("facilitator@grouport", signIn.Memberships);
        Assert.Equal("second-factor-refused", (string)(await LoginAsync(person.Email, code: code))["code"]!);
    }

    [Theory]
    [InlineData("-1")]
    [InlineData("AB")]
    [InlineData("A")]
    [InlineData("%C3%A9")]
    [InlineData("AQID")]
    public async Task An_id_that_no_passkey_of_mine_has_is_not_found_whatever_its_letters(string passkey)
    {
        using var me = identity.As(await identity.LoginAsync(await identity.RegisterAsync()));
        using var answer = await me.DeleteAsync($"/api/identity/passkeys/{passkey}");
        Assert.Equal(HttpStatusCode.NotFound, answer.StatusCode);
    }

    [Fact]
    public async Task A_recovery_code_opens_once_and_is_kept_as_a_hash()
    {
        var person = await StaffAsync("facilitator");
        var (_, codes) = await EnrolAsync(person);
        Assert.NotNull((await LoginAsync(person.Email, recovery: codes[0].ToUpperInvariant()))["accessToken"]);
        Assert.Equal("second-factor-refused", (string)(await LoginAsync(person.Email, recovery: codes[0]))["code"]!);
        Assert.NotNull((await LoginAsync(person.Email, recovery: codes[1]))["accessToken"]);
        Assert.Equal(8, await identity.Db.FirstOrDefaultAsync<long>("select count(*) from recovery_codes where account_id = @Account", new { person.Account }));
    }

    [Fact]
    public async Task Staff_without_a_second_factor_hold_no_role_until_they_have_set_one_up()
    {
        var person = await StaffAsync("operator");
        var first = SignIn.From(await LoginAsync(person.Email));
        Assert.Empty(first.Roles);
        Assert.Equal("", first.Memberships);
        Assert.Contains(first.Token.Claims, c => c is { Type: "flag", Value: "second-factor-required" });

        await EnrolAsync(person with { SignIn = first });
        using var client = _service.Anonymous();
        using var answer = await client.PostAsJsonAsync("/api/identity/refresh", new { first.RefreshToken });
        Assert.Equal("operator@grouport", SignIn.From(await IdentityInProcess.JsonAsync(answer)).Memberships);

        using var half = As(person with { SignIn = first }, "pwd");
        using var refused = await half.PostAsJsonAsync("/api/identity/manage/2fa", new { enable = false });
        Assert.Equal("step-up-required", (string)(await IdentityInProcess.JsonAsync(refused))["code"]!);
        using var own = As(person with { SignIn = first }, "pwd", "otp", "mfa");
        using var off = await own.PostAsJsonAsync("/api/identity/manage/2fa", new { enable = false });
        Assert.Equal("last-factor", (string)(await IdentityInProcess.JsonAsync(off))["code"]!);
    }

    [Fact]
    public async Task A_grave_act_asks_again_after_ten_minutes()
    {
        var person = await StaffAsync("operator");
        var (key, _) = await EnrolAsync(person);
        identity.Clock.Advance(TimeSpan.FromMinutes(1));
        var signIn = SignIn.From(await LoginAsync(person.Email, code: Code(key)));
        identity.Clock.Advance(TimeSpan.FromMinutes(11));
        Assert.Equal((HttpStatusCode.Forbidden, "step-up-required"), await InviteAsync(signIn.Token.Subject, identity.Clock.GetUtcNow().AddMinutes(-11)));

        using var client = As(person with { SignIn = signIn });
        using var half = await client.PostAsJsonAsync("/api/identity/reauthenticate", new { password = IdentityInProcess.Password });
        Assert.Equal("second-factor-needed", (string)(await IdentityInProcess.JsonAsync(half))["code"]!);
        using var whole = await client.PostAsJsonAsync(
            "/api/identity/reauthenticate",
            new { password = IdentityInProcess.Password, twoFactorCode = Code(key) }
        );
        var again = SignIn.From(await IdentityInProcess.JsonAsync(whole));
        Assert.Equal(signIn.Id, again.Id);
        var provenAt = DateTimeOffset.FromUnixTimeSeconds(again.Token.GetPayloadValue<long>("auth_time"));
        Assert.InRange(identity.Clock.GetUtcNow() - provenAt, TimeSpan.Zero, TimeSpan.FromSeconds(30));
        Assert.Equal(HttpStatusCode.Created, (await InviteAsync(signIn.Token.Subject, provenAt)).Status);
    }

    [Fact]
    public async Task A_guesser_locks_out_the_own_place_and_neither_another_nor_a_known_browser()
    {
        var email = await identity.RegisterAsync();
        using var home = From("203.0.113.7");
        using var signedIn = await home.PostAsJsonAsync("/api/identity/login?useCookies=true", new { email, password = IdentityInProcess.Password });
        var device = signedIn.Headers.GetValues("Set-Cookie").Single(c => c.StartsWith("gt_device=", StringComparison.Ordinal)).Split(';')[0];

        using var attacker = From("198.51.100.9");
        for (var i = 0; i < 10; i++)
        {
            Assert.Equal(HttpStatusCode.Unauthorized, await TryAsync(attacker, email, $"guess number {i} of many"));
        }

        Assert.Equal(HttpStatusCode.Unauthorized, await TryAsync(attacker, email, IdentityInProcess.Password));
        Assert.Equal(HttpStatusCode.OK, await TryAsync(home, email, IdentityInProcess.Password));
        for (var place = 1; place <= 6; place++)
        {
            using var bot = From($"192.0.2.{place}");
            await Task.WhenAll(Enumerable.Range(0, 10).Select(i => TryAsync(bot, email, $"guess number {i} of many")));
        }

        using var elsewhere = From("192.0.2.99");
        Assert.Equal(HttpStatusCode.Unauthorized, await TryAsync(elsewhere, email, IdentityInProcess.Password));
        using var known = From("192.0.2.99", device);
        Assert.Equal(HttpStatusCode.OK, await TryAsync(known, email, IdentityInProcess.Password));
        Assert.Equal(
            1,
            await identity.Db.FirstOrDefaultAsync<long>(
                "select count(*) from mails m join accounts a on a.id = m.account_id where a.email = @email and kind = 'sign-in-notice'",
                new { email }
            )
        );
        identity.Clock.Advance(TimeSpan.FromMinutes(16));
        Assert.Equal(HttpStatusCode.OK, await TryAsync(attacker, email, IdentityInProcess.Password));
    }

    private static string Code(string key, TimeProvider clock) => new Totp(Base32Encoding.ToBytes(key)).ComputeTotp(clock.GetUtcNow().UtcDateTime);

    private string Code(string key) => Code(key, identity.Clock);

    private HttpClient From(string address, string? cookie = null)
    {
        var client = new HttpClient(new SocketsHttpHandler { UseCookies = false }) { BaseAddress = _service.Address };
        client.DefaultRequestHeaders.Add("GT-Source", address);
        if (cookie is not null)
        {
            client.DefaultRequestHeaders.Add("Cookie", cookie);
        }

        return client;
    }

    private static async Task<HttpStatusCode> TryAsync(HttpClient client, string email, string password)
    {
        using var answer = await client.PostAsJsonAsync("/api/identity/login", new { email, password });
        return answer.StatusCode;
    }

    /// <summary>A person who accepted an invitation, signed in by the password alone.</summary>
    private async Task<Person> StaffAsync(string role)
    {
        var invited = await identity.InviteAsync(role);
        using var accepted = await identity.PostAsync("invitations/accept", new { token = invited.Token, password = IdentityInProcess.Password });
        Assert.Equal(HttpStatusCode.NoContent, accepted.StatusCode);
        return new Person(invited.Email, invited.Account, SignIn.From(await LoginAsync(invited.Email)));
    }

    private async Task<(string Key, IReadOnlyList<string> Codes)> EnrolAsync(Person person)
    {
        using var client = As(person);
        using var shown = await client.PostAsJsonAsync("/api/identity/manage/2fa", new { });
        var key = (string)(await IdentityInProcess.JsonAsync(shown))["sharedKey"]!;
        using var wrong = await client.PostAsJsonAsync("/api/identity/manage/2fa", new { enable = true, twoFactorCode = "123" });
        Assert.Equal(HttpStatusCode.BadRequest, wrong.StatusCode);
        using var answer = await client.PostAsJsonAsync("/api/identity/manage/2fa", new { enable = true, twoFactorCode = Code(key) });
        var state = await IdentityInProcess.JsonAsync(answer);
        Assert.True((bool)state["isTwoFactorEnabled"]!);
        return (key, [.. state["recoveryCodes"]!.AsArray().Select(c => (string)c!)]);
    }

    private HttpClient As(Person person, params string[] methods)
    {
        var client = _service.Anonymous();
        client.DefaultRequestHeaders.Authorization = new(
            "Bearer",
            _service.Tokens.With("identity", person.Account, [], [], person.SignIn.Id, methods: methods)
        );
        return client;
    }

    private async Task<(HttpStatusCode Status, string? Code)> InviteAsync(string account, DateTimeOffset provenAt)
    {
        using var client = _service.Anonymous();
        client.DefaultRequestHeaders.Authorization = new(
            "Bearer",
            _service.Tokens.With("identity", Guid.Parse(account), ["operator"], ["operator@grouport"], authenticatedAt: provenAt)
        );
        using var answer = await client.PostAsJsonAsync(
            "/api/identity/accounts",
            new
            {
                email = IdentityInProcess.NewEmail(),
                displayName = "Somebody",
                roles = new[] { "facilitator" },
            }
        );
        return (answer.StatusCode, (string?)(await IdentityInProcess.JsonAsync(answer))["code"]);
    }

    private async Task<JsonNode> LoginAsync(string email, string? code = null, string? recovery = null)
    {
        using var client = _service.Anonymous();
        using var answer = await client.PostAsJsonAsync(
            "/api/identity/login",
            new
            {
                email,
                password = IdentityInProcess.Password,
                twoFactorCode = code,
                twoFactorRecoveryCode = recovery,
            }
        );
        return await IdentityInProcess.JsonAsync(answer);
    }

    private sealed record Person(string Email, Guid Account, SignIn SignIn);
}
