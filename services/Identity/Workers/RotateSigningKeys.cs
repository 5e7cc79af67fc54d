using GroupTherapy.Identity.Storage;
using GroupTherapy.Platform.Work;

namespace GroupTherapy.Identity.Workers;

/// <summary>
/// Rotates the signing keys: a key signs for a day, is published a quarter of an hour before, and stays published until the last token it signed has expired.
/// </summary>
internal sealed class RotateSigningKeys(SigningKeyStore store, SigningKeys keys) : DueWorkHandler
{
    public override string Kind => ScheduledWork.RotateSigningKeys;

    /// <summary>Three times within the quarter of an hour in which a new key is published and does not sign yet.</summary>
    public override TimeSpan? Every => TimeSpan.FromMinutes(5);

    public override async Task HandleAsync(IReadOnlyList<DueRow> rows, CancellationToken ct)
    {
        await store.RotateAsync(ct);
        await keys.RunAsync(ct);
    }
}
