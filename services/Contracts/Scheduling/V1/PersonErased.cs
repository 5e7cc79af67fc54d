using GroupTherapy.Contracts.Identity;
using MassTransit;

namespace GroupTherapy.Contracts.Scheduling.V1;

/// <summary>Scheduling has erased a person, but for what a duty keeps.</summary>
[MessageUrn("grouptherapy:scheduling:person-erased:v1")]
[EntityName("scheduling.person-erased.v1")]
public sealed record PersonErased(Guid ErasureId, Guid AccountId, IReadOnlyList<ErasedPart> Erased, IReadOnlyList<KeptPart> Kept, DateTimeOffset At);
