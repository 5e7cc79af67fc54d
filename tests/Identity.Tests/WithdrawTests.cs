using System.Net;
using System.Net.Http.Json;
using System.Text.Json.Nodes;

namespace GroupTherapy.Identity.Tests;

public sealed class WithdrawTests(IdentityInProcess identity) : IClassFixture<IdentityInProcess>
{
    [Fact]
    public async Task A_facilitator_whose_role_is_withdrawn_is_signed_out_and_stays_what_they_are_elsewhere()
    {
        var (email, account) = await StaffAsync("facilitator", "north");
        await StaffAsync("facilitator", "south", email);
        var open = await identity.LoginAsync(email);
        Assert.Equal("facilitator@north facilitator@south", open.Memberships);

        Assert.Equal(HttpStatusCode.NotFound, await WithdrawAsync("east", account, "north"));
        Assert.Equal(HttpStatusCode.NoContent, await WithdrawAsync("north", account, "north"));
        Assert.Contains(await identity.EventsAsync("session-revoked"), e => (Guid)e["signInId"]! == open.Id);
        var told = (await identity.EventsAsync("roles-changed")).Last(e => (Guid)e["accountId"]! == account);
        Assert.Equal("""[{"practice":"south","roles":["facilitator"]}]""", told["memberships"]!.ToJsonString());
        Assert.Equal("facilitator@south", (await identity.LoginAsync(email)).Memberships);
        using var refresh = await identity.PostAsync("refresh", new { open.RefreshToken });
        Assert.Equal(HttpStatusCode.Unauthorized, refresh.StatusCode);
        Assert.Equal(HttpStatusCode.NotFound, await WithdrawAsync("north", account, "north"));
    }

    [Fact]
    public async Task A_cancelled_invitation_opens_nothing_and_so_does_one_of_an_operator_who_is_none_any_more()
    {
        var invited = await identity.InviteAsync("facilitator", "west");
        Assert.Equal(HttpStatusCode.NoContent, await WithdrawAsync("west", invited.Account, "west"));
        Assert.Equal(HttpStatusCode.BadRequest, await AcceptAsync(invited.Token));

        var (_, second) = await StaffAsync("operator", "west");
        await StaffAsync("operator", "west");
        var (email, token) = await InvitedByAsync(second, "west");
        Assert.NotEmpty(email);
        Assert.Equal(HttpStatusCode.NoContent, await WithdrawAsync("west", second, "west"));
        Assert.Equal(HttpStatusCode.BadRequest, await AcceptAsync(token));

        var (_, third) = await StaffAsync("operator", "west");
        var (_, later) = await InvitedByAsync(third, "west");
        Assert.Equal(HttpStatusCode.NoContent, await DisableAsync("west", third));
        Assert.Equal(HttpStatusCode.BadRequest, await AcceptAsync(later));
    }

    [Fact]
    public async Task A_practice_keeps_one_operator_at_least()
    {
        var (_, first) = await StaffAsync("operator", "lone");
        Assert.Equal(HttpStatusCode.Conflict, await WithdrawAsync("lone", first, "lone"));
        var (_, second) = await StaffAsync("operator", "lone");
        Assert.Equal(HttpStatusCode.NoContent, await WithdrawAsync("lone", first, "lone"));
        Assert.Equal(HttpStatusCode.Conflict, await WithdrawAsync("lone", second, "lone"));

        // A colleague who is kept out is none.
        var (_, third) = await StaffAsync("operator", "lone");
        Assert.Equal(HttpStatusCode.NoContent, await DisableAsync("lone", third));
        Assert.Equal(HttpStatusCode.Conflict, await WithdrawAsync("lone", second, "lone"));
    }

    [Fact]
    public async Task An_invitation_does_not_tell_whether_the_address_had_an_account_before()
    {
        var email = IdentityInProcess.NewEmail();
        using var register = await identity.PostAsync(
            "register",
            new
            {
                email,
                password = IdentityInProcess.Password,
                displayName = "Known Elsewhere",
            }
        );
        var known = await identity.InviteAsync("facilitator", "probe", email);
        var fresh = await identity.InviteAsync("facilitator", "probe");
        using var client = identity.Service.As(Guid.CreateVersion7(), ["operator"], ["probe"]);
        var items = (await client.GetFromJsonAsync<JsonObject>("/api/identity/accounts"))!["items"]!.AsArray();

        Assert.Equal(["Somebody Invited", "Somebody Invited"], items.Select(i => (string)i!["displayName"]!));
        Assert.Equal(new[] { email, fresh.Email }.Order(), items.Select(i => (string)i!["email"]!).Order());
        Assert.Equal([4, 4], new[] { known.Account, fresh.Account }.Select(id => id.Version));
    }

    [Fact]
    public async Task Nobodys_mailbox_is_flooded_with_invitations()
    {
        var (email, _, _) = await identity.InviteAsync("facilitator", "flood");
        using var client = identity.Service.As(Guid.CreateVersion7(), ["operator"], ["flood"]);
        var answers = new List<HttpStatusCode>();
        for (var i = 0; i < 5; i++)
        {
            using var again = await identity.PostAsync(
                "accounts",
                new
                {
                    email,
                    displayName = "X",
                    roles = new[] { "facilitator" },
                },
                client
            );
            answers.Add(again.StatusCode);
        }

        Assert.Equal([.. Enumerable.Repeat(HttpStatusCode.Created, 4), HttpStatusCode.TooManyRequests], answers);
        await identity.InviteAsync("facilitator", "no-flood", email);
    }

    [Fact]
    public async Task An_operator_sees_the_staff_and_invitations_of_the_own_practice_only()
    {
        var (email, _) = await StaffAsync("facilitator", "list-a");
        var pending = await identity.InviteAsync("operator", "list-a");
        await StaffAsync("facilitator", "list-b");
        using var client = identity.Service.As(Guid.CreateVersion7(), ["operator"], ["list-a"]);
        var items = new List<JsonNode>();
        for (var cursor = ""; ;)
        {
            var page = (await client.GetFromJsonAsync<JsonObject>($"/api/identity/accounts?limit=1{cursor}"))!;
            items.AddRange(page["items"]!.AsArray().Select(i => i!.DeepClone()));
            if ((string?)page["nextCursor"] is not { } next)
            {
                break;
            }

            cursor = $"&cursor={next}";
        }

        Assert.Equal(new[] { email, pending.Email }.Order(), items.Select(i => (string)i["email"]!).Order());
        Assert.NotNull(items.Single(i => (string)i["email"]! == pending.Email)["invitedUntil"]);
        using var foreign = await client.GetAsync("/api/identity/accounts?practice=list-b");
        Assert.Equal(HttpStatusCode.BadRequest, foreign.StatusCode);
    }

    private async Task<(string Email, Guid Account)> StaffAsync(string role, string practice, string? email = null)
    {
        var invited = await identity.InviteAsync(role, practice, email);
        Assert.Equal(HttpStatusCode.NoContent, await AcceptAsync(invited.Token));
        return (invited.Email, invited.Account);
    }

    private async Task<(string Email, string Token)> InvitedByAsync(Guid inviter, string practice)
    {
        var email = IdentityInProcess.NewEmail();
        using var client = identity.Service.As(inviter, ["operator"], [practice]);
        using var invite = await identity.PostAsync(
            "accounts",
            new
            {
                email,
                displayName = "X",
                roles = new[] { "facilitator" },
            },
            client
        );
        return (email, (string)(await IdentityInProcess.JsonAsync(invite))["invitation"]!);
    }

    private async Task<HttpStatusCode> WithdrawAsync(string by, Guid account, string practice)
    {
        using var client = identity.Service.As(Guid.CreateVersion7(), ["operator"], [by]);
        using var answer = await identity.PostAsync($"accounts/{account}/withdraw", new { practice }, client);
        return answer.StatusCode;
    }

    private async Task<HttpStatusCode> DisableAsync(string by, Guid account)
    {
        using var client = identity.Service.As(Guid.CreateVersion7(), ["operator"], [by]);
        using var answer = await client.PostAsync($"/api/identity/accounts/{account}/disable", null);
        return answer.StatusCode;
    }

    private async Task<HttpStatusCode> AcceptAsync(string token)
    {
        using var answer = await identity.PostAsync("invitations/accept", new { token, password = IdentityInProcess.Password });
        return answer.StatusCode;
    }
}
