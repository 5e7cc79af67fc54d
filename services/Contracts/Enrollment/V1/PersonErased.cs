using GroupTherapy.Contracts.Identity;
using MassTransit;

namespace GroupTherapy.Contracts.Enrollment.V1;

/// <summary>Enrollment has erased a person, but for what a duty keeps.</summary>
[MessageUrn("grouptherapy:enrollment:person-erased:v1")]
[EntityName("enrollment.person-erased.v1")]
public sealed record PersonErased(Guid ErasureId, Guid AccountId, IReadOnlyList<ErasedPart> Erased, IReadOnlyList<KeptPart> Kept, DateTimeOffset At);
