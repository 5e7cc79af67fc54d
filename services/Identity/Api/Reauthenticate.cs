using GroupTherapy.Description;
using GroupTherapy.Identity.Domain;
using GroupTherapy.Identity.Storage;
using GroupTherapy.Platform.Data;
using GroupTherapy.Platform.Problems;
using GroupTherapy.Platform.Security;
using GroupTherapy.Platform.Web;

namespace GroupTherapy.Identity.Api;

/// <summary>
/// <c>POST /api/identity/reauthenticate</c>: the person proves again that it is them, by everything that a sign-in asks. For ten minutes the new token opens
/// what <c>step-up-required</c> refuses. A code alone completes a sign-in by a provider where the account has a second factor of its own.
/// </summary>
public static class Reauthenticate
{
    public sealed record ReauthenticateRequest(
        string? Password = null,
        string? TwoFactorCode = null,
        string? TwoFactorRecoveryCode = null,
        PasskeyAnswer? Passkey = null
    );

    public static void MapReauthenticate(this IEndpointRouteBuilder app) =>
        app.MapPost("/api/identity/reauthenticate", HandleAsync)
            .ForSignedIn()
            .Produces<SignedIn>()
            .Describe("reauthenticate", Tag.Account, "Prove again that it is you")
            .Refuses(401, "sign-in-refused", "second-factor-needed", "second-factor-refused", "passkey-refused");

    private static async Task<IResult> HandleAsync(
        ReauthenticateRequest request,
        Caller caller,
        HttpContext http,
        Db db,
        SignIns signIns,
        Passkeys passkeys,
        CancellationToken ct
    )
    {
        var isSecondStep =
            request is { Passkey: null, Password: null or "" }
            && (request.TwoFactorCode is { Length: > 0 } || request.TwoFactorRecoveryCode is { Length: > 0 })
            && http.User.HasClaim(Caller.MethodClaim, SignInMethods.External);
        if (request.Password is not { Length: > 0 } && request.Passkey is null && !isSecondStep)
        {
            return Problem.Invalid("password", "This is needed, or a passkey.");
        }

        if (!signIns.CanSign || await ManageInfo.ByIdAsync(db, caller, ct) is not { } known)
        {
            return Problem.TryAgain();
        }

        var (work, id, methods, refusal) =
            request.Passkey is { } passkey ? await ByPasskeyAsync(db, caller, passkeys, passkey, http, ct)
            : isSecondStep ? await ByCodeAsync(signIns, known, request, http, ct)
            : await ByPasswordAsync(signIns, known, request, http, ct);
        await using var unit = work;
        if (refusal is not null)
        {
            await work.CommitAsync(ct);
            return refusal;
        }

        if (id != caller.AccountId)
        {
            // The passkey of another account: only the audit entry of its use is kept.
            await using var record = await db.BeginAsync(caller, ct);
            record.Audit("sign-in.refused", caller.AccountId, caller.SignInId, new { code = "of-another-account" });
            await record.CommitAsync(ct);
            return SignIns.Refused;
        }

        return await SignInStore.OpenAsync(work, caller.SignInId) is { } signIn && await AccountStore.ByIdAsync(work, caller.AccountId) is { } account
            ? await signIns.AnswerAsync(work, account, await SignInStore.StepUpAsync(work, signIn, methods, !isSecondStep), http, ct)
            : SignIns.Refused;
    }

    private static async Task<(UnitOfWork Work, Guid? Id, string[] Methods, Problem? Refusal)> ByPasswordAsync(
        SignIns signIns,
        AccountRow known,
        ReauthenticateRequest request,
        HttpContext http,
        CancellationToken ct
    )
    {
        var (work, account, methods, refusal) = await signIns.ProveAsync(
            known.Email,
            new SignIns.Proof(request.Password, request.TwoFactorCode, request.TwoFactorRecoveryCode),
            http,
            ct
        );
        return (work, account?.Id, methods, refusal);
    }

    private static async Task<(UnitOfWork Work, Guid? Id, string[] Methods, Problem? Refusal)> ByCodeAsync(
        SignIns signIns,
        AccountRow known,
        ReauthenticateRequest request,
        HttpContext http,
        CancellationToken ct
    )
    {
        var (work, account, refusal) = await signIns.ProveCodeAsync(
            known.Email,
            new SignIns.Proof(null, request.TwoFactorCode, request.TwoFactorRecoveryCode),
            http,
            ct
        );
        return (work, account?.Id, SignInMethods.ExternalAndCode, refusal);
    }

    private static async Task<(UnitOfWork Work, Guid? Id, string[] Methods, Problem? Refusal)> ByPasskeyAsync(
        Db db,
        Caller caller,
        Passkeys passkeys,
        PasskeyAnswer answer,
        HttpContext http,
        CancellationToken ct
    )
    {
        var work = await db.BeginAsync(caller, ct);
        return await passkeys.AssertAsync(work, answer, http) is { } id ? (work, id, SignInMethods.Passkey, null) : (work, null, [], Passkeys.Refused);
    }
}
