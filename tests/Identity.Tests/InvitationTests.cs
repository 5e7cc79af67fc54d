using System.Net;
using System.Net.Http.Json;
using System.Text.Json.Nodes;

namespace GroupTherapy.Identity.Tests;

public sealed class InvitationTests(IdentityInProcess identity) : IClassFixture<IdentityInProcess>
{
    [Fact]
    public async Task An_invited_facilitator_sets_a_password_once_and_works_for_the_inviters_practices()
    {
        var invited = await identity.InviteAsync("facilitator");
        Assert.Equal(HttpStatusCode.NoContent, await AcceptAsync(invited.Token, IdentityInProcess.Password));
        Assert.Equal(HttpStatusCode.BadRequest, await AcceptAsync(invited.Token, "quite another password"));
        var signIn = await identity.LoginAsync(invited.Email);
        Assert.Equal((invited.Account, "facilitator", "grouport"), (signIn.Account, Assert.Single(signIn.Roles), Assert.Single(signIn.Practices)));
        var told = Assert.Single(await identity.EventsAsync("roles-changed"), e => (Guid)e["accountId"]! == invited.Account);
        Assert.Equal("""[{"practice":"grouport","roles":["facilitator"]}]""", told["memberships"]!.ToJsonString());
    }

    [Fact]
    public async Task An_invitation_is_over_after_72_hours_and_a_new_one_replaces_it()
    {
        var old = await identity.InviteAsync("facilitator");
        var invited = await identity.InviteAsync("operator", email: old.Email);
        Assert.Equal(old.Account, invited.Account);
        Assert.Equal(HttpStatusCode.BadRequest, await AcceptAsync(old.Token, IdentityInProcess.Password));
        identity.Clock.Advance(TimeSpan.FromHours(72.1));
        Assert.Equal(HttpStatusCode.BadRequest, await AcceptAsync(invited.Token, IdentityInProcess.Password));
        var again = await identity.InviteAsync("operator", email: old.Email);
        Assert.Equal(HttpStatusCode.NoContent, await AcceptAsync(again.Token, IdentityInProcess.Password));
        Assert.Equal("operator@grouport", (await identity.LoginAsync(old.Email)).Memberships);
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
    [InlineData("""{"email":"x@example.test","displayName":"X","roles":["operator"]}""", "practice")]
    public async Task Only_what_an_operator_may_give_is_given(string body, string field)
    {
        using var client = identity.Service.As(Guid.CreateVersion7(), "operator");
        using var answer = await client.PostAsync("/api/identity/accounts", new StringContent(body, System.Text.Encoding.UTF8, "application/json"));
        Assert.Equal(HttpStatusCode.BadRequest, answer.StatusCode);
        Assert.NotNull((await IdentityInProcess.JsonAsync(answer))["errors"]![field]);
    }

    [Fact]
    public async Task The_same_key_answers_the_same_invitation_without_its_token_which_is_told_once()
    {
        using var client = identity.Service.As(Guid.CreateVersion7(), "operator");
        client.DefaultRequestHeaders.Add("Idempotency-Key", "invite-1");
        var body = new
        {
            email = IdentityInProcess.NewEmail(),
            displayName = "Somebody",
            roles = new[] { "facilitator" },
            practice = "chicago",
        };
        using var first = await client.PostAsJsonAsync("/api/identity/accounts", body);
        using var second = await client.PostAsJsonAsync("/api/identity/accounts", body);
        Assert.Equal((HttpStatusCode.Created, HttpStatusCode.Created), (first.StatusCode, second.StatusCode));
        var (told, repeated) = ((await first.Content.ReadFromJsonAsync<JsonObject>())!, (await second.Content.ReadFromJsonAsync<JsonObject>())!);
        Assert.Equal((string)told["id"]!, (string)repeated["id"]!);
        Assert.NotNull(told["invitation"]);
        Assert.Null(repeated["invitation"]);
        Assert.Equal("true", second.Headers.GetValues("Idempotency-Replayed").Single());
        using var other = await client.PostAsJsonAsync("/api/identity/accounts", body with { displayName = "Somebody Else" });
        Assert.Equal(HttpStatusCode.UnprocessableEntity, other.StatusCode);
    }

    [Fact]
    public async Task Another_service_finds_members_and_its_operators_own_colleagues()
    {
        var member = await identity.LoginAsync(await identity.RegisterAsync());
        var near = await identity.InviteAsync("facilitator");
        var far = await identity.InviteAsync("facilitator", "chicago");
        Assert.Equal(HttpStatusCode.NoContent, await AcceptAsync(near.Token, IdentityInProcess.Password));
        Assert.Equal(HttpStatusCode.NoContent, await AcceptAsync(far.Token, IdentityInProcess.Password));
        using var client = identity.Service.As(Guid.CreateVersion7(), ["operator"], ["grouport"]);
        var found = (
            await client.GetFromJsonAsync<JsonArray>($"/internal/accounts?ids={member.Account},{near.Account},{far.Account},{Guid.CreateVersion7()}")
        )!;
        Assert.Equal(new[] { member.Account, near.Account }.Order(), found.Select(a => (Guid)a!["id"]!).Order());
        Assert.Equal(["displayName", "email", "facilitatorIn", "id", "version"], found[0]!.AsObject().Select(p => p.Key).Order());
        Assert.Equal(HttpStatusCode.BadRequest, (await client.GetAsync("/internal/accounts?ids=1")).StatusCode);
        Assert.Empty((await client.GetFromJsonAsync<JsonArray>("/internal/accounts?ids="))!);
    }

    [Fact]
    public async Task An_operator_of_another_practice_does_not_become_an_operator_of_ours_by_inviting_the_same_address()
    {
        var ours = await identity.InviteAsync("operator");
        var theirs = await identity.InviteAsync("facilitator", "chicago", ours.Email);
        Assert.Equal(HttpStatusCode.NoContent, await AcceptAsync(theirs.Token, "the other operator's password"));
        Assert.Equal("facilitator@chicago", (await identity.LoginAsync(ours.Email, "the other operator's password")).Memberships);
        Assert.Equal(HttpStatusCode.BadRequest, await AcceptAsync(ours.Token, "another password, at a guess"));
        Assert.Equal("facilitator@chicago", (await identity.LoginAsync(ours.Email, "the other operator's password")).Memberships);
    }

    [Fact]
    public async Task A_facilitator_of_one_practice_who_operates_another_operates_only_the_other()
    {
        var first = await identity.InviteAsync("facilitator");
        Assert.Equal(HttpStatusCode.NoContent, await AcceptAsync(first.Token, IdentityInProcess.Password));
        var second = await identity.InviteAsync("operator", "chicago", first.Email);
        Assert.Equal(HttpStatusCode.NoContent, await AcceptAsync(second.Token, IdentityInProcess.Password));
        var signIn = await identity.LoginAsync(first.Email);
        Assert.Equal("facilitator@grouport operator@chicago", signIn.Memberships);
        using var client = identity.As(signIn);
        var me = await IdentityInProcess.JsonAsync(await client.GetAsync("/api/identity/me"));
        Assert.Equal("""[{"practice":"chicago","roles":["operator"]},{"practice":"grouport","roles":["facilitator"]}]""", me["memberships"]!.ToJsonString());
        Assert.Equal("""["facilitator","operator"]""", me["roles"]!.ToJsonString());

        using var theirs = identity.Service.As(signIn.Account, new Dictionary<string, string[]> { ["chicago"] = ["operator"], ["grouport"] = ["facilitator"] });
        using var invite = await identity.PostAsync(
            "accounts",
            new
            {
                email = IdentityInProcess.NewEmail(),
                displayName = "X",
                roles = new[] { "operator" },
                practice = "grouport",
            },
            theirs
        );
        Assert.Equal(HttpStatusCode.Forbidden, invite.StatusCode);
    }

    [Fact]
    public async Task A_newer_invitation_of_the_same_practice_ends_the_older_and_one_of_another_practice_does_not()
    {
        var old = await identity.InviteAsync("facilitator");
        var other = await identity.InviteAsync("facilitator", "chicago", old.Email);
        var newer = await identity.InviteAsync("operator", "grouport", old.Email);
        Assert.Equal(HttpStatusCode.BadRequest, await AcceptAsync(old.Token, IdentityInProcess.Password));
        Assert.Equal(HttpStatusCode.NoContent, await AcceptAsync(newer.Token, IdentityInProcess.Password));
        Assert.Equal(HttpStatusCode.NoContent, await AcceptAsync(other.Token, IdentityInProcess.Password));
        Assert.Equal("facilitator@chicago operator@grouport", (await identity.LoginAsync(old.Email)).Memberships);
    }

    [Fact]
    public async Task Outside_the_demonstration_the_invitation_travels_by_mail_alone()
    {
        const string Key = "a key that two services share";
        await using var service = await identity.StartAsync(
            more: [new("Callers:Notifications", Key), new("Public:Url", "https://groups.example.test")],
            environment: "Production"
        );
        using var client = service.As(Guid.CreateVersion7(), ["operator"], ["grouport"]);
        var email = IdentityInProcess.NewEmail();
        using var invite = await client.PostAsJsonAsync(
            "/api/identity/accounts",
            new
            {
                email,
                displayName = "Robin Ünal",
                roles = new[] { "operator" },
            }
        );
        Assert.Equal(HttpStatusCode.Created, invite.StatusCode);
        Assert.Null((await IdentityInProcess.JsonAsync(invite))["invitation"]);
        var id = Assert.Single(await identity.Db.QueryAsync<Guid>("select id from mails where address = @email", new { email }));
        using var sender = service.Anonymous();
        sender.DefaultRequestHeaders.Add("GT-Service-Key", Key);
        var mail = (await sender.GetFromJsonAsync<System.Text.Json.Nodes.JsonObject>($"/internal/mails/{id}"))!;
        Assert.Equal((email, "grouport"), ((string)mail["to"]!, (string)mail["practice"]!));
        var link = (string)mail["link"]!;
        Assert.StartsWith("https://groups.example.test/account/invitation#", link, StringComparison.Ordinal);
        var token = link.Split('#')[1];
        Assert.Equal(HttpStatusCode.NoContent, await AcceptAsync(token, IdentityInProcess.Password));
        Assert.Equal("operator@grouport", (await identity.LoginAsync(email)).Memberships);
    }

    private async Task<HttpStatusCode> AcceptAsync(string token, string password)
    {
        using var answer = await identity.PostAsync("invitations/accept", new { token, password });
        return answer.StatusCode;
    }
}
