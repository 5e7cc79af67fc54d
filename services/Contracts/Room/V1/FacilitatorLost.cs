using MassTransit;

namespace GroupTherapy.Contracts.Room.V1;

/// <summary>
/// No facilitator who may lead the room was there for the grace time: it is held. Or members wait in its lobby past the start, and none has come.
/// It ends at <paramref name="HeldUntil"/> unless one comes.
/// </summary>
/// <param name="Places">How many members are in the room, or wait, by the jurisdiction they attested: a substitute must be licensed for these.</param>
/// <param name="Version">Of the session's phases; greater wins.</param>
[MessageUrn("grouptherapy:room:facilitator-lost:v1")]
[EntityName("room.facilitator-lost.v1")]
public sealed record FacilitatorLost(
    Guid SessionId,
    Guid GroupId,
    DateTimeOffset HeldUntil,
    IReadOnlyList<PresentByJurisdiction> Places,
    long Version,
    DateTimeOffset At
);
