using GroupTherapy.Contracts.Identity;
using GroupTherapy.Identity.Domain;
using GroupTherapy.Identity.Storage;
using GroupTherapy.Platform.Data;
using GroupTherapy.Platform.Security;

namespace GroupTherapy.Identity.CommandLine;

/// <summary>
/// Command <c>invite-operator EMAIL [PRACTICE...]</c>: prints a single-use token, so that a practice gets its first operator. One token accepts an
/// invitation into each of the practices.
/// </summary>
internal static class InviteOperator
{
    public static async Task<int> RunAsync(WebApplication app, string[] args)
    {
        if (args is not [var email, .. var practices] || !EmailRules.IsValid(email) || !practices.All(PracticeRules.IsId))
        {
            await Console.Error.WriteLineAsync("Usage: invite-operator EMAIL [PRACTICE...]   (without practices: chicago and grouport)");
            return 1;
        }

        var (db, managers) = (app.Services.GetRequiredService<Db>(), app.Services.GetRequiredService<AccountManagers>());
        await using var work = await db.BeginAsync(Caller.System("invite-operator"));
        var token = OpaqueToken.New();
        foreach (var practice in practices.Length > 0 ? practices.Distinct() : ["chicago", "grouport"])
        {
            if (await InvitationStore.MakeAsync(work, managers, email, "Operator", [Roles.Operator], practice, null, token) is null)
            {
                await Console.Error.WriteLineAsync("This e-mail was registered just now. Run the command again.");
                return 1;
            }
        }

        await work.CommitAsync();
        Console.WriteLine(token);
        return 0;
    }
}
