using GroupTherapy.Contracts.Scheduling.V1;
using GroupTherapy.Platform.Problems;
using GroupTherapy.Scheduling.Series;
using GroupTherapy.Unicode;

namespace GroupTherapy.Scheduling.Domain;

/// <summary>How members and the public reach a practice; each may be missing.</summary>
public sealed record PracticeContact(string? Email, string? Phone, string? Website);

/// <summary>A practice as its operators see and change it.</summary>
/// <param name="Id">Lower-case letters, digits and hyphens; never changes.</param>
/// <param name="TimeZone">IANA id.</param>
/// <param name="Topics">The topics of its groups.</param>
/// <param name="Policies">The policies that a new group starts with where its request says nothing.</param>
/// <param name="CrisisLines">Shown in a held room and in refusals; one at least.</param>
/// <param name="ConsentDocuments">Each document once, in the order they are read.</param>
/// <param name="Version">Grows with every change; the <c>ETag</c> holds it.</param>
public sealed record Practice(
    string Id,
    string Name,
    string TimeZone,
    IReadOnlyList<string> Topics,
    GroupPolicies Policies,
    PracticeContact Contact,
    IReadOnlyList<PracticeCrisisLine> CrisisLines,
    IReadOnlyList<PracticeConsent> ConsentDocuments,
    long Version
);

/// <summary>A change of a practice; a field left out stays as it is.</summary>
public sealed record ChangePracticeRequest : ChangeRequest
{
    public string? Name { get; init; }
    public string? TimeZone { get; init; }
    public IReadOnlyList<string>? Topics { get; init; }
    public PoliciesRequest? Policies { get; init; }

    /// <summary>Replaces the whole contact: a field left out becomes empty.</summary>
    public PracticeContact? Contact { get; init; }

    public IReadOnlyList<PracticeCrisisLine>? CrisisLines { get; init; }

    /// <summary>Replaces the texts it names; the others stay.</summary>
    public IReadOnlyList<PracticeConsent>? ConsentDocuments { get; init; }

    /// <summary>Not set: may come back as it was shown.</summary>
    public string? Id { get; init; }

    /// <summary>Not set: may come back as it was shown.</summary>
    public long? Version { get; init; }
}

/// <summary>The rules of practices. Pure.</summary>
public static class PracticeRules
{
    private const int LongestConsent = 10_000;

    /// <summary>The practice after a change, or null with the faults in <paramref name="errors"/>.</summary>
    public static Practice? Change(Practice before, ChangePracticeRequest r, FieldErrors errors)
    {
        GroupRules.CheckNulls(r, r.Policies, errors);
        errors.AsShown(r.Id, before.Id, "id").AsShown(r.Version, before.Version, "version");
        if (r.Name is not null)
        {
            errors.Name(r.Name, "name", 120);
        }

        errors
            .Check(r.TimeZone is null || SeriesRules.Zone(r.TimeZone) is not null, "timeZone", "An IANA zone, like America/New_York.")
            .Check(
                r.Topics is null || (r.Topics.Count is >= 1 and <= 100 && r.Topics.All(GroupRules.IsTopic) && r.Topics.Distinct().Count() == r.Topics.Count),
                "topics",
                "1 to 100, each once, lower-case words joined by hyphens, like grief-and-loss."
            )
            .OptionalText(r.Contact?.Email, "contact.email", 254)
            .OptionalText(r.Contact?.Phone, "contact.phone", 40)
            .OptionalText(r.Contact?.Website, "contact.website", 300)
            .Check(IsWebsite(r.Contact?.Website), "contact.website", "An address that begins with https://.");
        CheckLines(r.CrisisLines, errors);
        CheckConsents(r.ConsentDocuments, errors);
        var policies = GroupRules.Merge(before.Policies, r.Policies);
        GroupRules.CheckPolicies(policies, GroupRules.LargestCapacity, errors);
        return errors.Any
            ? null
            : before with
            {
                Name = r.Name is { } asked ? NameRules.Trim(asked) : before.Name,
                TimeZone = r.TimeZone ?? before.TimeZone,
                Topics = r.Topics ?? before.Topics,
                Policies = policies,
                Contact = r.Contact ?? before.Contact,
                CrisisLines = r.CrisisLines ?? before.CrisisLines,
                ConsentDocuments = [.. before.ConsentDocuments.Select(d => r.ConsentDocuments?.FirstOrDefault(n => n.Document == d.Document) ?? d)],
            };
    }

    private static bool IsWebsite(string? text) =>
        text is null || (Uri.TryCreate(text, UriKind.Absolute, out var uri) && uri.Scheme == Uri.UriSchemeHttps && uri.UserInfo.Length == 0);

    private static void CheckLines(IReadOnlyList<PracticeCrisisLine>? lines, FieldErrors errors)
    {
        errors.Check(lines is null or { Count: >= 1 and <= 10 }, "crisisLines", "1 to 10: a person in danger must be able to call.");
        for (var i = 0; i < (lines?.Count ?? 0); i++)
        {
            errors.Text(lines![i]?.Name, $"crisisLines[{i}].name", 120).Text(lines[i]?.Phone, $"crisisLines[{i}].phone", 40);
        }
    }

    private static void CheckConsents(IReadOnlyList<PracticeConsent>? documents, FieldErrors errors)
    {
        var known = PracticeDefaults.ConsentDocuments.Select(d => d.Document).ToList();
        errors.Check(documents is null || documents.DistinctBy(d => d?.Document).Count() == documents.Count, "consentDocuments", "Each document once.");
        for (var i = 0; i < (documents?.Count ?? 0); i++)
        {
            var (at, document) = ($"consentDocuments[{i}]", documents![i]);
            errors
                .Check(document is not null && known.Contains(document.Document), $"{at}.document", $"One of {string.Join(", ", known)}.")
                .Text(document?.Title, $"{at}.title", 200)
                .Check(document?.Text is { } text && NameRules.IsVisible(text), $"{at}.text", "This is needed.")
                .OptionalText(document?.Text, $"{at}.text", LongestConsent, manyLines: true);
        }
    }
}
