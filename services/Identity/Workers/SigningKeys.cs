using System.Collections.Concurrent;
using GroupTherapy.Identity.Storage;
using GroupTherapy.Platform.Data;
using GroupTherapy.Platform.Security;
using GroupTherapy.Platform.Work;

namespace GroupTherapy.Identity.Workers;

/// <summary>The signing keys as this process knows them: read at the start, and again whenever another instance may have rotated them.</summary>
internal sealed class SigningKeys : WorkLoop
{
    private static readonly TimeSpan ReadEvery = TimeSpan.FromSeconds(30);
    private readonly SigningKeyStore _store;
    private readonly TokenSigner _signer;
    private readonly TimeProvider _clock;
    private readonly ILogger _log;
    private readonly ConcurrentDictionary<string, bool> _unopened = new();

    public SigningKeys(SigningKeyStore store, TokenSigner signer, WorkSignal signal, WorkOptions options, TimeProvider clock, ILogger<SigningKeys> log)
        : base("signing-keys", signal, options, clock, log) => (_store, _signer, _clock, _log) = (store, signer, clock, log);

    /// <summary>Every key that a living token may name; null until the database was read.</summary>
    public PublicKeySet? Published { get; private set; }

    public override async Task StartAsync(CancellationToken cancellationToken)
    {
        try
        {
            await RunAsync(cancellationToken);
        }
        catch (Exception e) when (e is not OperationCanceledException)
        {
            _log.LogWarning("Signing keys are not known yet: {Error}", ErrorSummary.Of(e));
        }

        await base.StartAsync(cancellationToken);
    }

    public override async Task<DateTimeOffset?> RunAsync(CancellationToken ct)
    {
        if (!(await ReadAsync(ct)).Any(k => k.SignsFrom <= _clock.GetUtcNow()))
        {
            // The first start, or a key file that was replaced: nothing here may sign.
            await _store.RotateAsync(ct);
            await ReadAsync(ct);
        }

        return _clock.GetUtcNow() + ReadEvery;
    }

    private async Task<IReadOnlyList<Es256Key>> ReadAsync(CancellationToken ct)
    {
        var rows = await _store.ListAsync(ct);
        var keys = rows.Select(row => _signer.Keys.FirstOrDefault(k => k.Kid == row.Kid) ?? Open(row)).OfType<Es256Key>().ToList();
        _signer.Use(keys);
        Published = new PublicKeySet([.. rows.Where(SigningKeyStore.IsPublishable).Select(r => new PublicKey("EC", "P-256", "sig", "ES256", r.Kid, r.X, r.Y))]);
        return keys;
    }

    private Es256Key? Open(SigningKeyRow row)
    {
        var key = _store.Open(row);
        if (key is null && _unopened.TryAdd(row.Kid, true))
        {
            _log.LogWarning("Signing key {Kid} was sealed with another key file: its tokens stay valid, and it signs no more", row.Kid);
        }

        return key;
    }
}
