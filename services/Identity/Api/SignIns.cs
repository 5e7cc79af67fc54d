using GroupTherapy.Contracts.Identity;
using GroupTherapy.Identity.Domain;
using GroupTherapy.Identity.Storage;
using GroupTherapy.Platform.Data;
using GroupTherapy.Platform.Problems;
using GroupTherapy.Platform.Security;
using Microsoft.AspNetCore.Identity;

namespace GroupTherapy.Identity.Api;

/// <summary>Verifies what a person shows, and answers with tokens: what every way of signing in has in common.</summary>
internal sealed class SignIns(
    Db db,
    AccountManagers managers,
    PasswordVerifier passwords,
    SecondFactors factors,
    AccessTokens tokens,
    AccountPolicy policy,
    MailStore mails,
    SecretVault vault
)
{
    /// <summary>A wrong password, an unknown e-mail, a place that is locked out: the same bytes.</summary>
    public static readonly Problem Refused = new(401, "sign-in-refused", "The e-mail or the password is not right.");

    /// <summary>The proof that a person shows beside the e-mail.</summary>
    public sealed record Proof(string? Password, string? Code, string? RecoveryCode);

    /// <summary>False until a signing key is there.</summary>
    public bool CanSign => tokens.CanSign;

    /// <summary>Counts the attempt, verifies the password and, where it is asked for, the second factor. The unit of work is the caller's to commit.</summary>
    /// <returns>The account and how it was proven, or the refusal, which is audited in the unit of work.</returns>
    public async Task<(UnitOfWork Work, AttemptRow? Account, string[] Methods, Problem? Refusal)> ProveAsync(
        string email,
        Proof proof,
        HttpContext http,
        CancellationToken ct
    )
    {
        var account = await PasswordAttempts.CountAsync(db, managers.Normalize(email), Origins.Of(http, vault), ct);
        var verified = passwords.Verify(account?.PasswordHash, proof.Password ?? "");
        var work = await db.BeginAsync(account is null ? Caller.Anonymous : Caller.Anonymous with { Who = $"account:{account.Id}" }, ct);
        if (account is null || verified == PasswordVerificationResult.Failed)
        {
            return (work, account, [], await RefuseAsync(work, account, Refused));
        }

        // What was read before the password was verified may be old: the row is locked, and the factors are those of now.
        var current = await AccountStore.ByIdAsync(work, account.Id) ?? account;
        var (methods, problem) = await SecondFactorAsync(work, current, proof);
        if (problem is not null)
        {
            return (work, account, [], await RefuseAsync(work, account, problem));
        }

        var rehashed = verified == PasswordVerificationResult.SuccessRehashNeeded ? passwords.Hash(proof.Password!) : null;
        return await PasswordAttempts.ResetAsync(work, account, rehashed)
            ? (work, account, methods, null)
            : (work, account, [], await RefuseAsync(work, account, Refused));
    }

    /// <summary>The second step of a sign-in by a provider: the account's own code, without a password. It counts as an attempt, like a password.</summary>
    public async Task<(UnitOfWork Work, AttemptRow? Account, Problem? Refusal)> ProveCodeAsync(
        string email,
        Proof proof,
        HttpContext http,
        CancellationToken ct
    )
    {
        var account = await PasswordAttempts.CountAsync(db, managers.Normalize(email), Origins.Of(http, vault), ct);
        var work = await db.BeginAsync(account is null ? Caller.Anonymous : Caller.Anonymous with { Who = $"account:{account.Id}" }, ct);
        if (account is null || await AccountStore.ByIdAsync(work, account.Id) is not { } current)
        {
            return (work, account, await RefuseAsync(work, account, WrongCode));
        }

        var (methods, problem) = await SecondFactorAsync(work, current, proof);
        if (problem is null && SignInMethods.AreTwoFactors(methods))
        {
            await PasswordAttempts.ForgetAsync(work, account);
            return (work, account, null);
        }

        return (work, account, await RefuseAsync(work, account, problem ?? WrongCode));
    }

    /// <summary>Starts a sign-in and answers with its tokens.</summary>
    public async Task<IResult> StartAsync(UnitOfWork work, Guid id, string[] methods, bool byCookie, HttpContext http, CancellationToken ct)
    {
        var account = (await AccountStore.ByIdAsync(work, id))!;
        var signIn = await SignInStore.StartAsync(work, id, byCookie, methods, Origins.Of(http, vault).Name, policy.Lifetime);
        if (byCookie)
        {
            await Origins.RememberAsync(work, http, id);
        }

        return await AnswerAsync(work, account, signIn, http, ct);
    }

    /// <summary>Commits and answers with new tokens of a sign-in.</summary>
    public async Task<IResult> AnswerAsync(UnitOfWork work, AccountRow account, SignInRow signIn, HttpContext http, CancellationToken ct)
    {
        var refresh = signIn.ByCookie ? null : await SignInStore.AddRefreshTokenAsync(work, signIn.Id);
        var standings = await StandingStore.OfAsync(work, account);
        await work.CommitAsync(ct);
        var (token, seconds) = tokens.Issue(account, standings, signIn);
        if (refresh is not null)
        {
            return TypedResults.Ok(new SignedIn("Bearer", token, seconds, refresh));
        }

        SessionCookie.Set(http.Response, token, seconds);
        return TypedResults.Ok(new SignedInByCookie(seconds));
    }

    private async Task<(string[] Methods, Problem? Problem)> SecondFactorAsync(UnitOfWork work, AccountRow account, Proof proof)
    {
        if (proof.RecoveryCode is { Length: > 0 } recovery && account.SecondFactor)
        {
            if (!await factors.TakeRecoveryCodeAsync(work, account, recovery))
            {
                return ([], WrongCode);
            }

            await mails.RequestAsync(work, MailKinds.SecondFactorChanged, account);
            return (SignInMethods.PasswordAndRecoveryCode, null);
        }

        if (proof.Code is { Length: > 0 } code && account.TwoFactorEnabled)
        {
            return await factors.TakeCodeAsync(work, account, code) ? (SignInMethods.PasswordAndCode, null) : ([], WrongCode);
        }

        return SignInMethods.OneIsNotEnough(account.TwoFactorEnabled, account.HasPasskey, account.Roles)
            ? (
                [],
                new Problem(
                    401,
                    "second-factor-needed",
                    "The password is right. One more step is needed.",
                    Extra: new Dictionary<string, object?>
                    {
                        ["methods"] = new[] { (account.TwoFactorEnabled, "authenticator"), (account.HasPasskey, "passkey"), (true, "recovery-code") }
                            .Where(m => m.Item1)
                            .Select(m => m.Item2)
                            .ToArray(),
                    }
                )
            )
            : (SignInMethods.Password, null);
    }

    private static Problem WrongCode => new(401, "second-factor-refused", "This code is not right, or it was used already. Wait for the next one.");

    private async Task<Problem> RefuseAsync(UnitOfWork work, AttemptRow? account, Problem problem)
    {
        work.Audit("sign-in.refused", account?.Id, null, problem == Refused ? null : new { problem.Code });
        if (
            account is { Known: false }
            && (account.LockedUntil > work.Now || account.Everywhere == PasswordAttempts.MostEverywhere)
            && !await work.FirstOrDefaultAsync<bool>(
                "select exists (select 1 from mails where account_id = @Id and kind = @kind and created_at > @from)",
                new
                {
                    account.Id,
                    kind = MailKinds.SignInNotice,
                    from = work.Now.AddDays(-1),
                }
            )
        )
        {
            await mails.RequestAsync(work, MailKinds.SignInNotice, account);
        }

        return problem;
    }
}
