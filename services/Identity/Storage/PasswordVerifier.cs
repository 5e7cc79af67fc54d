using Microsoft.AspNetCore.Identity;

namespace GroupTherapy.Identity.Storage;

/// <summary>Verifies a password at the same cost whether there is an account or not, so that time tells nobody who is registered.</summary>
public sealed class PasswordVerifier(IPasswordHasher<Account> hasher)
{
    private static readonly Account Nobody = new() { DisplayName = "nobody" };
    private readonly Lazy<string> _decoy = new(() => hasher.HashPassword(Nobody, "nobody's password, verified in vain"));

    public string Hash(string password) => hasher.HashPassword(Nobody, password);

    /// <param name="hash">The account's; null where there is none to compare with.</param>
    public PasswordVerificationResult Verify(string? hash, string password)
    {
        var result = hasher.VerifyHashedPassword(Nobody, hash ?? _decoy.Value, password);
        return hash is null ? PasswordVerificationResult.Failed : result;
    }
}
