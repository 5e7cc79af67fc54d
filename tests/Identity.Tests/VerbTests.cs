using GroupTherapy.Identity.CommandLine;
using GroupTherapy.Tests.Support;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.Configuration;

namespace GroupTherapy.Identity.Tests;

public sealed class VerbTests(IdentityInProcess identity) : IClassFixture<IdentityInProcess>
{
    [Fact]
    public async Task The_demonstration_accounts_are_made_once_with_roles_and_practices()
    {
        await using var app = Build("Demo");
        Assert.Equal(0, await DemoAccounts.RunAsync(app));
        var events = (await identity.OutboxAsync()).Count;
        Assert.Equal(0, await DemoAccounts.RunAsync(app));
        Assert.Equal(events, (await identity.OutboxAsync()).Count);

        foreach (
            var (email, role, practices) in new[]
            {
                ("operator@demo.test", "operator", "chicago grouport platform"),
                ("operator2@demo.test", "operator", "chicago grouport platform"),
                ("ana@demo.test", "facilitator", "grouport"),
                ("ben@demo.test", "facilitator", "grouport"),
                ("cara@demo.test", "facilitator", "chicago"),
                ("dee@demo.test", "facilitator", "chicago"),
                ("eli@demo.test", "facilitator", "grouport"),
                ("maya@demo.test", "member", ""),
                ("nora@demo.test", "member", ""),
                ("joe@demo.test", "member", ""),
                ("tex@demo.test", "member", ""),
            }
        )
        {
            var signIn = await identity.LoginAsync(email, "Correct-Horse-9-Battery");
            Assert.Equal((role, practices), (Assert.Single(signIn.Roles), string.Join(' ', signIn.Practices.Order())));
        }
    }

    [Fact]
    public async Task They_are_never_made_in_Production()
    {
        await using var app = Build("Production");
        Assert.Equal(1, await DemoAccounts.RunAsync(app));
    }

    [Fact]
    public async Task The_first_operator_comes_by_an_invitation_on_the_command_line()
    {
        await using var app = Build("Production");
        var before = Console.Out;
        using var said = new StringWriter();
        Console.SetOut(said);
        try
        {
            Assert.Equal(0, await InviteOperator.RunAsync(app, ["first@example.test"]));
            Assert.Equal(1, await InviteOperator.RunAsync(app, ["not an address"]));
            Assert.Equal(1, await InviteOperator.RunAsync(app, []));
        }
        finally
        {
            Console.SetOut(before);
        }

        using var accept = await identity.PostAsync("invitations/accept", new { token = said.ToString().Trim(), password = IdentityInProcess.Password });
        Assert.Equal(System.Net.HttpStatusCode.NoContent, accept.StatusCode);
        var signIn = await identity.LoginAsync("first@example.test");
        Assert.Equal("operator: chicago grouport", $"{string.Join(' ', signIn.Roles)}: {string.Join(' ', signIn.Practices)}");
    }

    private WebApplication Build(string environment) =>
        IdentityApp.Build(
            [],
            builder =>
            {
                builder.Configuration.AddInMemoryCollection([new("Database:Connection", identity.Database.Runtime), new("Bus:Port", "1")]);
                builder.Environment.EnvironmentName = environment;
            }
        );
}
