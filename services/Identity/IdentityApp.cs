using GroupTherapy.Contracts.Identity;
using GroupTherapy.Contracts.Identity.V1;
using GroupTherapy.Identity.Accounts;
using GroupTherapy.Identity.Keys;
using GroupTherapy.Identity.SignIns;
using GroupTherapy.Identity.Verbs;
using GroupTherapy.Platform.Messaging;
using GroupTherapy.Platform.Web;

namespace GroupTherapy.Identity;

/// <summary>The table of contents of the service.</summary>
public static class IdentityApp
{
    public const string Service = "identity";

    public static WebApplication Build(string[] args, Action<WebApplicationBuilder>? adjust = null)
    {
        var builder = PlatformApp.CreateBuilder(args, Service, adjust);
        builder.AddPlatformDatabase();
        builder.AddInternalAuthentication(Service);
        builder.AddPlatformBus(typeof(AccountRegistered).Assembly, _ => { });
        builder.AddAccounts();
        builder.AddSigningKeys();
        builder.Services.AddHostedService<Forgetting>();

        var app = builder.BuildPlatform();
        app.MapRegister();
        app.MapMe();
        app.MapInviteAccount();
        app.MapAcceptInvitation();
        app.MapFindAccounts();
        app.MapLogin();
        app.MapRefresh();
        app.MapLogout();
        app.MapRevocations();
        app.MapPublishedKeys();
        app.MapAudit(Service, "select exists (select 1 from accounts where not practices <@ @practices)", Roles.Operator);
        app.MapWork(Service, Roles.Operator);
        return app;
    }

    /// <summary>Runs a verb, or serves. Verbs: <c>migrate</c>, <c>demo-accounts</c>, <c>invite-operator EMAIL [PRACTICE...]</c>.</summary>
    public static async Task<int> RunAsync(string[] args)
    {
        await using var app = Build(args);
        return args switch
        {
            ["demo-accounts"] => await DemoAccounts.RunAsync(app),
            ["invite-operator", .. var rest] => await InviteOperator.RunAsync(app, rest),
            _ => await app.RunPlatformAsync(args, typeof(IdentityApp).Assembly),
        };
    }
}
