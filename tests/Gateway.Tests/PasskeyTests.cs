using System.Net;
using System.Net.Http.Json;
using System.Text.Json;
using System.Text.Json.Nodes;
using Microsoft.Playwright;

namespace GroupTherapy.Gateway.Tests;

/// <summary>A stage whose staff need a second factor, and a browser before it.</summary>
public sealed class PasskeyStage : Stage
{
    private IPlaywright? _playwright;
    private IBrowser? _browser;

    protected override bool SecondFactor => true;

    public override async ValueTask InitializeAsync()
    {
        await base.InitializeAsync();
        _playwright = await Playwright.CreateAsync();
        _browser = await _playwright.Chromium.LaunchAsync(
            new BrowserTypeLaunchOptions
            {
                ExecutablePath = "/usr/bin/chromium",
                Headless = true,
                Args = ["--no-sandbox", "--disable-gpu"],
            }
        );
    }

    public override async ValueTask DisposeAsync()
    {
        await (_browser?.DisposeAsync() ?? ValueTask.CompletedTask);
        _playwright?.Dispose();
        await base.DisposeAsync();
    }

    /// <summary>A page of the gateway's own origin with an authenticator that unlocks by itself.</summary>
    public async Task<IPage> OpenAsync()
    {
        var context = await _browser!.NewContextAsync(new BrowserNewContextOptions { BypassCSP = true });
        var page = await context.NewPageAsync();
        var cdp = await context.NewCDPSessionAsync(page);
        await cdp.SendAsync("WebAuthn.enable");
        await cdp.SendAsync(
            "WebAuthn.addVirtualAuthenticator",
            new Dictionary<string, object>
            {
                ["options"] = new
                {
                    protocol = "ctap2",
                    transport = "internal",
                    hasResidentKey = true,
                    hasUserVerification = true,
                    isUserVerified = true,
                    automaticPresenceSimulation = true,
                },
            }
        );
        await page.GotoAsync($"http://localhost:{PublicPort}/openapi/none");
        return page;
    }
}

/// <summary>Whole passkey ceremonies: Chromium's own, with a virtual authenticator, through the gateway.</summary>
public sealed class PasskeyTests(PasskeyStage stage) : IClassFixture<PasskeyStage>
{
    private const string Script = """
        async ([act, argument]) => {
          const post = async (path, body) => {
            const answer = await fetch(`/api/identity/${path}`,
              { method: "POST", headers: { "content-type": "application/json" }, body: JSON.stringify(body ?? {}) });
            return { status: answer.status, body: answer.status === 204 ? null : await answer.json() };
          };
          const get = async path => (await fetch(path)).status;
          if (act === "post") return await post(argument.path, argument.body);
          if (act === "get") return { status: await get(argument.path), body: null };
          if (act === "add") {
            const asked = await post("passkeys/creationOptions");
            if (asked.status !== 200) return asked;
            const credential = await navigator.credentials.create({ publicKey: PublicKeyCredential.parseCreationOptionsFromJSON(asked.body.options) });
            return await post("passkeys", { state: asked.body.state, credential: credential.toJSON(), name: "This computer" });
          }
          const asked = await post("login/passkeyOptions");
          const credential = await navigator.credentials.get({ publicKey: PublicKeyCredential.parseRequestOptionsFromJSON(asked.body.options) });
          const answer = { state: asked.body.state, credential: credential.toJSON() };
          const first = await post("login/passkey?useCookies=true", answer);
          return { ...first, again: (await post("login/passkey?useCookies=true", answer)).status };
        }
        """;

    [Fact]
    public async Task A_member_adds_a_passkey_and_signs_in_with_it_alone()
    {
        var person = await stage.SignInAsync();
        var page = await stage.OpenAsync();
        Assert.Equal(200, await PostAsync(page, "login?useCookies=true", new { email = person.Email, password = Stage.Password }));
        var added = await RunAsync(page, "add", new { });
        Assert.Equal(201, (int)added["status"]!);
        Assert.Equal(10, added["body"]!["recoveryCodes"]!.AsArray().Count);
        Assert.Equal(204, await PostAsync(page, "logout", new { }));
        Assert.Equal(401, await GetAsync(page, "/api/identity/me"));

        var signedIn = await RunAsync(page, "signIn", new { });
        Assert.Equal((200, 401), ((int)signedIn["status"]!, (int)signedIn["again"]!));
        Assert.Equal(200, await GetAsync(page, "/api/identity/me"));
        Assert.Equal(200, await GetAsync(page, "/api/identity/passkeys"));

        // A member's passkey is a second way in: the password still works.
        Assert.Equal(204, await PostAsync(page, "logout", new { }));
        Assert.Equal(200, await PostAsync(page, "login?useCookies=true", new { email = person.Email, password = Stage.Password }));
    }

    [Fact]
    public async Task Staff_get_only_as_far_as_setting_up_a_second_factor_and_a_passkey_counts_as_two()
    {
        var person = await stage.SignInAsAsync("operator");
        using var bearer = stage.Client(person.AccessToken);
        using var refused = await bearer.GetAsync("/api/enrollments");
        Assert.Equal("second-factor-required", (string)(await Stage.JsonAsync(refused))["code"]!);
        Assert.Equal(HttpStatusCode.OK, (await bearer.GetAsync("/api/identity/me")).StatusCode);
        using var staff = await bearer.GetAsync("/api/identity/accounts");
        Assert.Equal(HttpStatusCode.Forbidden, staff.StatusCode);

        var page = await stage.OpenAsync();
        Assert.Equal(200, await PostAsync(page, "login?useCookies=true", new { email = person.Email, password = Stage.Password }));
        Assert.Equal(403, await GetAsync(page, "/api/enrollments"));
        Assert.Equal(201, (int)(await RunAsync(page, "add", new { }))["status"]!);
        Assert.Equal(200, await PostAsync(page, "refresh?useCookies=true", new { }));
        Assert.Equal(200, await GetAsync(page, "/api/enrollments"));
        Assert.Equal(204, await PostAsync(page, "logout", new { }));

        Assert.Equal(401, await PostAsync(page, "login?useCookies=true", new { email = person.Email, password = Stage.Password }));
        Assert.Equal(200, (int)(await RunAsync(page, "signIn", new { }))["status"]!);
        Assert.Equal(200, await GetAsync(page, "/api/enrollments"));
    }

    [Fact]
    public async Task Adding_a_passkey_ten_minutes_after_signing_in_needs_step_up()
    {
        var person = await stage.SignInAsync();
        stage.Clock.Advance(TimeSpan.FromMinutes(11));
        using var client = stage.Client(person.AccessToken);
        using var answer = await client.PostAsJsonAsync("/api/identity/passkeys/creationOptions", new { });
        Assert.Equal("step-up-required", (string)(await Stage.JsonAsync(answer))["code"]!);
        using var proven = await client.PostAsJsonAsync("/api/identity/reauthenticate", new { password = Stage.Password });
        using var again = stage.Client((string)(await Stage.JsonAsync(proven))["accessToken"]!);
        Assert.Equal(HttpStatusCode.OK, (await again.PostAsJsonAsync("/api/identity/passkeys/creationOptions", new { })).StatusCode);
    }

    private static async Task<int> PostAsync(IPage page, string path, object body) => (int)(await RunAsync(page, "post", new { path, body }))["status"]!;

    private static async Task<int> GetAsync(IPage page, string path) => (int)(await RunAsync(page, "get", new { path }))["status"]!;

    private static async Task<JsonNode> RunAsync(IPage page, string act, object argument) =>
        JsonNode.Parse((await page.EvaluateAsync<JsonElement>(Script, new object[] { act, argument })).GetRawText())!;
}
