using GroupTherapy.Contracts.Identity;
using GroupTherapy.Identity.Domain;
using GroupTherapy.Identity.Storage;
using GroupTherapy.Platform.Data;
using GroupTherapy.Platform.Security;

namespace GroupTherapy.Identity.CommandLine;

/// <summary>
/// Command <c>demo-accounts</c>: creates the accounts of the demonstration, all with one known password. Never in Production; a repeat changes nothing.
/// </summary>
internal static class DemoAccounts
{
    /// <summary>Public on purpose: it opens the demonstration and nothing else.</summary>
    public const string Password = "Correct-Horse-9-Battery";

    private static readonly string[] All = ["chicago", "grouport", PracticeRules.Platform];

    /// <summary>Old enough to approve at once.</summary>
    private static readonly TimeSpan OperatorsAge = TimeSpan.FromDays(7);

    public static readonly IReadOnlyList<(string Email, string DisplayName, string Role, string[] Practices)> People =
    [
        ("operator@demo.test", "Robin Castellano", Roles.Operator, All),
        ("operator2@demo.test", "Morgan Lindqvist", Roles.Operator, All),
        ("ana@demo.test", "Ana Rivera, LMHC", Roles.Facilitator, ["grouport"]),
        ("ben@demo.test", "Ben Adeyemi, LCSW", Roles.Facilitator, ["grouport"]),
        ("cara@demo.test", "Cara Novak, PsyD", Roles.Facilitator, ["chicago"]),
        ("dee@demo.test", "Dee Okafor, LCPC", Roles.Facilitator, ["chicago"]),
        ("eli@demo.test", "Eli Brandt", Roles.Facilitator, ["grouport"]),
        ("maya@demo.test", "Maya", Roles.Member, []),
        ("nora@demo.test", "Nora", Roles.Member, []),
        ("joe@demo.test", "Joe", Roles.Member, []),
        ("tex@demo.test", "Tex", Roles.Member, []),
    ];

    public static async Task<int> RunAsync(WebApplication app)
    {
        if (app.Environment.IsProduction())
        {
            await Console.Error.WriteLineAsync(
                "Demonstration accounts have a public password: they are never made in Production. Set ASPNETCORE_ENVIRONMENT to Demo for a demonstration."
            );
            return 1;
        }

        var (db, managers, passwords) = (
            app.Services.GetRequiredService<Db>(),
            app.Services.GetRequiredService<AccountManagers>(),
            app.Services.GetRequiredService<PasswordVerifier>()
        );
        var made = 0;
        foreach (var (email, name, role, practices) in People)
        {
            await using var work = await db.BeginAsync(Caller.System("demo-accounts"));
            var known = await AccountStore.ByEmailAsync(work, managers.Normalize(email));
            var id = known?.Id ?? (await AccountStore.CreateAsync(work, managers, email, name, passwords.Hash(Password), role == Roles.Member))?.Id;

            await work.ExecuteAsync("update accounts set email_confirmed_at = @Now where id = @id and email_confirmed_at is null", new { id, work.Now });

            // The data of an earlier release may lack one.
            var missing = practices.Where(practice => known?.Memberships.Contains($"{role}@{practice}") != true).ToList();
            foreach (var practice in missing)
            {
                await AccountStore.AddMembershipsAsync(work, id!.Value, practice, [role], null, work.Now - OperatorsAge);
            }

            if (known is null || missing.Count > 0)
            {
                await work.CommitAsync();
                made++;
            }
        }

        Console.WriteLine(made == 0 ? "The demonstration accounts are there already." : $"Demonstration accounts made: {made}.");
        return 0;
    }
}
