using GroupTherapy.Platform.Problems;

namespace GroupTherapy.Enrollment.Domain;

/// <summary>A text that a member agrees to before the seat is theirs, in the version in force.</summary>
public sealed record ConsentDocument(string Document, int Version, string Title, string Text)
{
    public const string Part2 = "part-2";
}

/// <summary>One document as a member names it when agreeing.</summary>
public sealed record GivenConsent(string Document, int Version);

/// <summary>Whether what was given is what is needed. Pure.</summary>
public static class ConsentTexts
{
    /// <returns>The documents that are missing, or were given in another version than the one in force.</returns>
    public static IReadOnlyList<ConsentDocument> Missing(IReadOnlyList<ConsentDocument> needed, IReadOnlyList<GivenConsent> given) =>
        [.. needed.Where(n => !given.Contains(new GivenConsent(n.Document, n.Version)))];

    public static Problem MissingProblem(IReadOnlyList<ConsentDocument> missing) => new(
        400, "consents-missing", "Please read and agree to each text, in its present version.",
        Errors: new Dictionary<string, string[]> { ["consents"] = [.. missing.Select(m => $"{m.Document} (version {m.Version}) is needed.")] },
        Extra: new Dictionary<string, object?> { ["missing"] = missing.Select(m => new { m.Document, m.Version }).ToArray() });
}
