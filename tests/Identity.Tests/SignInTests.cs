using System.Net;
using System.Net.Http.Json;
using System.Text.Json.Nodes;
using GroupTherapy.Identity.Storage;
using GroupTherapy.Platform.Web;
using Microsoft.IdentityModel.JsonWebTokens;

namespace GroupTherapy.Identity.Tests;

public sealed class SignInTests(IdentityInProcess identity) : IClassFixture<IdentityInProcess>
{
    [Fact]
    public async Task A_visitor_registers_signs_in_and_reads_the_own_account()
    {
        var email = await identity.RegisterAsync();
        var signIn = await identity.LoginAsync(email);
        using var client = identity.As(signIn);
        var me = await IdentityInProcess.JsonAsync(await client.GetAsync("/api/identity/me"));
        Assert.Equal(
            $$"""{"id":"{{signIn.Account}}","email":"{{email}}","displayName":"Member","roles":["member"],"practices":[],"""
                + "\"memberships\":[],\"secondFactor\":false,\"emailConfirmed\":true,\"secondFactorRequired\":false}",
            me.ToJsonString());
    }

    [Fact]
    public async Task An_access_token_names_ids_roles_and_the_end_of_the_sign_in_and_nothing_personal()
    {
        var signIn = await identity.LoginAsync(await identity.RegisterAsync());
        var token = signIn.Token;
        Assert.Equal(("ES256", "grouptherapy-identity"), (token.Alg, token.Issuer));
        Assert.Equal(["grouptherapy"], token.Audiences);
        var claims = JsonNode.Parse(Microsoft.IdentityModel.Tokens.Base64UrlEncoder.Decode(token.EncodedPayload))!.AsObject();
        Assert.Equal(
            ["amr", "aud", "auth_time", "exp", "flag", "iat", "iss", "membership", "nbf", "role", "sid", "sie", "standing", "sub"],
            claims.Select(c => c.Key).Order());
        Assert.Equal(TimeSpan.FromHours(1), token.ValidTo - token.IssuedAt);
        Assert.Equal(TimeSpan.FromHours(12), TimeSpan.FromSeconds((long)claims["sie"]! - (long)claims["iat"]!));
        Assert.DoesNotContain('@', claims.ToJsonString());
    }

    [Fact]
    public async Task With_cookies_the_token_is_in_a_cookie_that_scripts_and_other_sites_cannot_use()
    {
        var email = await identity.RegisterAsync();
        using var answer = await identity.PostAsync("login?useCookies=true", new { email, password = IdentityInProcess.Password });
        Assert.Equal("""{"expiresIn":3600}""", await answer.Content.ReadAsStringAsync());
        var cookie = answer.Headers.GetValues("Set-Cookie").Single(c => c.StartsWith("gt_session=", StringComparison.Ordinal));
        Assert.StartsWith("gt_session=ey", cookie, StringComparison.Ordinal);
        Assert.Contains("; max-age=3600; path=/; samesite=strict; httponly", cookie, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_missing_account_a_wrong_password_a_locked_account_and_an_open_invitation_get_the_same_answer()
    {
        var locked = await identity.RegisterAsync();
        for (var i = 0; i < 10; i++)
        {
            using var wrong = await identity.PostAsync("login", new { email = locked, password = "not the right password" });
        }

        var invited = await identity.InviteAsync("facilitator");
        var answers = new List<string>();
        foreach (var (email, password) in new[]
        {
            (IdentityInProcess.NewEmail(), IdentityInProcess.Password), (await identity.RegisterAsync(), "not the right password"),
            (locked, IdentityInProcess.Password), (invited.Email, IdentityInProcess.Password), ("no address at all", "x"),
        })
        {
            using var answer = await identity.PostAsync("login", new { email, password });
            var body = (await IdentityInProcess.JsonAsync(answer)).AsObject();
            body.Remove("traceId");
            var headers = string.Join(',', answer.Headers.Select(h => h.Key).Order());
            answers.Add($"{(int)answer.StatusCode} {answer.Content.Headers.ContentType} {headers} {body.ToJsonString()}");
        }

        Assert.Single(answers.Distinct());
        Assert.StartsWith("401 ", answers[0], StringComparison.Ordinal);
    }

    [Fact]
    public void A_missing_account_costs_a_hash_of_the_same_work()
    {
        var check = identity.Service.Get<PasswordVerifier>();
        var hash = check.Hash(IdentityInProcess.Password);
        Assert.Equal(Microsoft.AspNetCore.Identity.PasswordVerificationResult.Success, check.Verify(hash, IdentityInProcess.Password));
        Assert.Equal(Microsoft.AspNetCore.Identity.PasswordVerificationResult.Failed, check.Verify(null, "nobody's password, verified in vain"));

        // The format of ASP.NET Core Identity's hash: marker, PRF, iterations (big endian), salt size.
        var bytes = Convert.FromBase64String(hash);
        Assert.Equal(AccountManagers.HashIterations, System.Buffers.Binary.BinaryPrimitives.ReadInt32BigEndian(bytes.AsSpan(5)));
        Assert.Equal(2, System.Buffers.Binary.BinaryPrimitives.ReadInt32BigEndian(bytes.AsSpan(1)));
    }

    [Fact]
    public async Task Ten_wrong_passwords_lock_the_account_for_a_quarter_of_an_hour()
    {
        var email = await identity.RegisterAsync();
        for (var i = 0; i < 9; i++)
        {
            Assert.Equal(HttpStatusCode.Unauthorized, await TryAsync(email, "not the right password"));
        }

        await identity.LoginAsync(email);
        for (var i = 0; i < 10; i++)
        {
            Assert.Equal(HttpStatusCode.Unauthorized, await TryAsync(email, "not the right password"));
        }

        Assert.Equal(HttpStatusCode.Unauthorized, await TryAsync(email, IdentityInProcess.Password));
        identity.Clock.Advance(TimeSpan.FromMinutes(14));
        Assert.Equal(HttpStatusCode.Unauthorized, await TryAsync(email, IdentityInProcess.Password));
        identity.Clock.Advance(TimeSpan.FromMinutes(2));
        Assert.Equal(HttpStatusCode.Unauthorized, await TryAsync(email, "not the right password"));
        Assert.Equal(HttpStatusCode.OK, await TryAsync(email, IdentityInProcess.Password));
    }

    [Fact]
    public async Task Thirty_guesses_at_once_are_ten()
    {
        var email = await identity.RegisterAsync();
        await Task.WhenAll(Enumerable.Range(0, 30).Select(i => TryAsync(email, $"guess number {i} of many")));
        var refused = await identity.Db.QueryAsync<int>(
            "select failed from password_attempts p join accounts a on a.id = p.account_id where a.email = @email and p.source <> ''", new { email });
        Assert.Equal(10, Assert.Single(refused));
        Assert.Equal(HttpStatusCode.Unauthorized, await TryAsync(email, IdentityInProcess.Password));
    }

    [Fact]
    public async Task A_sign_out_ends_the_sign_in_once_and_publishes_it()
    {
        var email = await identity.RegisterAsync();
        var (signIn, other) = (await identity.LoginAsync(email), await identity.LoginAsync(email));
        using var client = identity.As(signIn);
        for (var i = 0; i < 2; i++)
        {
            using var answer = await client.PostAsync("/api/identity/logout", null);
            Assert.Equal(HttpStatusCode.NoContent, answer.StatusCode);
            Assert.StartsWith("gt_session=; expires=Thu, 01 Jan 1970", answer.Headers.GetValues("Set-Cookie").Single(), StringComparison.Ordinal);
        }

        var told = Assert.Single(await identity.EventsAsync("session-revoked"), e => (Guid)e["accountId"]! == signIn.Account);
        Assert.Equal(signIn.Id, (Guid)told["signInId"]!);
        Assert.Equal([signIn.Id], (await RevokedAsync()).Where(r => r == signIn.Id || r == other.Id));
        using var refresh = await identity.PostAsync("refresh", new { signIn.RefreshToken });
        Assert.Equal(HttpStatusCode.Unauthorized, refresh.StatusCode);
        using var otherRefresh = await identity.PostAsync("refresh", new { other.RefreshToken });
        Assert.Equal(HttpStatusCode.OK, otherRefresh.StatusCode);
    }

    [Fact]
    public async Task The_list_of_revocations_is_asked_for_from_where_one_was_and_forgets_what_is_dead()
    {
        var signIn = await identity.LoginAsync(await identity.RegisterAsync());
        using var client = identity.As(signIn);
        using var done = await client.PostAsync("/api/identity/logout", null);
        using var anyone = identity.Service.Anonymous();
        var list = (await anyone.GetFromJsonAsync<JsonObject>("/internal/revocations"))!;
        var after = (string)list["asOf"]!;
        Assert.Contains(signIn.Id, await RevokedAsync());
        Assert.Contains(signIn.Id, await RevokedAsync($"?after={after}"));

        identity.Clock.Advance(TimeSpan.FromMinutes(5));
        var later = (string)(await anyone.GetFromJsonAsync<JsonObject>("/internal/revocations"))!["asOf"]!;
        Assert.DoesNotContain(signIn.Id, await RevokedAsync($"?after={later}"));
        Assert.Contains(signIn.Id, await RevokedAsync($"?after={after}"));
        identity.Clock.Advance(TimeSpan.FromHours(12));
        Assert.DoesNotContain(signIn.Id, await RevokedAsync());
    }

    [Fact]
    public async Task R01_a_caller_without_a_sign_in_gets_401_and_one_without_the_operator_role_403()
    {
        using var anyone = identity.Service.Anonymous();
        foreach (var (method, path) in new[] { ("GET", "/api/identity/me"), ("POST", "/api/identity/logout"), ("POST", "/api/identity/accounts"), (
            "GET", "/internal/accounts?ids=x"), ("GET", "/internal/audit") })
        {
            using var answer = await anyone.SendAsync(new HttpRequestMessage(new HttpMethod(method), path));
            Assert.Equal(HttpStatusCode.Unauthorized, answer.StatusCode);
        }

        using var member = identity.As(await identity.LoginAsync(await identity.RegisterAsync()));
        foreach (var (method, path) in new[] { ("POST", "/api/identity/accounts"), ("GET", "/internal/accounts?ids=x"), ("GET", "/internal/audit"), (
            "GET", "/internal/audit/verify"), ("GET", "/internal/audit/export") })
        {
            using var answer = await member.SendAsync(new HttpRequestMessage(new HttpMethod(method), path));
            Assert.Equal(HttpStatusCode.Forbidden, answer.StatusCode);
        }
    }

    [Fact]
    public async Task A_persons_own_access_token_opens_nothing_inside()
    {
        var signIn = await identity.LoginAsync(await identity.RegisterAsync());
        using var client = identity.Service.Anonymous();
        client.DefaultRequestHeaders.Authorization = new("Bearer", signIn.AccessToken);
        Assert.Equal(HttpStatusCode.Unauthorized, (await client.GetAsync("/api/identity/me")).StatusCode);
        client.DefaultRequestHeaders.Authorization = new("Bearer", identity.Service.Tokens.For("enrollment", signIn.Account, ["operator"]));
        Assert.Equal(HttpStatusCode.Unauthorized, (await client.GetAsync("/api/identity/me")).StatusCode);
    }

    private async Task<HttpStatusCode> TryAsync(string email, string password)
    {
        using var answer = await identity.PostAsync("login", new { email, password });
        return answer.StatusCode;
    }

    private async Task<IReadOnlyList<Guid>> RevokedAsync(string query = "")
    {
        using var anyone = identity.Service.Anonymous();
        return [.. (await anyone.GetFromJsonAsync<JsonObject>($"/internal/revocations{query}"))!["items"]!.AsArray().Select(i => (Guid)i!["signInId"]!)];
    }

    [Theory]
    [InlineData("a\\u0000@example.test")]
    [InlineData("\\ud800@example.test")]
    [InlineData("\\uffff@example.test")]
    public async Task An_e_mail_with_a_character_that_cannot_be_stored_is_refused_by_field(string email)
    {
        using var client = identity.Service.Anonymous();
        using var body = new StringContent(
            $$"""{"email":"{{email}}","password":"seven green bottles standing"}""", System.Text.Encoding.UTF8, "application/json");
        using var answer = await client.PostAsync("/api/identity/login", body);
        Assert.Equal(HttpStatusCode.BadRequest, answer.StatusCode);
        Assert.NotNull((await IdentityInProcess.JsonAsync(answer))["errors"]!["email"]);
    }
}
