using System.Net;
using System.Net.Http.Json;
using System.Text.Json.Nodes;

namespace GroupTherapy.Identity.Tests;

public sealed class InvitationTests(IdentityInProcess identity) : IClassFixture<IdentityInProcess>
{
    [Fact]
    public async Task An_invited_facilitator_sets_a_password_once_and_works_for_the_inviters_practices()
    {
        var invited = await identity.InviteAsync("facilitator", ["grouport"]);
        Assert.Equal(HttpStatusCode.NoContent, await AcceptAsync(invited.Token, IdentityInProcess.Password));
        Assert.Equal(HttpStatusCode.BadRequest, await AcceptAsync(invited.Token, "quite another password"));
        var signIn = await identity.LoginAsync(invited.Email);
        Assert.Equal((invited.Account, "facilitator", "grouport"), (signIn.Account, Assert.Single(signIn.Roles), Assert.Single(signIn.Practices)));
        var told = Assert.Single(await identity.EventsAsync("roles-changed"), e => (Guid)e["accountId"]! == invited.Account);
        Assert.Equal("""["grouport"]""", told["practices"]!.ToJsonString());
    }

    [Fact]
    public async Task An_invitation_is_over_after_72_hours_and_a_new_one_replaces_it()
    {
        var old = await identity.InviteAsync("facilitator");
        var invited = await identity.InviteAsync("operator", email: old.Email);
        Assert.Equal(old.Account, invited.Account);
        Assert.Equal(HttpStatusCode.BadRequest, await AcceptAsync(old.Token, IdentityInProcess.Password));
        identity.Clock.Turn(TimeSpan.FromHours(72.1));
        Assert.Equal(HttpStatusCode.BadRequest, await AcceptAsync(invited.Token, IdentityInProcess.Password));
        var again = await identity.InviteAsync("operator", email: old.Email);
        Assert.Equal(HttpStatusCode.NoContent, await AcceptAsync(again.Token, IdentityInProcess.Password));
        Assert.Equal(["facilitator", "operator"], (await identity.LoginAsync(old.Email)).Roles.Order());
    }

    [Fact]
    public async Task An_inviter_cannot_take_over_an_account_that_exists()
    {
        var email = await identity.RegisterAsync();
        var open = await identity.LoginAsync(email);
        var invited = await identity.InviteAsync("facilitator", email: email);
        Assert.Equal(open.Account, invited.Account);
        Assert.Equal(HttpStatusCode.BadRequest, await AcceptAsync(invited.Token, "the inviter's own password"));
        Assert.Equal(["member"], (await identity.LoginAsync(email)).Roles);

        Assert.Equal(HttpStatusCode.NoContent, await AcceptAsync(invited.Token, IdentityInProcess.Password));
        Assert.Equal(["facilitator", "member"], (await identity.LoginAsync(email)).Roles.Order());
        Assert.Contains(await identity.EventsAsync("session-revoked"), e => (Guid)e["signInId"]! == open.Id);
        var versions = (await identity.EventsAsync("roles-changed")).Where(e => (Guid)e["accountId"]! == open.Account).Select(e => (long)e["version"]!);
        Assert.Equal([1, 2], versions);
    }

    [Fact]
    public async Task An_invitation_is_no_way_around_the_ten_attempts()
    {
        var email = await identity.RegisterAsync();
        var invited = await identity.InviteAsync("facilitator", email: email);
        for (var i = 0; i < 10; i++)
        {
            Assert.Equal(HttpStatusCode.BadRequest, await AcceptAsync(invited.Token, $"guess number {i} of many"));
        }

        Assert.Equal(HttpStatusCode.BadRequest, await AcceptAsync(invited.Token, IdentityInProcess.Password));
    }

    [Fact]
    public async Task Registering_an_invited_address_gives_no_access()
    {
        var invited = await identity.InviteAsync("operator");
        await identity.RegisterAsync(invited.Email);
        using var login = await identity.PostAsync("login", new { email = invited.Email, password = IdentityInProcess.Password });
        Assert.Equal(HttpStatusCode.Unauthorized, login.StatusCode);
    }

    [Theory]
    [InlineData("""{"email":"x@example.test","displayName":"X","roles":["member"]}""", "roles")]
    [InlineData("""{"email":"x@example.test","displayName":"X","roles":[]}""", "roles")]
    [InlineData("""{"email":"x@example.test","displayName":"X","roles":["admin"]}""", "roles")]
    [InlineData("""{"email":"x@example.test","displayName":"X"}""", "roles")]
    [InlineData("""{"email":"x","displayName":"X","roles":["operator"]}""", "email")]
    [InlineData("""{"email":"x@example.test","roles":["operator"]}""", "displayName")]
    [InlineData("""{"email":"x@example.test","displayName":"X","roles":["operator"],"practices":["chicago"]}""", "practices")]
    public async Task Only_what_an_operator_may_give_is_given(string body, string field)
    {
        using var client = identity.Service.As(Guid.CreateVersion7(), "operator");
        using var answer = await client.PostAsync("/api/identity/accounts", new StringContent(body, System.Text.Encoding.UTF8, "application/json"));
        Assert.Equal(HttpStatusCode.BadRequest, answer.StatusCode);
        Assert.NotNull((await IdentityInProcess.JsonAsync(answer))["errors"]![field]);
    }

    [Fact]
    public async Task The_same_key_answers_the_same_invitation()
    {
        using var client = identity.Service.As(Guid.CreateVersion7(), "operator");
        client.DefaultRequestHeaders.Add("Idempotency-Key", "invite-1");
        var body = new { email = IdentityInProcess.NewEmail(), displayName = "Somebody", roles = new[] { "facilitator" } };
        using var first = await client.PostAsJsonAsync("/api/identity/accounts", body);
        using var second = await client.PostAsJsonAsync("/api/identity/accounts", body);
        Assert.Equal((HttpStatusCode.Created, HttpStatusCode.Created), (first.StatusCode, second.StatusCode));
        Assert.Equal(await first.Content.ReadAsStringAsync(), await second.Content.ReadAsStringAsync());
        Assert.Equal("true", second.Headers.GetValues("Idempotency-Replayed").Single());
        using var other = await client.PostAsJsonAsync("/api/identity/accounts", body with { displayName = "Somebody Else" });
        Assert.Equal(HttpStatusCode.UnprocessableEntity, other.StatusCode);
    }

    [Fact]
    public async Task Another_service_finds_members_and_its_operators_own_colleagues()
    {
        var member = await identity.LoginAsync(await identity.RegisterAsync());
        var near = await identity.InviteAsync("facilitator", ["grouport"]);
        var far = await identity.InviteAsync("facilitator", ["chicago"]);
        using var client = identity.Service.As(Guid.CreateVersion7(), ["operator"], ["grouport"]);
        var found = (
            await client.GetFromJsonAsync<JsonArray>($"/internal/accounts?ids={member.Account},{near.Account},{far.Account},{Guid.CreateVersion7()}"))!;
        Assert.Equal(new[] { member.Account, near.Account }.Order(), found.Select(a => (Guid)a!["id"]!).Order());
        Assert.Equal(["displayName", "email", "id", "practices", "roles"], found[0]!.AsObject().Select(p => p.Key).Order());
        Assert.Equal(HttpStatusCode.BadRequest, (await client.GetAsync("/internal/accounts?ids=1")).StatusCode);
        Assert.Empty((await client.GetFromJsonAsync<JsonArray>("/internal/accounts?ids="))!);
    }

    private async Task<HttpStatusCode> AcceptAsync(string token, string password)
    {
        using var answer = await identity.PostAsync("invitations/accept", new { token, password });
        return answer.StatusCode;
    }
}
