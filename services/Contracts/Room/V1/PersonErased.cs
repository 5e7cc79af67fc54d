using GroupTherapy.Contracts.Identity;
using MassTransit;

namespace GroupTherapy.Contracts.Room.V1;

/// <summary>Room has erased a person, but for what a duty keeps.</summary>
[MessageUrn("grouptherapy:room:person-erased:v1")]
[EntityName("room.person-erased.v1")]
public sealed record PersonErased(Guid ErasureId, Guid AccountId, IReadOnlyList<ErasedPart> Erased, IReadOnlyList<KeptPart> Kept, DateTimeOffset At);
