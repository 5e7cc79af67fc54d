using GroupTherapy.Contracts.Identity;
using MassTransit;

namespace GroupTherapy.Contracts.Notifications.V1;

/// <summary>Notifications has erased a person, but for what a duty keeps.</summary>
[MessageUrn("grouptherapy:notifications:person-erased:v1")]
[EntityName("notifications.person-erased.v1")]
public sealed record PersonErased(Guid ErasureId, Guid AccountId, IReadOnlyList<ErasedPart> Erased, IReadOnlyList<KeptPart> Kept, DateTimeOffset At);
