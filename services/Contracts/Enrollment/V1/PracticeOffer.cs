namespace GroupTherapy.Contracts.Enrollment.V1;

/// <summary>One class of service of one practice, and where a rule may let it.</summary>
/// <param name="Jurisdictions">ISO 3166-2.</param>
public sealed record PracticeOffer(string Practice, string ServiceClass, IReadOnlyList<string> Jurisdictions);
