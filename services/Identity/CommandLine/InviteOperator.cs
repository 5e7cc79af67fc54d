using GroupTherapy.Contracts.Identity;
using GroupTherapy.Identity.Domain;
using GroupTherapy.Identity.Storage;
using GroupTherapy.Platform.Data;
using GroupTherapy.Platform.Security;

namespace GroupTherapy.Identity.CommandLine;

/// <summary>Command <c>invite-operator EMAIL [PRACTICE...]</c>: prints a single-use invitation, so that a deployment gets its first operator.</summary>
internal static class InviteOperator
{
    public static async Task<int> RunAsync(WebApplication app, string[] args)
    {
        if (args is not [var email, .. var practices] || !EmailRules.IsValid(email))
        {
            await Console.Error.WriteLineAsync("Usage: invite-operator EMAIL [PRACTICE...]   (without practices: chicago and grouport)");
            return 1;
        }

        var (db, managers) = (app.Services.GetRequiredService<Db>(), app.Services.GetRequiredService<AccountManagers>());
        await using var work = await db.BeginAsync(Caller.System("invite-operator"));
        var made = await InvitationStore.MakeAsync(
            work, managers, email, "Operator", [Roles.Operator], practices.Length > 0 ? practices : ["chicago", "grouport"], null);
        if (made is null)
        {
            await Console.Error.WriteLineAsync("This e-mail was registered just now. Run the command again.");
            return 1;
        }

        await work.CommitAsync();
        Console.WriteLine(made.Value.Token);
        return 0;
    }
}
