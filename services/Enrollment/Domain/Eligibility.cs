using GroupTherapy.Enrollment.Licensing;

namespace GroupTherapy.Enrollment.Domain;

/// <summary>The outcome of a permit for a member who joins from home.</summary>
internal static class Eligibility
{
    public static bool LetsIn(Outcome outcome) => outcome is Outcome.Allow or Outcome.AllowWithConditions;

    /// <summary>The row of the residence; that of <c>UNKNOWN</c> where it is not known.</summary>
    public static PlaceAnswer AtHome(PermitAnswers permit, ResidenceFacts? residence) =>
        (residence is { PostalState: null } ? permit.Places.FirstOrDefault(place => place.Jurisdiction == residence.Jurisdiction) : null)
        ?? permit.Places.First(place => place.Jurisdiction == Vocabulary.Unknown);

    /// <summary>Reason codes of a row, each once, in the stable order.</summary>
    public static IReadOnlyList<string> Codes(PermitAnswers permit, PlaceAnswer row) =>
        [.. row.Reasons.Select(position => permit.Reasons[position].Code).Distinct()];
}
