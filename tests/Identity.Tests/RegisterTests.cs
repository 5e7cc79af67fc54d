using System.Net;
using System.Net.Http.Json;
using System.Text;

namespace GroupTherapy.Identity.Tests;

public sealed class RegisterTests(IdentityInProcess identity) : IClassFixture<IdentityInProcess>
{
    [Fact]
    public async Task A_new_account_is_a_member_and_its_events_carry_ids_alone()
    {
        var email = await identity.RegisterAsync();
        var signIn = await identity.LoginAsync(email);
        Assert.Equal(["member"], signIn.Roles);
        var registered = Assert.Single(await identity.EventsAsync("account-registered"), e => (Guid)e["accountId"]! == signIn.Account);
        Assert.Equal(["accountId", "at"], registered.AsObject().Select(p => p.Key));
        var roles = Assert.Single(await identity.EventsAsync("roles-changed"), e => (Guid)e["accountId"]! == signIn.Account);
        Assert.Equal("""["member"]""", roles["roles"]!.ToJsonString());
        Assert.Equal(1, (long)roles["version"]!);
    }

    [Fact]
    public async Task R07_fields_that_cannot_be_set_are_refused_and_change_nothing()
    {
        var email = IdentityInProcess.NewEmail();
        foreach (
            var (field, value) in new (string, object)[]
            {
                ("role", "operator"),
                ("roles", new[] { "operator" }),
                ("practices", new[] { "grouport" }),
                ("emailConfirmed", true),
                ("id", Guid.CreateVersion7()),
            }
        )
        {
            var body = new Dictionary<string, object>
            {
                ["email"] = email,
                ["password"] = IdentityInProcess.Password,
                [field] = value,
            };
            using var answer = await identity.PostAsync("register", body);
            Assert.Equal(HttpStatusCode.BadRequest, answer.StatusCode);
            Assert.NotNull((await IdentityInProcess.JsonAsync(answer))["errors"]![field]);
        }

        using var login = await identity.PostAsync("login", new { email, password = IdentityInProcess.Password });
        Assert.Equal(HttpStatusCode.Unauthorized, login.StatusCode);
    }

    [Theory]
    [InlineData("\n")]
    [InlineData("\t")]
    [InlineData("\u2028")]
    public async Task An_address_with_a_line_feed_is_refused_and_one_with_a_space_is_trimmed(string end)
    {
        using var refused = await identity.PostAsync("register", new { email = IdentityInProcess.NewEmail() + end, password = IdentityInProcess.Password });
        Assert.Equal(HttpStatusCode.BadRequest, refused.StatusCode);
        Assert.NotNull((await IdentityInProcess.JsonAsync(refused))["errors"]!["email"]);
        await identity.RegisterAsync($" {IdentityInProcess.NewEmail()} ");
    }

    [Theory]
    [InlineData("1234567")]
    [InlineData("12345678")]
    [InlineData("fourteen chars")]
    [InlineData("password1234567")]
    [InlineData("PassWord1234567")]
    [InlineData("passwordpassword")]
    [InlineData("123456789012345")]
    [InlineData("abcdefghijklmnop")]
    [InlineData("aaaaaaaaaaaaaaaaaaaa")]
    [InlineData("correcthorsebatterystaple")]
    [InlineData("")]
    [InlineData(null)]
    public async Task R19_short_and_well_known_passwords_are_refused(string? password)
    {
        using var answer = await identity.PostAsync("register", new { email = IdentityInProcess.NewEmail(), password });
        Assert.Equal(HttpStatusCode.BadRequest, answer.StatusCode);
        Assert.Equal("password", Assert.Single((await IdentityInProcess.JsonAsync(answer))["errors"]!.AsObject()).Key);
    }

    [Fact]
    public async Task R19_one_may_not_use_the_own_address_as_the_password()
    {
        using var answer = await identity.PostAsync("register", new { email = "somebody.long@example.test", password = "Somebody.long@example.test1" });
        Assert.Equal(HttpStatusCode.BadRequest, answer.StatusCode);
    }

    [Theory]
    [InlineData("fifteen letters")]
    [InlineData("   spaces count as well   ")]
    [InlineData("пятнадцать букв и больше")]
    [InlineData("🐢🐇🦊🐻🐼🐨🐯🦁🐮🐷🐸🐵🐔🐧🐦")]
    public async Task R19_anything_else_of_fifteen_characters_is_taken_as_it_is(string password)
    {
        var email = IdentityInProcess.NewEmail();
        using var answer = await identity.PostAsync("register", new { email, password });
        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
        await identity.LoginAsync(email, password);
        using var trimmed = await identity.PostAsync("login", new { email, password = password.Trim() + " " });
        Assert.Equal(HttpStatusCode.Unauthorized, trimmed.StatusCode);
    }

    [Fact]
    public async Task R19_long_passwords_count_to_their_last_character()
    {
        var long64 = string.Concat(Enumerable.Range(0, 16).Select(i => $"{i:x}ab "));
        var long128 = long64 + new string('z', 64);
        var email = IdentityInProcess.NewEmail();
        Assert.Equal(64, long64.Length);
        using var taken = await identity.PostAsync("register", new { email = IdentityInProcess.NewEmail(), password = long64 });
        Assert.Equal(HttpStatusCode.OK, taken.StatusCode);
        using var longest = await identity.PostAsync("register", new { email, password = long128 });
        Assert.Equal(HttpStatusCode.OK, longest.StatusCode);
        using var refused = await identity.PostAsync("register", new { email = IdentityInProcess.NewEmail(), password = long128 + "z" });
        Assert.Equal(HttpStatusCode.BadRequest, refused.StatusCode);

        using var cut = await identity.PostAsync("login", new { email, password = long128[..72] + new string('y', 56) });
        Assert.Equal(HttpStatusCode.Unauthorized, cut.StatusCode);
        await identity.LoginAsync(email, long128);
    }

    [Theory]
    [InlineData("nobody")]
    [InlineData("a@b")]
    [InlineData("a@b@example.test")]
    [InlineData("a..b@example.test")]
    [InlineData(".a@example.test")]
    [InlineData("\"quoted\"@example.test")]
    [InlineData("a@[127.0.0.1]")]
    [InlineData("a@example.test\r\nBcc: b@example.test")]
    [InlineData("a@-example.test")]
    [InlineData("ä@example.test")]
    [InlineData(null)]
    public async Task What_is_no_address_is_refused(string? email)
    {
        using var answer = await identity.PostAsync("register", new { email, password = IdentityInProcess.Password });
        Assert.Equal(HttpStatusCode.BadRequest, answer.StatusCode);
        Assert.NotNull((await IdentityInProcess.JsonAsync(answer))["errors"]!["email"]);
    }

    [Fact]
    public async Task Addresses_are_compared_without_regard_to_case_and_surrounding_space()
    {
        var email = await identity.RegisterAsync();
        Assert.Equal(email, await identity.RegisterAsync(email));
        using var other = await identity.PostAsync("register", new { email = $"  {email.ToUpperInvariant()} ", password = "quite another password" });
        Assert.Equal(HttpStatusCode.OK, other.StatusCode);
        await identity.LoginAsync($" {email.ToUpperInvariant()}");
        using var refused = await identity.PostAsync("login", new { email, password = "quite another password" });
        Assert.Equal(HttpStatusCode.Unauthorized, refused.StatusCode);
    }

    [Fact]
    public async Task A_known_address_answers_byte_for_byte_like_a_new_one()
    {
        var email = IdentityInProcess.NewEmail();
        using var first = await identity.PostAsync(
            "register",
            new
            {
                email,
                password = IdentityInProcess.Password,
                displayName = "One",
            }
        );
        using var second = await identity.PostAsync(
            "register",
            new
            {
                email,
                password = "quite another password",
                displayName = "Two",
            }
        );
        Assert.Equal(first.StatusCode, second.StatusCode);
        Assert.Equal(await first.Content.ReadAsByteArrayAsync(), await second.Content.ReadAsByteArrayAsync());
        Assert.Equal(Names(first), Names(second));
        using var client = identity.As(await identity.LoginAsync(email));
        Assert.Equal("One", (string)(await client.GetFromJsonAsync<System.Text.Json.Nodes.JsonObject>("/api/identity/me"))!["displayName"]!);

        static IEnumerable<string> Names(HttpResponseMessage m) => m.Headers.Concat(m.Content.Headers).Select(h => h.Key).Order();
    }

    [Fact]
    public async Task Twenty_at_once_with_one_address_make_one_account()
    {
        var email = IdentityInProcess.NewEmail();
        var answers = await Task.WhenAll(
            Enumerable.Range(0, 20).Select(_ => identity.PostAsync("register", new { email, password = IdentityInProcess.Password }))
        );
        Assert.All(answers, a => Assert.Equal(HttpStatusCode.OK, a.StatusCode));
        var signIn = await identity.LoginAsync(email);
        Assert.Single(await identity.EventsAsync("account-registered"), e => (Guid)e["accountId"]! == signIn.Account);
    }

    [Theory]
    [InlineData("text/plain")]
    [InlineData("application/x-www-form-urlencoded")]
    [InlineData("application/xml")]
    public async Task R34_anything_but_json_is_415(string type)
    {
        using var client = identity.Service.Anonymous();
        using var answer = await client.PostAsync("/api/identity/register", new StringContent("""{"email":"a@example.test"}""", Encoding.UTF8, type));
        Assert.Equal(HttpStatusCode.UnsupportedMediaType, answer.StatusCode);
    }

    [Theory]
    [InlineData("")]
    [InlineData("[]")]
    [InlineData("null")]
    [InlineData("""{"email":1,"password":true}""")]
    [InlineData("""{"email":"a@example.test","email":"b@example.test"}""")]
    [InlineData("{")]
    public async Task What_is_no_request_is_400(string body)
    {
        using var client = identity.Service.Anonymous();
        using var answer = await client.PostAsync("/api/identity/register", new StringContent(body, Encoding.UTF8, "application/json"));
        Assert.Equal(HttpStatusCode.BadRequest, answer.StatusCode);
        Assert.Equal("application/problem+json", answer.Content.Headers.ContentType?.MediaType);
    }
}
