using GroupTherapy.Identity.Domain;
using Microsoft.AspNetCore.Identity;

namespace GroupTherapy.Identity.Storage;

/// <summary>Verifies a password at the same cost whether there is an account or not, so that the time taken does not reveal who is registered.</summary>
public sealed class PasswordVerifier(IPasswordHasher<Account> hasher)
{
    private static readonly Account NoAccount = new() { DisplayName = "none" };
    private readonly Lazy<string> _decoy = new(() => hasher.HashPassword(NoAccount, "the password of no account"));

    public string Hash(string password) => hasher.HashPassword(NoAccount, PasswordRules.Normal(password));

    /// <param name="hash">The account's; null where there is none to compare with.</param>
    public PasswordVerificationResult Verify(string? hash, string password)
    {
        var normal = PasswordRules.Normal(password);
        var result = hasher.VerifyHashedPassword(NoAccount, hash ?? _decoy.Value, normal);
        if (result == PasswordVerificationResult.Failed && normal != password)
        {
            // Earlier releases hashed what was sent; the next sign-in keeps the normal form.
            result =
                hasher.VerifyHashedPassword(NoAccount, hash ?? _decoy.Value, password) == PasswordVerificationResult.Failed
                    ? PasswordVerificationResult.Failed
                    : PasswordVerificationResult.SuccessRehashNeeded;
        }

        return hash is null ? PasswordVerificationResult.Failed : result;
    }
}
