using System.ComponentModel.DataAnnotations;
using GroupTherapy.Description;
using GroupTherapy.Platform.Problems;
using GroupTherapy.Platform.Web;

namespace GroupTherapy.Identity.Api;

/// <summary>
/// <c>POST /api/identity/login</c>. An unknown e-mail, a wrong password, a place that is locked out, a disabled account and an invitation that was not
/// accepted answer alike: the same bytes, one hash verified, one refusal audited and committed.
/// </summary>
public static class Login
{
    /// <param name="TwoFactorCode">Of the authenticator, for accounts that have one; others may leave it out.</param>
    /// <param name="TwoFactorRecoveryCode">In place of the code; each is good for one use.</param>
    public sealed record LoginRequest(
        [Required] string? Email,
        [Required] string? Password,
        string? TwoFactorCode = null,
        string? TwoFactorRecoveryCode = null
    );

    public static void MapLogin(this IEndpointRouteBuilder app) =>
        app.MapPost("/api/identity/login", HandleAsync)
            .ForAnyone()
            .Produces<SignedIn>()
            .Describe("signIn", Tag.Account, "Sign in with e-mail and password")
            .Refuses(401, "sign-in-refused", "second-factor-needed", "second-factor-refused")
            .UnlessExternalOnly();

    private static async Task<IResult> HandleAsync(LoginRequest request, bool? useCookies, HttpContext http, SignIns signIns, CancellationToken ct)
    {
        var errors = new FieldErrors().Text(request.Email, "email", 1000).Check(request.Password is { Length: > 0 }, "password", "This is needed.");
        if (errors.Any)
        {
            return errors.ToProblem();
        }

        if (!signIns.CanSign)
        {
            return Problem.TryAgain();
        }

        var (work, account, methods, refusal) = await signIns.ProveAsync(
            request.Email!,
            new SignIns.Proof(request.Password, request.TwoFactorCode, request.TwoFactorRecoveryCode),
            http,
            ct
        );
        await using var unit = work;
        if (refusal is not null)
        {
            await work.CommitAsync(ct);
            return refusal;
        }

        return await signIns.StartAsync(work, account!.Id, methods, useCookies == true, http, ct);
    }
}
