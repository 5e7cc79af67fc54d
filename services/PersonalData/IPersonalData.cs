using System.Text.Json.Nodes;
using GroupTherapy.Contracts.Identity;
using GroupTherapy.Platform.Data;

namespace GroupTherapy.PersonalData;

/// <summary>The personal data of one service. A service that holds anything implements it, and by that joins export and erasure.</summary>
public interface IPersonalData
{
    /// <summary>Everything about this account, by section, in words and codes that the person knows; nothing of anybody else.</summary>
    Task<JsonObject> ExportAsync(Guid account, CancellationToken ct);

    /// <summary>Erases within the unit. It may come twice, and finds nothing the second time.</summary>
    Task<Erasure> EraseAsync(UnitOfWork work, Guid account, CancellationToken ct);

    /// <summary>The service's own report of the erasure, which Identity keeps as the proof.</summary>
    object Told(Guid erasureId, Guid account, Erasure done, DateTimeOffset at);
}

/// <summary>The result of an erasure in one service.</summary>
/// <param name="AgainAt">Not everything could be erased yet (a session that runs); it is asked again then, and no result is sent before.</param>
public sealed record Erasure(IReadOnlyList<ErasedPart> Erased, IReadOnlyList<KeptPart> Kept, DateTimeOffset? AgainAt = null);
