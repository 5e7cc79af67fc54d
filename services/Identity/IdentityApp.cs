using System.Globalization;
using GroupTherapy.Audit;
using GroupTherapy.Contracts.Identity;
using GroupTherapy.Contracts.Identity.V1;
using GroupTherapy.Description;
using GroupTherapy.Identity.Api;
using GroupTherapy.Identity.CommandLine;
using GroupTherapy.Identity.Storage;
using GroupTherapy.Identity.Workers;
using GroupTherapy.PersonalData;
using GroupTherapy.Platform.Messaging;
using GroupTherapy.Platform.Web;
using GroupTherapy.Platform.Work;
using MassTransit;

namespace GroupTherapy.Identity;

/// <summary>Builds the service: accounts, sign-ins, and the keys that sign access tokens.</summary>
public static class IdentityApp
{
    public const string Service = "identity";

    public static WebApplication Build(string[] args, Action<WebApplicationBuilder>? adjust = null)
    {
        var builder = PlatformApp.CreateBuilder(args, Service, adjust);
        builder.Services.AddDescription(Service);
        builder.AddPlatformDatabase();
        builder.AddAudit();
        builder.Services.AddPersonalData<IdentityPersonalData>();
        builder.AddInternalAuthentication(Service);
        builder.AddPlatformBus(typeof(AccountRegistered).Assembly, bus => bus.AddConsumers(typeof(IdentityApp).Assembly));
        builder.AddAccounts();
        builder.AddSigningKeys();
        builder.AddExternalSignIn();
        builder.Services.AddSingleton<SignIns>().AddSingleton<Passkeys>();
        builder.Services.AddSingleton<ExportStore>();
        builder.Services.AddDueWork<RemoveTraces>().AddDueWork<ForgetExport>();

        var app = builder.BuildPlatform();
        app.MapDescription();
        app.MapRegister();
        app.MapMe();
        app.MapInviteAccount();
        app.MapApproveOperator();
        app.MapWithdrawRoles();
        app.MapListStaff();
        app.MapAcceptInvitation();
        app.MapFindAccounts();
        app.MapLogin();
        app.MapRefresh();
        app.MapLogout();
        app.MapEraseMe();
        app.MapKeptExports();
        app.MapGatewayRefusals();
        app.MapEmailConfirmation();
        app.MapPasswordReset();
        app.MapReauthenticate();
        app.MapManageInfo();
        app.MapManageTwoFactor();
        app.MapPasskeys();
        app.MapExternalSignIn();
        app.MapSessions();
        app.MapDisableAccount();
        app.MapMailsToSend();
        app.MapStaffForMails();
        app.MapRevocations();
        app.MapPublishedKeys();
        app.MapPersonalData();
        var sight = new Oversight("select exists (select 1 from memberships where practice <> all(@practices))", Roles.Operator);
        app.MapAudit(Service, sight);
        app.MapWork(Service, sight);
        return app;
    }

    /// <summary>Runs a command, or serves. Commands: <c>migrate</c>, <c>demo-accounts</c>, <c>invite-operator EMAIL [PRACTICE...]</c>,
    /// <c>reset-second-factor EMAIL</c>.</summary>
    public static async Task<int> RunAsync(string[] args)
    {
        // ICU is here for passwords; numbers and dates are written alike on every machine.
        CultureInfo.DefaultThreadCurrentCulture = CultureInfo.CurrentCulture = CultureInfo.InvariantCulture;
        await using var app = Build(args);
        return args switch
        {
            ["demo-accounts"] => await DemoAccounts.RunAsync(app),
            ["invite-operator", .. var rest] => await InviteOperator.RunAsync(app, rest),
            ["reset-second-factor", .. var rest] => await ResetSecondFactor.RunAsync(app, rest),
            _ => await app.RunPlatformAsync(args, typeof(IdentityApp).Assembly),
        };
    }
}
