namespace GroupTherapy.Contracts.Enrollment.V1;

/// <summary>
/// The jurisdictions that one facilitator may serve as lead of a group. One with a gap in its time is listed once for each time.
/// </summary>
public sealed record FacilitatorCover(Guid FacilitatorId, IReadOnlyList<PlaceServed> Places);
