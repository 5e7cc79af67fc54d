using GroupTherapy.Platform.Problems;
using GroupTherapy.Platform.Security;

namespace GroupTherapy.Enrollment.Domain;

/// <summary>
/// The rules for the second operator: one of every practice that it concerns, for a while already, with a second factor, and whose word is not that of
/// an operator who wrote it. The audit entry of an approval names both.
/// </summary>
/// <param name="OperatorAge">How long an operator must have been one.</param>
/// <param name="NeedsSecondFactor">Off in a demonstration.</param>
public sealed record FourEyes(TimeSpan OperatorAge, bool NeedsSecondFactor)
{
    public static Problem NotYourPractice(string practice) =>
        new(
            403,
            "not-your-practice",
            practice == RuleSetScope.Platform
                ? "The law is the same for all practices. It is changed by the operators of the platform."
                : "The policy of a practice is changed by its own operators.",
            Extra: new Dictionary<string, object?> { ["practice"] = practice }
        );

    /// <param name="authors">The operators whom the authors speak for.</param>
    /// <returns>Why this caller cannot approve, or null.</returns>
    public Problem? Refuse(Caller caller, IEnumerable<string> practices, IReadOnlyCollection<Guid> authors, DateTimeOffset now)
    {
        if (NeedsSecondFactor && !caller.SecondFactor)
        {
            return new Problem(403, "second-factor-needed", "Please sign in with your second factor to approve the work of another operator.");
        }

        foreach (var practice in practices)
        {
            if (!caller.Standings.TryGetValue(practice, out var standing))
            {
                return NotYourPractice(practice);
            }

            if (authors.Contains(standing.Principal))
            {
                return new Problem(
                    409,
                    "not-independent",
                    "You came here by an invitation of an operator who worked on this, and no second operator has approved you yet. Another operator must."
                );
            }

            if (now - standing.Since < OperatorAge)
            {
                return new Problem(409, "operator-too-new", "You are an operator of this practice since a short time. Another operator must approve.");
            }
        }

        return null;
    }

    /// <summary>The operators whom a caller speaks for.</summary>
    public static Guid[] PrincipalsOf(Caller caller) => [.. caller.Standings.Values.Select(s => s.Principal).Append(caller.AccountId).Distinct()];
}
