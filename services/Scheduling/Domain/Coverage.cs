using GroupTherapy.Contracts.Enrollment.V1;

namespace GroupTherapy.Scheduling.Domain;

/// <summary>Where the enrolled members of a group live (counts, never names), and which facilitator may serve which jurisdictions and when.</summary>
public sealed record Coverage(IReadOnlyList<MembersByJurisdiction> Members, IReadOnlyList<FacilitatorCover> Facilitators);
