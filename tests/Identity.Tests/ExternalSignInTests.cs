using System.Net;
using System.Net.Http.Json;
using System.Security.Claims;
using System.Text.Json.Nodes;
using GroupTherapy.Identity.Domain;
using GroupTherapy.Tests.Support;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using OpenIddict.Abstractions;
using OpenIddict.Server;
using OpenIddict.Server.AspNetCore;
using OtpNet;
using static OpenIddict.Server.OpenIddictServerEvents;

namespace GroupTherapy.Identity.Tests;

/// <summary>Sign-in by an OpenID Connect provider: a real one (OpenIddict) on a port of its own.</summary>
public sealed class ExternalSignInTests(IdentityInProcess identity) : IClassFixture<IdentityInProcess>, IAsyncLifetime
{
    private readonly int _port = Engines.FreePort();
    private readonly Dictionary<string, string> _person = [];
    private WebApplication _provider = null!;

    private string Authority => $"http://127.0.0.1:{_port}";

    public async ValueTask InitializeAsync()
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseSetting("urls", Authority);
        builder
            .Services.AddOpenIddict()
            .AddServer(server =>
            {
                server
                    .EnableDegradedMode()
                    .SetAuthorizationEndpointUris("authorize")
                    .SetTokenEndpointUris("token")
                    .AllowAuthorizationCodeFlow()
                    .RequireProofKeyForCodeExchange()
                    .AddEphemeralEncryptionKey()
                    .AddEphemeralSigningKey()
                    .SetIssuer(new Uri(Authority))
                    .RegisterScopes("email", "profile");
                server.UseAspNetCore().DisableTransportSecurityRequirement();
                server.AddEventHandler<ValidateAuthorizationRequestContext>(handler =>
                    handler.UseInlineHandler(context =>
                    {
                        if (context.ClientId != "grouptherapy")
                        {
                            context.Reject(OpenIddictConstants.Errors.InvalidClient);
                        }

                        return default;
                    })
                );
                server.AddEventHandler<ValidateTokenRequestContext>(handler =>
                    handler.UseInlineHandler(context =>
                    {
                        if (context.ClientSecret != "known to both")
                        {
                            context.Reject(OpenIddictConstants.Errors.InvalidClient);
                        }

                        return default;
                    })
                );
                server.AddEventHandler<HandleAuthorizationRequestContext>(handler =>
                    handler.UseInlineHandler(context =>
                    {
                        var person = new ClaimsIdentity("provider");
                        foreach (var (type, value) in _person)
                        {
                            var claim = new Claim(
                                type,
                                value,
                                type switch
                                {
                                    "email_verified" => ClaimValueTypes.Boolean,
                                    "auth_time" => ClaimValueTypes.Integer64,
                                    _ => ClaimValueTypes.String,
                                }
                            );
                            person.AddClaim(claim.SetDestinations(OpenIddictConstants.Destinations.IdentityToken));
                        }

                        context.SignIn(new ClaimsPrincipal(person).SetScopes(context.Request.GetScopes()));
                        return default;
                    })
                );
            });
        _provider = builder.Build();
        _provider.UseAuthentication();
        await _provider.StartAsync();
        using var first = new HttpClient();
        using var described = await first.GetAsync(new Uri($"{Authority}/.well-known/openid-configuration"));
        described.EnsureSuccessStatusCode();
    }

    public ValueTask DisposeAsync() => _provider.DisposeAsync();

    [Fact]
    public async Task A_person_of_the_provider_becomes_a_member_and_is_the_same_the_next_time()
    {
        await using var service = await StartAsync();
        var email = IdentityInProcess.NewEmail();
        Be("subject-1", email);
        var first = await SignInAsync(service);
        Assert.Equal("/sign-in?to=%2Fgroups#signed-in", first.Location);
        var second = await SignInAsync(service);
        Assert.Equal(first.SignIn!.Account, second.SignIn!.Account);
        Assert.Equal(["ext"], second.SignIn.Token.Claims.Where(c => c.Type == "amr").Select(c => c.Value));
        Assert.Equal(["member"], second.SignIn.Roles);
    }

    [Fact]
    public async Task A_known_address_is_opened_only_where_the_settings_say_so_and_never_unverified()
    {
        var email = await identity.RegisterAsync();
        await using var careful = await StartAsync();
        Be("subject-2", email);
        Assert.Equal("/sign-in#external-failed", (await SignInAsync(careful)).Location);

        await using var trusting = await StartAsync(new("ExternalSignIn:LinksByEmail", "true"), new("ExternalSignIn:TrustsSecondFactor", "true"));
        Be("subject-2", email, verified: false);
        Assert.Equal("/sign-in#external-failed", (await SignInAsync(trusting)).Location);
        Be("subject-2", email);
        _person["amr"] = "mfa";
        var signIn = (await SignInAsync(trusting)).SignIn!;
        Assert.Equal((await identity.LoginAsync(email)).Account, signIn.Account);
        Assert.Contains(signIn.Token.Claims, c => c is { Type: "amr", Value: "mfa" });
    }

    [Fact]
    public async Task A_token_with_a_subject_that_is_none_opens_nothing()
    {
        await using var service = await StartAsync();
        var email = IdentityInProcess.NewEmail();
        Be(new string('s', 256), email);
        Assert.Equal("/sign-in#external-failed", (await SignInAsync(service)).Location);
        Be(new string('s', 255), email);
        Assert.NotNull((await SignInAsync(service)).SignIn);
    }

    [Theory]
    [InlineData("somebody", null, 1, true)]
    [InlineData("somebody", "grouptherapy", 1, true)]
    [InlineData("somebody", "grouptherapy", 2, true)]
    [InlineData("somebody", null, 2, false)]
    [InlineData("somebody", "another client", 1, false)]
    [InlineData("", null, 1, false)]
    [InlineData(null, null, 1, false)]
    public void A_token_names_one_person_and_us(string? subject, string? madeFor, int audiences, bool counts) =>
        Assert.Equal(
            counts,
            new ExternalRules("A clinic", "https://id.example.org", "grouptherapy", null, false, false, false).Names(subject, madeFor, audiences)
        );

    [Fact]
    public async Task An_answer_counts_once_and_in_the_browser_that_asked()
    {
        await using var service = await StartAsync();
        Be("subject-3", IdentityInProcess.NewEmail());
        var (callback, cookie) = await AskAsync(service);
        Assert.Equal("/sign-in#external-failed", (await FinishAsync(service, callback, null)).Location);
        var (_, foreign) = await AskAsync(service);
        Assert.Equal("/sign-in#external-failed", (await FinishAsync(service, callback, foreign)).Location);
        Assert.NotNull((await FinishAsync(service, callback, cookie)).SignIn);
        Assert.Equal("/sign-in#external-failed", (await FinishAsync(service, callback, cookie)).Location);
    }

    [Fact]
    public async Task An_account_of_an_external_provider_steps_up_there_and_may_be_erased()
    {
        await using var service = await StartAsync(new KeyValuePair<string, string?>("ExternalSignIn:Only", "true"));
        Be("subject-4", IdentityInProcess.NewEmail());
        var old = (await SignInAsync(service)).SignIn!;
        using var before = As(service, old, identity.Clock.GetUtcNow().AddMinutes(-11));
        using var refused = await before.PostAsJsonAsync("/api/me/erasure", new { });
        Assert.Equal("step-up-required", (string)(await IdentityInProcess.JsonAsync(refused))["code"]!);

        // A provider that does not ask anew proves nothing.
        Assert.Equal("/sign-in#external-failed", (await SignInAsync(service, again: true)).Location);
        _person["auth_time"] = $"{identity.Clock.GetUtcNow().AddHours(-2).ToUnixTimeSeconds()}";
        Assert.Equal("/sign-in#external-failed", (await SignInAsync(service, again: true)).Location);
        _person["auth_time"] = $"{identity.Clock.GetUtcNow().ToUnixTimeSeconds()}";
        var anew = (await SignInAsync(service, again: true)).SignIn!;
        Assert.Equal(old.Account, anew.Account);
        using var now = As(service, anew, identity.Clock.GetUtcNow());
        using var erased = await now.PostAsJsonAsync("/api/me/erasure", new { });
        Assert.Equal(HttpStatusCode.Accepted, erased.StatusCode);
    }

    [Fact]
    public async Task An_account_with_an_authenticator_is_asked_for_its_code_after_an_external_provider_too()
    {
        await using var service = await StartAsync(new KeyValuePair<string, string?>("ExternalSignIn:Only", "true"));
        Be("subject-5", IdentityInProcess.NewEmail());
        var before = (await SignInAsync(service)).SignIn!;
        var key = await EnrolAsync(service, before);
        identity.Clock.Advance(TimeSpan.FromMinutes(1));

        var half = (await SignInAsync(service)).SignIn!;
        Assert.Empty(half.Roles);
        Assert.Contains(half.Token.Claims, c => c is { Type: "flag", Value: "second-factor-required" });
        Assert.Equal("second-factor-refused", (string)(await ReauthenticateAsync(service, half, "ext", "000000"))["code"]!);
        Assert.NotNull((await ReauthenticateAsync(service, half, "pwd", Code(key)))["errors"]!["password"]);

        Assert.NotNull((await ReauthenticateAsync(service, half, "ext", Code(key)))["expiresIn"]);
        Assert.Equal("second-factor-refused", (string)(await ReauthenticateAsync(service, half, "ext", Code(key)))["code"]!);
        Assert.Equal(
            "ext,mfa,otp",
            await identity.Db.FirstOrDefaultAsync<string>(
                "select array_to_string(array(select unnest(methods) order by 1), ',') from sign_ins where id = @Id",
                new { half.Id }
            )
        );
    }

    [Fact]
    public async Task Guesses_of_a_code_after_a_provider_are_counted()
    {
        await using var service = await StartAsync();
        Be("subject-6", IdentityInProcess.NewEmail());
        var key = await EnrolAsync(service, (await SignInAsync(service)).SignIn!);
        identity.Clock.Advance(TimeSpan.FromMinutes(1));
        var half = (await SignInAsync(service)).SignIn!;
        for (var n = 0; n < 10; n++)
        {
            Assert.Equal("second-factor-refused", (string)(await ReauthenticateAsync(service, half, "ext", "000000"))["code"]!);
        }

        Assert.Equal("second-factor-refused", (string)(await ReauthenticateAsync(service, half, "ext", Code(key)))["code"]!);
    }

    [Fact]
    public async Task A_provider_that_replaces_passwords_leaves_no_way_around_it()
    {
        await using var service = await StartAsync(new KeyValuePair<string, string?>("ExternalSignIn:Only", "true"));
        using var client = service.Anonymous();
        foreach (var path in new[] { "login", "register", "forgotPassword", "resetPassword" })
        {
            using var answer = await client.PostAsJsonAsync($"/api/identity/{path}", new { });
            Assert.Equal("external-only", (string)(await IdentityInProcess.JsonAsync(answer))["code"]!);
        }
    }

    [Theory]
    [InlineData("/groups", "/groups")]
    [InlineData("//attacker.example.net", "/")]
    [InlineData("/\\attacker.example.net", "/")]
    [InlineData("https://attacker.example.net", "/")]
    [InlineData(null, "/")]
    public void A_sign_in_returns_to_our_own_pages_alone(string? wish, string page) => Assert.Equal(page, ExternalRules.PageOf(wish));

    private void Be(string subject, string email, bool verified = true)
    {
        _person.Clear();
        (_person["sub"], _person["email"], _person["email_verified"]) = (subject, email, verified ? "true" : "false");
    }

    private string Code(string key) => new Totp(Base32Encoding.ToBytes(key)).ComputeTotp(identity.Clock.GetUtcNow().UtcDateTime);

    private async Task<string> EnrolAsync(InProcess service, SignIn signIn)
    {
        using var client = As(service, signIn, identity.Clock.GetUtcNow());
        using var shown = await client.PostAsJsonAsync("/api/identity/manage/2fa", new { });
        var key = (string)(await IdentityInProcess.JsonAsync(shown))["sharedKey"]!;
        using var on = await client.PostAsJsonAsync("/api/identity/manage/2fa", new { enable = true, twoFactorCode = Code(key) });
        Assert.Equal(HttpStatusCode.OK, on.StatusCode);
        return key;
    }

    private static async Task<JsonNode> ReauthenticateAsync(InProcess service, SignIn signIn, string method, string twoFactorCode)
    {
        using var client = service.Anonymous();
        client.DefaultRequestHeaders.Authorization = new("Bearer", service.Tokens.With("identity", signIn.Account, [], [], signIn.Id, methods: [method]));
        using var answer = await client.PostAsJsonAsync("/api/identity/reauthenticate", new { twoFactorCode });
        return await IdentityInProcess.JsonAsync(answer);
    }

    private static HttpClient As(InProcess service, SignIn signIn, DateTimeOffset provenAt)
    {
        var client = service.Anonymous();
        client.DefaultRequestHeaders.Authorization = new(
            "Bearer",
            service.Tokens.With("identity", signIn.Account, ["member"], [], signIn.Id, authenticatedAt: provenAt, flags: ["step-up-waived"])
        );
        return client;
    }

    private Task<InProcess> StartAsync(params KeyValuePair<string, string?>[] more) =>
        identity.StartAsync(
            more:
            [
                new("ExternalSignIn:Authority", Authority),
                new("ExternalSignIn:ClientId", "grouptherapy"),
                new("ExternalSignIn:ClientSecret", "known to both"),
                .. more,
            ]
        );

    private static HttpClient Browser(InProcess? service = null) =>
        new(new SocketsHttpHandler { UseCookies = false, AllowAutoRedirect = false }) { BaseAddress = service?.Address };

    private static async Task<(Uri Callback, string Cookie)> AskAsync(InProcess service, bool again = false)
    {
        using var browser = Browser(service);
        using var started = await browser.GetAsync($"/api/identity/external/start?returnTo=/groups{(again ? "&again=true" : "")}");
        Assert.Equal(again, started.Headers.Location!.Query.Contains("prompt=login&max_age=0", StringComparison.Ordinal));
        Assert.StartsWith("http", started.Headers.Location?.ToString(), StringComparison.Ordinal);
        using var there = await browser.GetAsync(started.Headers.Location);
        Assert.Equal(HttpStatusCode.Redirect, there.StatusCode);
        return (there.Headers.Location!, started.Headers.GetValues("Set-Cookie").Single().Split(';')[0]);
    }

    private static async Task<(string Location, SignIn? SignIn)> FinishAsync(InProcess service, Uri callback, string? cookie)
    {
        using var browser = Browser(service);
        using var request = new HttpRequestMessage(HttpMethod.Get, callback.PathAndQuery);
        if (cookie is not null)
        {
            request.Headers.Add("Cookie", cookie);
        }

        using var answer = await browser.SendAsync(request);
        var session = answer.Headers.TryGetValues("Set-Cookie", out var cookies)
            ? cookies.FirstOrDefault(c => c.StartsWith("gt_session=", StringComparison.Ordinal))
            : null;
        return (
            answer.Headers.Location!.ToString(),
            session is null
                ? null
                : SignIn.From(new System.Text.Json.Nodes.JsonObject { ["accessToken"] = session.Split(';')[0]["gt_session=".Length..], ["refreshToken"] = "" })
        );
    }

    private static async Task<(string Location, SignIn? SignIn)> SignInAsync(InProcess service, bool again = false)
    {
        var (callback, cookie) = await AskAsync(service, again);
        return await FinishAsync(service, callback, cookie);
    }
}
