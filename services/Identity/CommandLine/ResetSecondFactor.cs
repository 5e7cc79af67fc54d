using GroupTherapy.Contracts.Identity;
using GroupTherapy.Identity.Domain;
using GroupTherapy.Identity.Storage;
using GroupTherapy.Platform.Data;
using GroupTherapy.Platform.Security;

namespace GroupTherapy.Identity.CommandLine;

/// <summary>
/// Command <c>reset-second-factor EMAIL</c>: for a person who lost every second factor and has no other operator to ask. The administrator who runs it
/// has verified the person. Password and mailbox still have to be theirs.
/// </summary>
internal static class ResetSecondFactor
{
    public static async Task<int> RunAsync(WebApplication app, string[] args)
    {
        if (args is not [var email] || !EmailRules.IsValid(email))
        {
            await Console.Error.WriteLineAsync("Usage: reset-second-factor EMAIL");
            return 1;
        }

        var (db, managers) = (app.Services.GetRequiredService<Db>(), app.Services.GetRequiredService<AccountManagers>());
        await using var work = await db.BeginAsync(Caller.System("reset-second-factor"));
        if (await AccountStore.ByEmailAsync(work, managers.Normalize(email)) is not { } account)
        {
            await Console.Error.WriteLineAsync("There is no account with this e-mail.");
            return 1;
        }

        await SecondFactors.RemoveAllAsync(work, account.Id);
        await SignInStore.RevokeAllAsync(work, account.Id, "second-factor-reset");
        await app.Services.GetRequiredService<MailStore>().RequestAsync(work, MailKinds.SecondFactorChanged, account);
        await work.CommitAsync();
        Console.WriteLine("The second factors are gone. Set up a new one at the next sign-in.");
        return 0;
    }
}
