using System.ComponentModel.DataAnnotations;
using GroupTherapy.Contracts.Identity;
using GroupTherapy.Description;
using GroupTherapy.Identity.Domain;
using GroupTherapy.Identity.Storage;
using GroupTherapy.Platform.Data;
using GroupTherapy.Platform.Problems;
using GroupTherapy.Platform.Security;
using GroupTherapy.Platform.Web;
using GroupTherapy.Unicode;

namespace GroupTherapy.Identity.Api;

/// <summary>
/// <c>POST /api/identity/register</c>: a visitor becomes a member. A known e-mail gets the same answer at about the same cost (the hash is computed first,
/// and both paths write and commit), so that the answer does not reveal who is in therapy here.
/// </summary>
/// <remarks>No <c>Idempotency-Key</c>: a repeat is harmless by itself, and a visitor has no account to which a key could belong.</remarks>
public static class Register
{
    public const string DefaultName = "Member";

    public sealed record RegisterRequest([Required] string? Email, [Required] string? Password, string? DisplayName = null);

    /// <summary>Empty: the answer is the same for every e-mail.</summary>
    public sealed record Registered;

    public static void MapRegister(this IEndpointRouteBuilder app) =>
        app.MapPost("/api/identity/register", HandleAsync)
            .ForAnyone()
            .Produces<Registered>()
            .Describe("register", Tag.Account, "Make an account")
            .UnlessExternalOnly();

    private static async Task<IResult> HandleAsync(
        RegisterRequest request,
        HttpContext http,
        Db db,
        AccountManagers managers,
        PasswordVerifier passwords,
        MailStore mails,
        AccountPolicy policy,
        CancellationToken ct
    )
    {
        var (email, name) = (EmailRules.Trim(request.Email), request.DisplayName is { } wish ? NameRules.Trim(wish) : null);
        var errors = new FieldErrors().Check(EmailRules.IsValid(email), "email", "This is not an e-mail address that we can use.");
        if (PasswordRules.Fault(request.Password, email, name) is { } fault)
        {
            errors.Check(false, "password", fault);
        }

        if (name is not null)
        {
            errors.Name(name, "displayName", 100);
        }

        if (errors.Any)
        {
            return errors.ToProblem();
        }

        var hash = passwords.Hash(request.Password!);
        await using var work = await db.BeginAsync(Caller.Anonymous, ct);
        if (await AccountStore.CreateAsync(work, managers, email!, name ?? DefaultName, hash, isMember: true) is { } made)
        {
            await EmailConfirmation.AskAsync(work, mails, policy, made.Id, Origins.LanguageOf(http));
        }
        else if (await AccountStore.ByEmailAsync(work, managers.Normalize(email!)) is { } known)
        {
            work.Audit("account.register-repeated", known.Id);
        }

        await work.CommitAsync(ct);
        return TypedResults.Ok(new Registered());
    }
}
