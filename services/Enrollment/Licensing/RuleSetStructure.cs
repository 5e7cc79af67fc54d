using NodaTime;

namespace GroupTherapy.Enrollment.Licensing;

/// <summary>
/// The structure that a document needs before it can be evaluated: ids, codes and references in order. Rows that contradict each other are another matter, see
/// <see cref="RuleSetContradictions"/>.
/// </summary>
public static class RuleSetStructure
{
    /// <summary>Everything that is wrong, one sentence each; empty for a sound document.</summary>
    public static IReadOnlyList<string> Problems(RuleSetDocument document)
    {
        // A serialiser keeps null out of fields, not out of lists.
        if (document.Rows().Any(row => row is null) || document.PracticePolicies.Any(row => row.Offers.Any(offer => offer is null)))
        {
            return ["A list holds null."];
        }

        var problems = new List<string>();
        foreach (var row in document.Rows())
        {
            CheckRow(row, problems);
        }

        Unique(document.Rows().Select(row => row.Id), "row id", problems);
        Unique(document.Jurisdictions.Select(row => row.Code), "jurisdiction", problems);
        Unique(document.Professions.Select(row => row.Code), "profession", problems);
        Unique(document.ServiceClasses.Select(row => row.Code), "service class", problems);
        Unique(document.Compacts.Select(row => row.Code), "compact", problems);
        CheckReferences(document, problems);
        return problems;
    }

    private static void CheckRow(RuleRow row, List<string> problems)
    {
        Require(!string.IsNullOrWhiteSpace(row.Id), "A row has no id.", problems);
        Require(row.Citations.Count > 0 && row.Citations.All(citation => !string.IsNullOrWhiteSpace(citation)), $"{row.Id}: a row needs a citation.", problems);
        switch (row)
        {
            case JurisdictionRow place:
                Require(
                    place.Zone is not null && DateTimeZoneProviders.Tzdb.Ids.Contains(place.Zone),
                    $"{row.Id}: there is no time zone {place.Zone}.",
                    problems
                );
                break;
            case RoutePolicyRow route:
                Require(
                    route.EffectiveFrom is not { } from || route.EffectiveTo is not { } to || from <= to,
                    $"{row.Id}: effectiveTo lies before effectiveFrom.",
                    problems
                );
                Require(
                    route.Route == RouteKind.Compact == route.Compact is not null,
                    $"{row.Id}: a compact is named for the route compact and for no other.",
                    problems
                );
                Require(route.DayBudget is null or >= 0, $"{row.Id}: a day budget is not negative.", problems);
                Require(route.DayBudget is null || route.Route == RouteKind.Temporary, $"{row.Id}: only a temporary route has a day budget.", problems);
                break;
            case CompactMemberRow member:
                Require(
                    member.OperationalTo is not { } end || (member.OperationalFrom is { } begin && begin <= end),
                    $"{row.Id}: operationalTo lies before operationalFrom.",
                    problems
                );
                break;
            case ConsentRuleRow consent:
                Require(consent.SelfConsentAge is >= 0 and <= 30, $"{row.Id}: an age of consent lies between 0 and 30.", problems);
                Require(
                    consent.DisputedFromAge is null || (consent.DisputedFromAge >= 0 && consent.DisputedFromAge < consent.SelfConsentAge),
                    $"{row.Id}: the disputed ages lie below the age of self-consent.",
                    problems
                );
                break;
            case ServiceClassRow serviceClass:
                Require(serviceClass.MinimumAge is >= 0 and <= 120, $"{row.Id}: a minimum age lies between 0 and 120.", problems);
                break;
            case LocationRuleRow location:
                Require(location is { AttestationMinutes: > 0, RejoinGraceMinutes: >= 0 }, $"{row.Id}: minutes are positive.", problems);
                break;
            case PracticePolicyRow practice:
                Require(practice.GraceDaysAfterMove >= 0, $"{row.Id}: grace days are not negative.", problems);
                Unique(practice.Offers.Select(offer => offer.ServiceClass), $"{row.Id}: service class", problems);
                break;
        }
    }

    private static void CheckReferences(RuleSetDocument document, List<string> problems)
    {
        var places = document.Jurisdictions.Select(row => row.Code).ToHashSet(StringComparer.Ordinal);
        var classes = document.ServiceClasses.Select(row => row.Code).ToHashSet(StringComparer.Ordinal);
        var professions = document.Professions.Select(row => row.Code).ToHashSet(StringComparer.Ordinal);
        var compacts = document.Compacts.Select(row => row.Code).ToHashSet(StringComparer.Ordinal);
        Require(places.Contains(Vocabulary.Unknown) && places.Contains(Vocabulary.Foreign), "The jurisdictions UNKNOWN and FOREIGN must be there.", problems);
        foreach (var place in document.Jurisdictions)
        {
            var unknown = (place.Kind == JurisdictionKind.Unknown) == (place.Code == Vocabulary.Unknown);
            var foreign = (place.Kind == JurisdictionKind.Foreign) == (place.Code == Vocabulary.Foreign);
            Require(unknown && foreign, $"{place.Id}: the kind does not fit the code.", problems);
        }

        foreach (var row in document.LicenceTypes)
        {
            Known(row, [row.Jurisdiction], places, "jurisdiction", problems, star: true);
            Known(row, [row.Profession], professions, "profession", problems);
        }

        foreach (var row in document.RoutePolicies)
        {
            Known(row, [row.Jurisdiction], places, "jurisdiction", problems);
            Known(row, row.ServiceClasses, classes, "service class", problems);
            Known(row, row.Professions, professions, "profession", problems, star: true);
            Known(row, row.Compact is null ? [] : [row.Compact], compacts, "compact", problems);
            Require(row.Jurisdiction != Vocabulary.Unknown, $"{row.Id}: nobody can be authorised for an unknown place.", problems);
        }

        foreach (var row in document.Compacts)
        {
            Known(row, [row.Profession], professions, "profession", problems);
        }

        foreach (var row in document.CompactMembers)
        {
            Known(row, [row.Jurisdiction], places, "jurisdiction", problems);
            Known(row, [row.Compact], compacts, "compact", problems);
        }

        foreach (var row in document.ConsentRules)
        {
            Known(row, [row.Jurisdiction], places, "jurisdiction", problems, star: true);
            Known(row, row.ServiceClasses, classes, "service class", problems);
        }

        foreach (var serviceClass in classes)
        {
            var general = document.ConsentRules.Any(row => row.Jurisdiction == "*" && row.ServiceClasses.Contains(serviceClass));
            Require(general, $"The service class {serviceClass} needs a general age of consent (jurisdiction *).", problems);
        }

        foreach (var row in document.PracticePolicies)
        {
            Known(row, row.Offers.Select(offer => offer.ServiceClass), classes, "service class", problems);
            foreach (var offer in row.Offers)
            {
                Known(row, offer.Instead, classes, "service class", problems);
                Known(row, offer.Jurisdictions, places, "jurisdiction", problems, star: true);
            }
        }

        foreach (var row in document.PostalHints)
        {
            Known(row, row.Jurisdictions, places, "jurisdiction", problems);
            Require(row.Zip.Length == 5 && row.Zip.All(char.IsAsciiDigit), $"{row.Id}: a ZIP has five digits.", problems);
        }
    }

    // The star stands for every one, so beside another it would be a slip of the pen.
    private static void Known(RuleRow row, IEnumerable<string> codes, HashSet<string> known, string what, List<string> problems, bool star = false)
    {
        string[] all = [.. codes];
        if (star && all is ["*"])
        {
            return;
        }

        foreach (var code in all.Where(code => !known.Contains(code)))
        {
            problems.Add($"{row.Id}: there is no {what} {code}.");
        }

        Unique(all, $"{row.Id}: {what}", problems);
    }

    private static void Unique(IEnumerable<string> values, string what, List<string> problems) =>
        problems.AddRange(
            values.GroupBy(value => value, StringComparer.Ordinal).Where(group => group.Count() > 1).Select(group => $"{what} {group.Key} is there twice.")
        );

    private static void Require(bool holds, string problem, List<string> problems)
    {
        if (!holds)
        {
            problems.Add(problem);
        }
    }
}
