using System.Net;
using System.Net.Http.Json;
using System.Text.Json.Nodes;

namespace GroupTherapy.Identity.Tests;

/// <summary>Where an account is signed in, and how that ends.</summary>
public sealed class SessionTests(IdentityInProcess identity) : IClassFixture<IdentityInProcess>
{
    [Fact]
    public async Task A_person_sees_where_they_are_signed_in_ends_one_and_then_all_others()
    {
        var email = await identity.RegisterAsync();
        var (mine, phone, library) = (await identity.LoginAsync(email), await identity.LoginAsync(email), await identity.LoginAsync(email));
        var stranger = await identity.LoginAsync(await identity.RegisterAsync());
        using var client = identity.As(mine);
        Assert.Equal(3, (await ListAsync(client)).Count);
        Assert.Equal(mine.Id, (Guid)(await ListAsync(client)).Single(s => (bool)s!["current"]!)!["id"]!);

        Assert.Equal(HttpStatusCode.NotFound, (await client.DeleteAsync($"/api/identity/sessions/{stranger.Id}")).StatusCode);
        Assert.Equal(HttpStatusCode.NoContent, (await client.DeleteAsync($"/api/identity/sessions/{phone.Id}")).StatusCode);
        Assert.Equal(HttpStatusCode.NotFound, (await client.DeleteAsync($"/api/identity/sessions/{phone.Id}")).StatusCode);
        Assert.Equal(HttpStatusCode.NoContent, (await client.DeleteAsync("/api/identity/sessions")).StatusCode);
        Assert.Equal([mine.Id], (await ListAsync(client)).Select(s => (Guid)s!["id"]!));
        Assert.Equal(HttpStatusCode.Unauthorized, await RefreshAsync(library));
        Assert.Equal(HttpStatusCode.OK, await RefreshAsync(mine));
        Assert.Equal(
            new[] { phone.Id, library.Id }.Order(),
            (await identity.EventsAsync("session-revoked")).Where(e => (Guid)e["accountId"]! == mine.Account).Select(e => (Guid)e["signInId"]!).Order());
    }

    [Fact]
    public async Task A_device_is_named_by_browser_and_system()
    {
        var email = await identity.RegisterAsync();
        using var phone = identity.Service.Anonymous();
        phone.DefaultRequestHeaders.Add(
            "User-Agent", "Mozilla/5.0 (iPhone; CPU iPhone OS 19_1 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/19.1 Safari/604.1");
        using var answer = await phone.PostAsJsonAsync("/api/identity/login", new { email, password = IdentityInProcess.Password });
        using var client = identity.As(SignIn.From(await IdentityInProcess.JsonAsync(answer)));
        Assert.Equal("Safari, iPhone", (string)Assert.Single(await ListAsync(client))!["device"]!);
    }

    [Fact]
    public async Task A_disabled_account_is_out_at_once_and_comes_back_when_it_is_enabled()
    {
        var invited = await identity.InviteAsync("facilitator");
        using var accepted = await identity.PostAsync("invitations/accept", new { token = invited.Token, password = IdentityInProcess.Password });
        var signIn = await identity.LoginAsync(invited.Email);
        using var colleague = identity.Service.As(Guid.CreateVersion7(), ["operator"], ["grouport"]);
        using var stranger = identity.Service.As(Guid.CreateVersion7(), ["operator"], ["chicago"]);
        Assert.Equal(HttpStatusCode.NotFound, await ActAsync(stranger, invited.Account, "disable"));
        Assert.Equal(HttpStatusCode.NoContent, await ActAsync(colleague, invited.Account, "disable"));
        Assert.Equal(HttpStatusCode.Unauthorized, await RefreshAsync(signIn));
        using var refused = await identity.PostAsync("login", new { email = invited.Email, password = IdentityInProcess.Password });
        Assert.Equal("sign-in-refused", (string)(await IdentityInProcess.JsonAsync(refused))["code"]!);
        Assert.Contains(await identity.EventsAsync("session-revoked"), e => (Guid)e["signInId"]! == signIn.Id);

        Assert.Equal(HttpStatusCode.NoContent, await ActAsync(colleague, invited.Account, "enable"));
        await identity.LoginAsync(invited.Email);
        var member = (await identity.LoginAsync(await identity.RegisterAsync())).Account;
        Assert.Equal(HttpStatusCode.NotFound, await ActAsync(colleague, member, "disable"));
        using var platform = identity.Service.As(Guid.CreateVersion7(), ["operator"], ["platform"]);
        Assert.Equal(HttpStatusCode.NoContent, await ActAsync(platform, member, "disable"));
    }

    [Fact]
    [Trait("hostile", "W07")]
    public async Task An_unused_sign_in_ends_sooner_for_staff()
    {
        await using var service = await identity.StartAsync(more: [new("Accounts:StaffIdleMinutes", "30"), new("Accounts:MemberIdleMinutes", "120")]);
        var invited = await identity.InviteAsync("facilitator");
        using var accepted = await identity.PostAsync("invitations/accept", new { token = invited.Token, password = IdentityInProcess.Password });
        using var client = service.Anonymous();
        var (staff, member) = (await LoginAsync(client, invited.Email), await LoginAsync(client, await identity.RegisterAsync()));
        Assert.Equal(TimeSpan.FromMinutes(30), staff.Token.ValidTo - staff.Token.IssuedAt);
        identity.Clock.Advance(TimeSpan.FromMinutes(29));
        staff = await RenewAsync(client, staff) ?? throw new InvalidOperationException("a sign-in in use ended");
        identity.Clock.Advance(TimeSpan.FromMinutes(31));
        Assert.Null(await RenewAsync(client, staff));
        Assert.NotNull(await RenewAsync(client, member));
    }

    private static async Task<SignIn> LoginAsync(HttpClient client, string email)
    {
        using var answer = await client.PostAsJsonAsync("/api/identity/login", new { email, password = IdentityInProcess.Password });
        return SignIn.From(await IdentityInProcess.JsonAsync(answer));
    }

    private static async Task<SignIn?> RenewAsync(HttpClient client, SignIn signIn)
    {
        using var answer = await client.PostAsJsonAsync("/api/identity/refresh", new { signIn.RefreshToken });
        return answer.IsSuccessStatusCode ? SignIn.From(await IdentityInProcess.JsonAsync(answer)) : null;
    }

    private static async Task<JsonArray> ListAsync(HttpClient client) =>
        (await client.GetFromJsonAsync<JsonObject>("/api/identity/sessions"))!["items"]!.AsArray();

    private async Task<HttpStatusCode> RefreshAsync(SignIn signIn)
    {
        using var answer = await identity.PostAsync("refresh", new { signIn.RefreshToken });
        return answer.StatusCode;
    }

    private static async Task<HttpStatusCode> ActAsync(HttpClient client, Guid account, string act)
    {
        using var answer = await client.PostAsync($"/api/identity/accounts/{account}/{act}", null);
        return answer.StatusCode;
    }
}
