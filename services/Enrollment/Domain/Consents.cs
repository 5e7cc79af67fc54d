using System.Text.Json.Serialization;

namespace GroupTherapy.Enrollment.Domain;

/// <summary>A text that a member agrees to before the seat is theirs, in the version in force.</summary>
/// <param name="Practice">Whose text it is; empty for the common one.</param>
public sealed record ConsentDocument(
    string Document, int Version, string Title, string Text, [property: JsonIgnore] string Practice = "")
{
    public const string Part2 = "part-2";
}

/// <summary>One document as a member names it when agreeing.</summary>
public sealed record GivenConsent(string Document, int Version);

/// <summary>Which consents a group needs, and whether they were given.</summary>
public static class ConsentTexts
{
    /// <summary>
    /// The documents that a group needs: the practice's own text, or the common one. Part 2's text only where the group is flagged (42 CFR Part 2).
    /// </summary>
    public static IReadOnlyList<ConsentDocument> NeededBy(IReadOnlyList<ConsentDocument> inForce, string practice, bool part2)
    {
        var own = inForce.Where(d => d.Practice == practice).Select(d => d.Document).ToHashSet(StringComparer.Ordinal);
        return [.. inForce.Where(d => d.Practice == practice || (d.Practice.Length == 0 && !own.Contains(d.Document)))
            .Where(d => part2 || d.Document != ConsentDocument.Part2)];
    }

    /// <returns>The documents that are missing, or were given in another version than the one in force.</returns>
    public static IReadOnlyList<ConsentDocument> Missing(IReadOnlyList<ConsentDocument> needed, IReadOnlyList<GivenConsent> given) =>
        [.. needed.Where(n => !given.Contains(new GivenConsent(n.Document, n.Version)))];
}
