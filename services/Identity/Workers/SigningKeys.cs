using System.Security.Cryptography;
using GroupTherapy.Identity.Domain;
using GroupTherapy.Identity.Storage;
using GroupTherapy.Platform.Data;
using GroupTherapy.Platform.Security;

namespace GroupTherapy.Identity.Workers;

/// <summary>
/// Keeps the signing keys of this process in step with the database, where all instances share them, and rotates them: a key signs for a day,
/// is published a quarter of an hour before, and stays published until the last token it signed is dead.
/// </summary>
internal sealed class SigningKeys(Db db, SigningKeyVault vault, TokenSigner signer, ILogger<SigningKeys> log) : BackgroundService
{
    public static readonly KeySchedule Schedule = new(
        Period: TimeSpan.FromDays(1), Lead: TimeSpan.FromMinutes(15), KeptFor: SignInRules.AccessTokenLifetime + TimeSpan.FromMinutes(5));

    private const long LockKey = 0x67745f6b657973;
    private static readonly TimeSpan Every = TimeSpan.FromSeconds(30);
    private static readonly TimeSpan EveryUntilKnown = TimeSpan.FromSeconds(1);

    /// <summary>Every key that a living token may name; null until the database was read.</summary>
    public PublicKeySet? Published { get; private set; }

    public override async Task StartAsync(CancellationToken cancellationToken)
    {
        await TryRefreshAsync(cancellationToken);
        await base.StartAsync(cancellationToken);
    }

    /// <summary>Makes a key that is due, forgets those that are dead, and takes over what the database holds.</summary>
    internal async Task RefreshAsync(CancellationToken ct)
    {
        await using var work = await db.BeginAsync(Caller.System("keys"), ct);
        await work.ExecuteAsync("select pg_advisory_xact_lock(@LockKey)", new { LockKey });
        var rows = (await work.QueryAsync<KeyRow>("select kid, x, y, sealed, signs_from from signing_keys order by signs_from")).ToList();
        foreach (var dead in Schedule.Dead([.. rows.Select(r => r.SignsFrom)], work.Now))
        {
            var row = rows.Single(r => r.SignsFrom == dead);
            rows.Remove(row);
            await work.ExecuteAsync("delete from signing_keys where kid = @Kid", new { row.Kid });
            await work.AuditAsync("signing-key.forgotten", null, null, new { kid = row.Kid });
        }

        var usable = rows.Select(Unseal).OfType<Es256Key>().ToList();
        if (Schedule.Due([.. usable.Select(k => k.SignsFrom)], work.Now) is { } due)
        {
            var key = Es256Key.New(due);
            var (shown, made) = (key.Public(), new KeyRow(key.Kid, key.Public().X, key.Public().Y, vault.Seal(key.Kid, key.Key.ExportPkcs8PrivateKey()), due));
            await work.ExecuteAsync(
                "insert into signing_keys (kid, x, y, sealed, signs_from, made_at) values (@Kid, @X, @Y, @Sealed, @SignsFrom, @Now)",
                new { made.Kid, shown.X, shown.Y, made.Sealed, made.SignsFrom, work.Now });
            await work.AuditAsync("signing-key.made", null, null, new { kid = key.Kid });
            usable.Add(key);
            rows.Add(made);
        }

        await work.CommitAsync(ct);
        Published = new PublicKeySet([.. rows.Select(r => new PublicKey("EC", "P-256", "sig", "ES256", r.Kid, r.X, r.Y))]);
        signer.Use(usable);
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        while (true)
        {
            await Task.Delay(Published is null ? EveryUntilKnown : Every, db.Clock, stoppingToken);
            await TryRefreshAsync(stoppingToken);
        }
    }

    private async Task TryRefreshAsync(CancellationToken ct)
    {
        try
        {
            await RefreshAsync(ct);
        }
        catch (Exception e) when (e is not OperationCanceledException)
        {
            log.LogWarning("Signing keys wait: {Kind}; those known stay in force", e.GetType().Name);
        }
    }

    private Es256Key? Unseal(KeyRow row)
    {
        if (signer.Keys.FirstOrDefault(k => k.Kid == row.Kid) is { } known)
        {
            return known;
        }

        if (vault.Open(row.Kid, row.Sealed) is not { } pkcs8)
        {
            log.LogWarning("Signing key {Kid} was sealed with another key file: its tokens stay valid, it signs no more", row.Kid);
            return null;
        }

        var key = ECDsa.Create();
        key.ImportPkcs8PrivateKey(pkcs8, out _);
        return new Es256Key(row.Kid, key, row.SignsFrom);
    }

    private sealed record KeyRow(string Kid, string X, string Y, byte[] Sealed, DateTimeOffset SignsFrom);
}
