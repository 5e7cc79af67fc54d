using GroupTherapy.Contracts.Identity;
using GroupTherapy.Description;
using GroupTherapy.Identity.Domain;
using GroupTherapy.Identity.Storage;
using GroupTherapy.Platform.Data;
using GroupTherapy.Platform.Problems;
using GroupTherapy.Platform.Security;
using GroupTherapy.Platform.Web;
using OtpNet;
using QRCoder;

namespace GroupTherapy.Identity.Api;

/// <summary>
/// <c>POST /api/identity/manage/2fa</c>: an authenticator and recovery codes. An empty request shows how things are, and a key to enrol where there is none
/// yet; <c>enable</c> with a code of the authenticator turns it on.
/// </summary>
public static class ManageTwoFactor
{
    public const string Product = "GroupTherapy";

    internal static readonly Problem LastFactor = new(409, "last-factor", "Your role needs a second factor. Add another one first.");

    /// <param name="Enable">True with <paramref name="TwoFactorCode"/> turns the authenticator on, false turns it off.</param>
    /// <param name="ResetSharedKey">A new key in place of one that is not in use yet, or off with the one in use.</param>
    /// <param name="ForgetMachine">No browser is known to the account any more.</param>
    public sealed record TwoFactorRequest(
        bool? Enable = null,
        string? TwoFactorCode = null,
        bool ResetSharedKey = false,
        bool ResetRecoveryCodes = false,
        bool ForgetMachine = false
    );

    /// <param name="SharedKey">For an authenticator, while none is on.</param>
    /// <param name="AuthenticatorUri">The same as a link that authenticators open.</param>
    /// <param name="QrCode">The same as a picture: rows of 0 and 1.</param>
    /// <param name="RecoveryCodes">Just made: shown now and never again.</param>
    public sealed record TwoFactor(
        bool IsTwoFactorEnabled,
        bool HasPasskey,
        bool IsRequired,
        int RecoveryCodesLeft,
        IReadOnlyList<string>? RecoveryCodes,
        string? SharedKey,
        string? AuthenticatorUri,
        IReadOnlyList<string>? QrCode
    );

    public static void MapManageTwoFactor(this IEndpointRouteBuilder app) =>
        app.MapPost("/api/identity/manage/2fa", HandleAsync)
            .ForSignedIn()
            .Produces<TwoFactor>()
            .Describe("manageTwoFactor", Tag.Account, "Your authenticator and recovery codes")
            .AfterStepUp()
            .Refuses(409, "last-factor");

    /// <summary>A second factor guards the others: a sign-in without it changes none. Null where the caller may.</summary>
    internal static Problem? Unguarded(AccountRow account, Caller caller) =>
        account.SecondFactor && !caller.SecondFactor ? StepUp.Required : null;

    /// <summary>Notes that the person has just shown the factor that was added, so that this sign-in has it too. Others, which began without, end.</summary>
    internal static async Task ProvenAsync(UnitOfWork work, Caller caller, string[] methods)
    {
        await SignInStore.RevokeAllAsync(work, caller.AccountId, "second-factor-added", but: caller.SignInId);
        if (await SignInStore.OpenAsync(work, caller.SignInId) is { } signIn && signIn.AccountId == caller.AccountId)
        {
            await SignInStore.StepUpAsync(work, signIn, methods);
        }
    }

    private static async Task<IResult> HandleAsync(
        TwoFactorRequest request,
        Caller caller,
        Db db,
        SecondFactors factors,
        MailStore mails,
        AccountPolicy policy,
        CancellationToken ct
    )
    {
        await using var work = await db.BeginAsync(caller, ct);
        if (await AccountStore.ByIdAsync(work, caller.AccountId) is not { } account)
        {
            return new Problem(401, "not-signed-in", "Please sign in.");
        }

        var changes = request.Enable is not null || request.ResetSharedKey || request.ResetRecoveryCodes || request.ForgetMachine;
        if (changes && Unguarded(account, caller) is { } refusal)
        {
            return refusal;
        }

        var required = policy.SecondFactor && AccountPolicy.IsStaff(account.Roles);
        IReadOnlyList<string>? codes = null;
        string? key = null;
        if (request.Enable == true && !account.TwoFactorEnabled)
        {
            if (request.TwoFactorCode is not { Length: > 0 } code || !await factors.TakeCodeAsync(work, account, code))
            {
                return Problem.Invalid("twoFactorCode", "This code is not right. Look at the authenticator's newest one.");
            }

            await SecondFactors.EnableAsync(work, account);
            await ProvenAsync(work, caller, SignInMethods.PasswordAndCode);
            codes = account.HasPasskey ? null : await factors.NewRecoveryCodesAsync(work, account.Id);
        }
        else if ((request.Enable == false || request.ResetSharedKey) && account.TwoFactorEnabled)
        {
            if (required && !account.HasPasskey)
            {
                return LastFactor;
            }

            await SecondFactors.DisableAsync(work, account.Id);
        }

        if (request.ResetRecoveryCodes && codes is null && (account.SecondFactor || request.Enable == true))
        {
            codes = await factors.NewRecoveryCodesAsync(work, account.Id);
            work.Audit("second-factor.recovery-codes-made", account.Id);
        }

        if (request.ForgetMachine)
        {
            await work.ExecuteAsync("delete from known_devices where account_id = @Id", new { account.Id });
        }

        var now = (await AccountStore.ByIdAsync(work, account.Id))!;
        if (now.TwoFactorEnabled != account.TwoFactorEnabled || codes is not null)
        {
            await mails.RequestAsync(work, MailKinds.SecondFactorChanged, account);
        }

        if (!now.TwoFactorEnabled)
        {
            key = await factors.KeyToEnrolAsync(work, now, request.ResetSharedKey);
        }

        var left = await SecondFactors.RecoveryCodesLeftAsync(work, account.Id);
        await work.CommitAsync(ct);
        var uri = key is null ? null : new OtpUri(OtpType.Totp, key, account.Email, Product).ToString();
        return TypedResults.Ok(new TwoFactor(now.TwoFactorEnabled, now.HasPasskey, required, left, codes, key, uri, uri is null ? null : Picture(uri)));
    }

    private static List<string> Picture(string text)
    {
        using var code = QRCodeGenerator.GenerateQrCode(text, QRCodeGenerator.ECCLevel.M);
        return [.. code.ModuleMatrix.Select(row => string.Concat(row.Cast<bool>().Select(dark => dark ? '1' : '0')))];
    }
}
