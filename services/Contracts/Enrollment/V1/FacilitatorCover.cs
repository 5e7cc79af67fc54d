namespace GroupTherapy.Contracts.Enrollment.V1;

/// <summary>The places of a group's members that one facilitator may serve as its lead.</summary>
public sealed record FacilitatorCover(Guid FacilitatorId, IReadOnlyList<PlaceServed> Places);
