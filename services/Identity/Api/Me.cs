using GroupTherapy.Contracts.Identity;
using GroupTherapy.Contracts.Identity.V1;
using GroupTherapy.Description;
using GroupTherapy.Identity.Storage;
using GroupTherapy.Platform.Data;
using GroupTherapy.Platform.Problems;
using GroupTherapy.Platform.Security;
using GroupTherapy.Platform.Web;

namespace GroupTherapy.Identity.Api;

/// <summary><c>GET /api/identity/me</c>: the caller's own account as it is now, not as the token says.</summary>
public static class Me
{
    /// <param name="Roles">Every role held anywhere, to be shown; what counts is <paramref name="Memberships"/>.</param>
    /// <param name="SecondFactor">Whether the account has an authenticator or a passkey.</param>
    /// <param name="EmailConfirmed">Whether the mailbox was proven; enrolling asks for it outside a demonstration.</param>
    /// <param name="SecondFactorRequired">This sign-in may set up a second factor, and nothing else.</param>
    /// <param name="Practices">Every practice of <paramref name="Memberships"/>.</param>
    public sealed record MyAccount(
        Guid Id,
        string Email,
        string DisplayName,
        IReadOnlyList<string> Roles,
        IReadOnlyList<string> Practices,
        IReadOnlyList<Membership> Memberships,
        bool SecondFactor,
        bool EmailConfirmed,
        bool SecondFactorRequired
    );

    public static void MapMe(this IEndpointRouteBuilder app) =>
        app.MapGet("/api/identity/me", HandleAsync).ForSignedIn().Produces<MyAccount>().Describe("getMe", Tag.Account, "Who is signed in");

    private static async Task<IResult> HandleAsync(Caller caller, Db db, CancellationToken ct)
    {
        var account = await db.FirstOrDefaultAsync<AccountRow>(
            $"select {AccountStore.Columns} from accounts where id = @AccountId",
            new { caller.AccountId },
            ct
        );
        return account is null
            ? new Problem(401, "not-signed-in", "Please sign in.")
            : TypedResults.Ok(
                new MyAccount(
                    account.Id,
                    account.Email,
                    account.DisplayName,
                    account.Roles,
                    account.Practices,
                    account.ByPractice,
                    account.SecondFactor,
                    account.EmailConfirmedAt is not null,
                    caller.Flags.Contains("second-factor-required")
                )
            );
    }
}
