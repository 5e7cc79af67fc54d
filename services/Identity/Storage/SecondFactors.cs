using System.Security.Cryptography;
using GroupTherapy.Platform.Data;
using OtpNet;

namespace GroupTherapy.Identity.Storage;

/// <summary>Authenticators that show codes (TOTP, RFC 6238) and recovery codes. Keys are sealed, recovery codes are kept as keyed hashes.</summary>
internal sealed class SecondFactors(SecretVault vault)
{
    public const int RecoveryCodes = 10;
    private const int KeyBytes = 20;
    private const string Alphabet = "abcdefghijkmnpqrstuvwxyz23456789";

    /// <summary>A clock may be half a minute wrong.</summary>
    private static readonly VerificationWindow Window = new(previous: 1, future: 1);

    /// <summary>Whether the code is right now and newer than the last that was taken; it is then spent.</summary>
    /// <param name="account">Its row is locked by this unit of work.</param>
    public async Task<bool> TakeCodeAsync(UnitOfWork work, AccountRow account, string code)
    {
        if (
            KeyOf(account) is not { } key
            || !new Totp(key).VerifyTotp(work.Now.UtcDateTime, code.Replace(" ", "", StringComparison.Ordinal), out var step, Window)
        )
        {
            return false;
        }

        return await work.ExecuteAsync("update accounts set totp_step = @step where id = @Id and totp_step < @step", new { account.Id, step }) == 1;
    }

    public async Task<bool> TakeRecoveryCodeAsync(UnitOfWork work, AccountRow account, string code)
    {
        if (
            await work.ExecuteAsync("delete from recovery_codes where account_id = @Id and hash = @hash", new { account.Id, hash = HashOf(account.Id, code) })
            != 1
        )
        {
            return false;
        }

        work.Audit("second-factor.recovery-code-used", account.Id);
        return true;
    }

    /// <summary>The key that an authenticator is to be given, in Base32: the one that was made and not enabled yet, or a new one.</summary>
    public async Task<string> KeyToEnrolAsync(UnitOfWork work, AccountRow account, bool anew)
    {
        if (!anew && KeyOf(account) is { } kept)
        {
            return Base32Encoding.ToString(kept);
        }

        var key = KeyGeneration.GenerateRandomKey(KeyBytes);
        await work.ExecuteAsync(
            "update accounts set totp_key = @box, totp_step = 0, two_factor_enabled = false where id = @Id",
            new { account.Id, box = vault.Seal(OwnerOf(account.Id), key) }
        );
        return Base32Encoding.ToString(key);
    }

    public static async Task EnableAsync(UnitOfWork work, AccountRow account)
    {
        await work.ExecuteAsync("update accounts set two_factor_enabled = true where id = @Id", new { account.Id });
        work.Audit("second-factor.added", account.Id, null, new { kind = "authenticator" });
    }

    public static async Task DisableAsync(UnitOfWork work, Guid account)
    {
        await work.ExecuteAsync("update accounts set two_factor_enabled = false, totp_key = null where id = @account", new { account });
        work.Audit("second-factor.removed", account, null, new { kind = "authenticator" });
    }

    /// <summary>Takes every second factor away: for a person who lost them, or when the mailbox was never proven.</summary>
    public static async Task RemoveAllAsync(UnitOfWork work, Guid account)
    {
        await work.ExecuteAsync(
            """
            update accounts set two_factor_enabled = false, totp_key = null where id = @account;
            delete from passkeys where account_id = @account;
            delete from recovery_codes where account_id = @account;
            delete from known_devices where account_id = @account
            """,
            new { account }
        );
        work.Audit("second-factor.removed", account, null, new { kind = "all" });
    }

    /// <summary>New recovery codes in place of the old. They are shown now and never again.</summary>
    public async Task<IReadOnlyList<string>> NewRecoveryCodesAsync(UnitOfWork work, Guid account)
    {
        var codes = Enumerable.Range(0, RecoveryCodes).Select(_ => RandomNumberGenerator.GetString(Alphabet, 12)).ToList();
        await work.ExecuteAsync(
            "delete from recovery_codes where account_id = @account; insert into recovery_codes (account_id, hash) select @account, h from unnest(@hashes) h",
            new { account, hashes = codes.Select(c => HashOf(account, c)).ToArray() }
        );
        return [.. codes.Select(c => $"{c[..4]}-{c[4..8]}-{c[8..]}")];
    }

    public static Task<int> RecoveryCodesLeftAsync(UnitOfWork work, Guid account) =>
        work.FirstOrDefaultAsync<int>("select count(*)::int from recovery_codes where account_id = @account", new { account });

    private byte[]? KeyOf(AccountRow account) => account.TotpKey is { } box ? vault.Open(OwnerOf(account.Id), box) : null;

    private static string OwnerOf(Guid account) => $"totp:{account}";

    private byte[] HashOf(Guid account, string code) =>
        vault.Fingerprint($"recovery:{account}:{string.Concat(code.Where(char.IsAsciiLetterOrDigit)).ToLowerInvariant()}");
}
