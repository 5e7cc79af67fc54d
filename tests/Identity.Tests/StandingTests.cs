using System.Net;
using System.Text.Json.Nodes;
using GroupTherapy.Identity.Domain;

namespace GroupTherapy.Identity.Tests;

public sealed class StandingTests(IdentityInProcess identity) : IClassFixture<IdentityInProcess>
{
    [Fact]
    public async Task An_operator_who_invites_a_second_address_of_their_own_still_speaks_with_one_voice()
    {
        var (first, other) = (await RootAsync("one"), await RootAsync("one"));
        var puppet = await InvitedByAsync(first, "one");
        var puppets = await InvitedByAsync(puppet, "one");
        Assert.Equal((first.Account, first.Account, first.Account), (PrincipalOf(first), PrincipalOf(puppet), PrincipalOf(puppets)));
        Assert.Equal((HttpStatusCode.Conflict, "not-independent"), await ApproveAsync(first, puppet.Account));
        Assert.Equal((HttpStatusCode.Conflict, "not-independent"), await ApproveAsync(puppet, puppets.Account));
        Assert.Equal((HttpStatusCode.NoContent, null), await ApproveAsync(other, puppet.Account));
        puppet = await LoginAsync(puppet.Email);
        Assert.Equal(puppet.Account, PrincipalOf(puppet));
    }

    [Fact]
    public async Task An_operator_cannot_approve_an_operator_of_another_practice()
    {
        var (first, stranger) = (await RootAsync("two"), await RootAsync("three"));
        var invited = await InvitedByAsync(first, "two");
        Assert.Equal((HttpStatusCode.NotFound, "not-found"), await ApproveAsync(stranger, invited.Account, "two"));
        Assert.Equal((HttpStatusCode.NotFound, "not-found"), await ApproveAsync(stranger, invited.Account, "three"));
    }

    [Fact]
    public void Operators_who_invited_each_other_are_one_voice()
    {
        var (a, b) = (Guid.CreateVersion7(), Guid.CreateVersion7());
        var all = new[] { new PracticeOperator(a, b, null), new PracticeOperator(b, a, null) }.ToDictionary(o => o.AccountId);
        Assert.Equal(StandingRules.PrincipalOf(a, all), StandingRules.PrincipalOf(b, all));
    }

    [Fact]
    public async Task A_practices_operator_cannot_invite_to_the_platform()
    {
        using var client = identity.Service.As(Guid.CreateVersion7(), ["operator"], ["platform"]);
        using var invite = await identity.PostAsync(
            "accounts",
            new
            {
                email = IdentityInProcess.NewEmail(),
                displayName = "X",
                roles = new[] { "operator" },
                practice = "platform",
            },
            client
        );
        Assert.Equal(HttpStatusCode.Forbidden, invite.StatusCode);
    }

    private static Guid PrincipalOf(Person person) => Guid.Parse(person.SignIn.Token.GetClaim("standing").Value.Split(':')[1]);

    // As deploy/invite-operator makes them.
    private async Task<Person> RootAsync(string practice)
    {
        var root = await InvitedByAsync(new Person("", null!, Guid.CreateVersion7()), practice);
        await identity.Db.QueryAsync<Guid>("update memberships set invited_by = null where account_id = @Account returning account_id", new { root.Account });
        return await LoginAsync(root.Email);
    }

    private async Task<Person> InvitedByAsync(Person inviter, string practice)
    {
        var email = IdentityInProcess.NewEmail();
        using var client = identity.Service.As(inviter.Account, ["operator"], [practice]);
        using var invite = await identity.PostAsync(
            "accounts",
            new
            {
                email,
                displayName = "Somebody",
                roles = new[] { "operator" },
            },
            client
        );
        var token = (string)(await IdentityInProcess.JsonAsync(invite))["invitation"]!;
        using var accept = await identity.PostAsync("invitations/accept", new { token, password = IdentityInProcess.Password });
        Assert.Equal(HttpStatusCode.NoContent, accept.StatusCode);
        return await LoginAsync(email);
    }

    private async Task<Person> LoginAsync(string email) => await identity.LoginAsync(email) is var s ? new Person(email, s, s.Account) : null!;

    private async Task<(HttpStatusCode Status, string? Code)> ApproveAsync(Person by, Guid account, string? practice = null)
    {
        using var client = identity.Service.As(by.Account, ["operator"], [.. by.SignIn.Practices]);
        using var answer = await identity.PostAsync($"accounts/{account}/approve", new { practice = practice ?? by.SignIn.Practices[0] }, client);
        return (
            answer.StatusCode,
            answer.Content.Headers.ContentLength is 0
                ? null
                : (string?)JsonNode.Parse(await answer.Content.ReadAsStringAsync() is { Length: > 0 } text ? text : "{}")!["code"]
        );
    }

    private sealed record Person(string Email, SignIn SignIn, Guid Account);
}
