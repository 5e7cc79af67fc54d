namespace GroupTherapy.Enrollment.Licensing;

/// <summary>The questions that a sound rule set does not answer. A gap denies, so it is safe; an operator says whether it is meant.</summary>
internal static class RuleSetGaps
{
    public static IEnumerable<LintItem> Find(RuleSetDocument document) =>
        [.. WithoutRoute(document), .. OffersWithoutRoute(document), .. GeneralConsent(document), .. CompactsWithoutMember(document)];

    // Jurisdiction × service class × profession, told once per service class and list of places: a thousand lines would hide what matters.
    private static IEnumerable<LintItem> WithoutRoute(RuleSetDocument document)
    {
        JurisdictionRow[] places = [.. Licensing(document)];
        foreach (var service in document.ServiceClasses)
        {
            var gaps = service.NeedsAuthority
                ? document
                    .Professions.Where(profession => IsLicensed(document, profession))
                    .Select(profession => (profession, missing: Missing(profession.Code)))
                : [(profession: null!, missing: Missing(null))];
            foreach (
                var same in gaps.Where(gap => gap.missing.Length > 0)
                    .GroupBy(gap => string.Join(' ', gap.missing.Select(place => place.Code)), StringComparer.Ordinal)
            )
            {
                var who = service.NeedsAuthority ? $" for {RuleText.List([.. same.Select(gap => gap.profession.Name)])}" : "";
                string[] rows =
                [
                    service.Id,
                    .. same.Where(gap => gap.profession is not null).Select(gap => gap.profession.Id),
                    .. same.First().missing.Select(place => place.Id),
                ];
                yield return new LintItem(
                    LintSeverity.Warning,
                    "gap",
                    rows,
                    $"{service.Name}: no row says anything{who} in "
                        + $"{RuleText.List([.. same.First().missing.Select(place => place.Name)])}; it is denied there."
                );
            }

            JurisdictionRow[] Missing(string? profession) =>
                [
                    .. places.Where(place =>
                        !document.RoutePolicies.Any(row =>
                            row.Jurisdiction == place.Code
                            && row.ServiceClasses.Contains(service.Code)
                            && (profession is null ? row.Route == RouteKind.None : IsFor(row, profession))
                        )
                    ),
                ];
        }
    }

    private static IEnumerable<LintItem> OffersWithoutRoute(RuleSetDocument document) =>
        from practice in document.PracticePolicies
        from offer in practice.Offers
        from place in offer.Jurisdictions
        where
            !document.RoutePolicies.Any(row =>
                row.ServiceClasses.Contains(offer.ServiceClass)
                && (place == "*" || row.Jurisdiction == place)
                && row is { Effect: RouteEffect.Allow, Confidence: not Confidence.Disputed }
            )
        select new LintItem(
            LintSeverity.Warning,
            "offer-without-route",
            [practice.Id],
            $"{practice.Name} offers {offer.ServiceClass} in {place}, and no row opens a way there."
        );

    private static IEnumerable<LintItem> GeneralConsent(RuleSetDocument document)
    {
        var offered =
            from practice in document.PracticePolicies
            from offer in practice.Offers
            where document.ServiceClasses.Any(service => service.Code == offer.ServiceClass && service.NeedsAuthority)
            from place in offer.Jurisdictions
            where place != "*"
            select (place, offer.ServiceClass);
        return from asked in offered.Distinct()
               where !document.ConsentRules.Any(row => row.Jurisdiction == asked.place && row.ServiceClasses.Contains(asked.ServiceClass))
               let general = document.ConsentRules.First(row => row.Jurisdiction == "*" && row.ServiceClasses.Contains(asked.ServiceClass))
               select new LintItem(
                   LintSeverity.Warning,
                   "consent-general",
                   [general.Id],
                   $"{asked.ServiceClass} is offered in {asked.place}, which has no age of consent of its own; the general one counts."
               );
    }

    private static IEnumerable<LintItem> CompactsWithoutMember(RuleSetDocument document) =>
        from route in document.RoutePolicies
        where route.Compact is not null && !document.CompactMembers.Any(member => member.Compact == route.Compact && member.Jurisdiction == route.Jurisdiction)
        select new LintItem(
            LintSeverity.Warning,
            "compact-without-member",
            [route.Id],
            $"A route of {route.Jurisdiction} rests on {route.Compact}, and no row says whether the state takes part."
        );

    // A profession that no board licenses (an instructor) can hold no authority anywhere, which is no gap.
    private static bool IsLicensed(RuleSetDocument document, ProfessionRow profession) => document.LicenceTypes.Any(row => row.Profession == profession.Code);

    private static IEnumerable<JurisdictionRow> Licensing(RuleSetDocument document) =>
        document.Jurisdictions.Where(place => place.Kind is JurisdictionKind.State or JurisdictionKind.District or JurisdictionKind.Territory);

    private static bool IsFor(RoutePolicyRow row, string profession) => row.Professions is ["*"] || row.Professions.Contains(profession);
}
