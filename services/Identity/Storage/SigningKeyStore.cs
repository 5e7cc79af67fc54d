using System.Security.Cryptography;
using GroupTherapy.Identity.Domain;
using GroupTherapy.Platform.Data;
using GroupTherapy.Platform.Security;
using Microsoft.IdentityModel.Tokens;

namespace GroupTherapy.Identity.Storage;

/// <summary>A row of signing_keys.</summary>
internal sealed record SigningKeyRow(string Kid, string X, string Y, byte[] Sealed, DateTimeOffset SignsFrom);

/// <summary>Reads and rotates the signing keys, which all instances share.</summary>
internal sealed class SigningKeyStore(Db db, SecretVault vault)
{
    private const long LockKey = 0x67745f6b657973;
    private const string All = "select kid, x, y, sealed, signs_from from signing_keys order by signs_from";

    public Task<IReadOnlyList<SigningKeyRow>> ListAsync(CancellationToken ct) => db.QueryAsync<SigningKeyRow>(All, null, ct);

    /// <summary>Creates the key that is due and deletes those that no living token names. A repeat changes nothing.</summary>
    public async Task RotateAsync(CancellationToken ct)
    {
        await using var work = await db.BeginAsync(Caller.System("signing-keys"), ct);
        await work.ExecuteAsync("select pg_advisory_xact_lock(@LockKey)", new { LockKey });
        var rows = await work.QueryAsync<SigningKeyRow>(All);
        // A key that this instance cannot open does not count: it could not sign with it.
        var usable = rows.Where(r => Open(r) is not null).Select(r => r.SignsFrom).ToList();
        var dead = SignInRules.KeySchedule.Dead(rows.Select(r => r.SignsFrom), usable, work.Now);
        foreach (var row in rows.Where(r => dead.Contains(r.SignsFrom)))
        {
            await work.ExecuteAsync("delete from signing_keys where kid = @Kid", new { row.Kid });
            work.Audit("signing-key.forgotten", null, null, new { kid = row.Kid });
        }

        if (SignInRules.KeySchedule.Due([.. usable.Except(dead)], work.Now) is { } due)
        {
            var key = Es256Key.New(due);
            var shown = key.Public();
            await work.ExecuteAsync(
                "insert into signing_keys (kid, x, y, sealed, signs_from, made_at) values (@Kid, @X, @Y, @sealedKey, @SignsFrom, @Now)",
                new
                {
                    key.Kid,
                    shown.X,
                    shown.Y,
                    sealedKey = vault.Seal(key.Kid, key.Key.ExportPkcs8PrivateKey()),
                    key.SignsFrom,
                    work.Now,
                }
            );
            work.Audit("signing-key.made", null, null, new { kid = key.Kid });
        }

        await work.CommitAsync(ct);
    }

    /// <returns>The key with its private half; null when it was sealed with another key file, or is damaged.</returns>
    public Es256Key? Open(SigningKeyRow row)
    {
        if (vault.Open(row.Kid, row.Sealed) is not { } pkcs8)
        {
            return null;
        }

        var key = ECDsa.Create();
        key.ImportPkcs8PrivateKey(pkcs8, out _);
        CryptographicOperations.ZeroMemory(pkcs8);
        return new Es256Key(row.Kid, key, row.SignsFrom);
    }

    /// <summary>False for a public half that is damaged: published, it would keep every verifier from reading the others.</summary>
    public static bool IsPublishable(SigningKeyRow row)
    {
        try
        {
            var point = new ECPoint { X = Base64UrlEncoder.DecodeBytes(row.X), Y = Base64UrlEncoder.DecodeBytes(row.Y) };
            using var key = ECDsa.Create(new ECParameters { Curve = ECCurve.NamedCurves.nistP256, Q = point });
            return true;
        }
        catch (Exception e) when (e is CryptographicException or FormatException or ArgumentException)
        {
            return false;
        }
    }
}
