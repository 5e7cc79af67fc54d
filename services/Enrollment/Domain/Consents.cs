using System.Text.Json.Serialization;
using GroupTherapy.Platform.Problems;

namespace GroupTherapy.Enrollment.Domain;

/// <summary>A text that a member agrees to before the seat is theirs, in the version in force.</summary>
/// <param name="Practice">The practice whose text it is; empty for the common one.</param>
public sealed record ConsentDocument(string Document, int Version, string Title, string Text, [property: JsonIgnore] string Practice = "")
{
    public const string Part2 = "part-2";
}

/// <summary>One document as a member names it when agreeing.</summary>
public sealed record GivenConsent(string Document, int Version);

/// <summary>Which consents a group needs, and whether they were given.</summary>
public static class ConsentTexts
{
    private static readonly string[] Documents = ["telehealth", "group-confidentiality", "no-recording", "group-rules", ConsentDocument.Part2];

    /// <summary>Every fault of the consents that a member sends, whatever the group needs: nulls, unknown documents, two versions of one.</summary>
    public static FieldErrors Faults(IReadOnlyList<GivenConsent?>? given)
    {
        var errors = new FieldErrors().Check(given is not null, "consents", "This is needed.");
        for (var i = 0; i < (given?.Count ?? 0); i++)
        {
            var (consent, at) = (given![i], $"consents[{i}]");
            errors
                .Check(consent is not null, at, "This cannot be null.")
                .Check(consent is null || Documents.Contains(consent.Document), $"{at}.document", $"One of {string.Join(", ", Documents)}.")
                .Check(given.Take(i).All(g => g?.Document != consent?.Document || g == consent), $"{at}.version", "Another version of this text is named too.");
        }

        return errors;
    }

    /// <summary>Texts that the group does not ask for, by field.</summary>
    public static FieldErrors NotAsked(IReadOnlyList<ConsentDocument> needed, IReadOnlyList<GivenConsent> given)
    {
        var errors = new FieldErrors();
        for (var i = 0; i < given.Count; i++)
        {
            errors.Check(needed.Any(n => n.Document == given[i].Document), $"consents[{i}].document", "This group asks for no such text.");
        }

        return errors;
    }

    /// <summary>
    /// The documents that a group needs: the practice's own text, or the common one. Part 2's text only where the group is flagged (42 CFR Part 2).
    /// </summary>
    public static IReadOnlyList<ConsentDocument> NeededBy(IReadOnlyList<ConsentDocument> inForce, string practice, bool part2)
    {
        var own = inForce.Where(d => d.Practice == practice).Select(d => d.Document).ToHashSet(StringComparer.Ordinal);
        return
        [
            .. inForce
                .Where(d => d.Practice == practice || (d.Practice.Length == 0 && !own.Contains(d.Document)))
                .Where(d => part2 || d.Document != ConsentDocument.Part2),
        ];
    }

    /// <returns>The documents that are missing, or were given in another version than the one in force.</returns>
    public static IReadOnlyList<ConsentDocument> Missing(IReadOnlyList<ConsentDocument> needed, IReadOnlyList<GivenConsent> given) =>
        [.. needed.Where(n => !given.Contains(new GivenConsent(n.Document, n.Version)))];
}
