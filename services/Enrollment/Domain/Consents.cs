namespace GroupTherapy.Enrollment.Domain;

/// <summary>A text that a member agrees to before the seat is theirs, in the version in force.</summary>
public sealed record ConsentDocument(string Document, int Version, string Title, string Text)
{
    public const string Part2 = "part-2";
}

/// <summary>One document as a member names it when agreeing.</summary>
public sealed record GivenConsent(string Document, int Version);

/// <summary>Which consents a group needs, and whether they were given.</summary>
public static class ConsentTexts
{
    /// <summary>The documents that a group needs. Part 2's text only where the group is flagged (42 CFR Part 2).</summary>
    public static IReadOnlyList<ConsentDocument> NeededBy(IReadOnlyList<ConsentDocument> inForce, bool part2) =>
        part2 ? inForce : [.. inForce.Where(d => d.Document != ConsentDocument.Part2)];

    /// <returns>The documents that are missing, or were given in another version than the one in force.</returns>
    public static IReadOnlyList<ConsentDocument> Missing(IReadOnlyList<ConsentDocument> needed, IReadOnlyList<GivenConsent> given) =>
        [.. needed.Where(n => !given.Contains(new GivenConsent(n.Document, n.Version)))];
}
