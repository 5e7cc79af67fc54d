using System.Collections.Frozen;
using NodaTime;

namespace GroupTherapy.Enrollment.Licensing;

/// <summary>
/// Turns the rows of a sound document into numbered, indexed ones. Rows are taken in the order of their ids, so that their order in the document says
/// nothing.
/// </summary>
internal sealed class RuleSetCompiler
{
    private readonly RuleSetDocument _document;
    private readonly ProfessionRow[] _professions;

    public RuleSetCompiler(RuleSetDocument document)
    {
        _document = document;
        _professions = [.. document.Professions.OrderBy(row => row.Code, StringComparer.Ordinal)];
        ProfessionNumbers = Numbers(_professions.Select(row => row.Code));
        var services = document.ServiceClasses.OrderBy(row => row.Code, StringComparer.Ordinal);
        ServiceClasses = [.. services.Select((row, index) => new CompiledServiceClass(row, index, Reference(row)))];
        ServiceClassNumbers = Numbers(ServiceClasses.Select(row => row.Policy.Code));
        var compacts = document.Compacts.OrderBy(row => row.Code, StringComparer.Ordinal).ToArray();
        CompactNumbers = Numbers(compacts.Select(row => row.Code));
        Compacts = [.. compacts.Select(row => new CompiledCompact(row, ProfessionNumbers[row.Profession]))];

        var calendars = document
            .Jurisdictions.Select(row => row.Zone)
            .Distinct(StringComparer.Ordinal)
            .ToDictionary(zone => zone, zone => new CivilCalendar(DateTimeZoneProviders.Tzdb[zone]), StringComparer.Ordinal);
        var places = document.Jurisdictions.OrderBy(row => row.Code, StringComparer.Ordinal);
        Jurisdictions = [.. places.Select((row, index) => new CompiledJurisdiction(index, row, calendars[row.Zone]))];
        foreach (var place in Jurisdictions)
        {
            Fill(place);
        }
    }

    public CompiledJurisdiction[] Jurisdictions { get; }

    public CompiledServiceClass[] ServiceClasses { get; }

    public CompiledCompact[] Compacts { get; }

    public FrozenDictionary<string, int> ServiceClassNumbers { get; }

    public FrozenDictionary<string, int> ProfessionNumbers { get; }

    public FrozenDictionary<string, int> CompactNumbers { get; }

    /// <summary>The policies of practices, by practice; their places and service classes are numbered as in the law.</summary>
    public static FrozenDictionary<string, CompiledPractice> Practices(
        IEnumerable<PracticePolicyRow> policies,
        CompiledJurisdiction[] places,
        FrozenDictionary<string, int> serviceClasses
    ) =>
        policies
            .GroupBy(row => row.Practice, StringComparer.Ordinal)
            .ToFrozenDictionary(rows => rows.Key, rows => Practice(rows, places, serviceClasses), StringComparer.Ordinal);

    private void Fill(CompiledJurisdiction place)
    {
        var own = _document.RoutePolicies.Where(row => row.Jurisdiction == place.Code).OrderBy(row => row.Id, StringComparer.Ordinal);
        var rows = own.Select(row => (row, route: Route(row, place))).ToArray();
        place.Routes = new CompiledRoute[ServiceClasses.Length * _professions.Length][];
        for (var serviceClass = 0; serviceClass < ServiceClasses.Length; serviceClass++)
        {
            for (var profession = 0; profession < _professions.Length; profession++)
            {
                var (wantedClass, wantedProfession) = (ServiceClasses[serviceClass].Policy.Code, _professions[profession].Code);
                var fitting = rows.Where(pair => pair.row.ServiceClasses.Contains(wantedClass) && IsFor(pair.row, wantedProfession));
                place.Routes[(serviceClass * _professions.Length) + profession] = [.. fitting.Select(pair => pair.route)];
            }
        }

        place.Unconditional =
        [
            .. ServiceClasses.Select(serviceClass =>
                rows.Where(pair => pair.row.Route == RouteKind.None && pair.row.ServiceClasses.Contains(serviceClass.Policy.Code))
                    .Select(pair => pair.route)
                    .ToArray()
            ),
        ];
        place.Base =
        [
            .. ServiceClasses.Select(serviceClass =>
                rows.Where(pair => pair.row.ServiceClasses.Contains(serviceClass.Policy.Code))
                    .OrderBy(pair => pair.row.Route is RouteKind.Licence or RouteKind.None ? 0 : 1)
                    .Select(pair => (RowReference?)pair.route.Row)
                    .FirstOrDefault()
                ?? serviceClass.Row
            ),
        ];
        place.LicenceTypesWithGeneral = LicenceTypes(place, [place.Code, "*"]);
        var hasOwnTypes = _document.LicenceTypes.Any(row => row.Jurisdiction == place.Code);
        place.LicenceTypes = LicenceTypes(place, [hasOwnTypes ? place.Code : "*"]);
        place.Consents = [.. ServiceClasses.Select(serviceClass => Consent(place, serviceClass.Policy.Code))];

        var members = _document.CompactMembers.Where(row => row.Jurisdiction == place.Code).OrderBy(row => row.Id, StringComparer.Ordinal).ToArray();
        place.Memberships =
        [
            .. CompactNumbers
                .OrderBy(pair => pair.Value)
                .Select(pair => members.Where(row => row.Compact == pair.Key).Select(row => new CompiledMembership(row, place)).ToArray()),
        ];
        place.Bounds =
        [
            .. rows.SelectMany(pair => new[] { pair.route.From, pair.route.To })
                .Concat(place.Memberships.SelectMany(rows => rows).SelectMany(member => new[] { member.Enacted, member.OperationalFrom, member.OperationalTo }))
                .Where(bound => bound is not (long.MinValue or long.MaxValue))
                .Distinct()
                .Order(),
        ];
    }

    private CompiledRoute Route(RoutePolicyRow row, CompiledJurisdiction place)
    {
        var compact = row.Compact is null ? -1 : CompactNumbers[row.Compact];
        var (code, sentence) = row.Route switch
        {
            RouteKind.Licence => (ReasonCodes.RouteLicence, Sentences.RouteLicence),
            RouteKind.TelehealthRegistration => (ReasonCodes.RouteTelehealthRegistration, Sentences.RouteTelehealthRegistration),
            RouteKind.Compact => (ReasonCodes.RouteCompact, Sentences.RouteCompact(Compacts[compact].Name)),
            RouteKind.Temporary => (ReasonCodes.RouteTemporary, Sentences.RouteTemporary),
            RouteKind.Exemption => (ReasonCodes.RouteNotNeeded, Sentences.RouteExempt),
            _ => (ReasonCodes.RouteNotNeeded, Sentences.RouteNotNeeded),
        };
        return new CompiledRoute(row, place, compact, new Finding(code, place, place, row.Id, sentence, RuleText.Citation(row)));
    }

    // A jurisdiction's own rows come before the general ones of the same name.
    private FrozenDictionary<string, TypeStanding[]> LicenceTypes(CompiledJurisdiction place, string[] from) =>
        _document
            .LicenceTypes.Where(row => from.Contains(row.Jurisdiction))
            .GroupBy(row => row.Code, StringComparer.Ordinal)
            .ToFrozenDictionary(
                rows => rows.Key,
                rows => Standings(rows.Any(row => row.Jurisdiction == place.Code) ? rows.Where(row => row.Jurisdiction == place.Code) : rows),
                StringComparer.Ordinal
            );

    private TypeStanding[] Standings(IEnumerable<LicenceTypeRow> rows)
    {
        var standings = new TypeStanding[_professions.Length];
        Array.Fill(standings, TypeStanding.Other);
        foreach (var profession in rows.GroupBy(row => row.Profession, StringComparer.Ordinal))
        {
            var clear = profession.Select(row => row.Independent).Distinct().Count() == 1 && profession.All(row => row.Confidence != Confidence.Disputed);
            var says = profession.First().Independent ? TypeStanding.Independent : TypeStanding.Other;
            standings[ProfessionNumbers[profession.Key]] = clear ? says : TypeStanding.NotUnderstood;
        }

        return standings;
    }

    // A disputed row says nothing that can be relied on: the general age counts, and every younger member is left to a person.
    private CompiledConsent Consent(CompiledJurisdiction place, string serviceClass)
    {
        var rows = _document.ConsentRules.Where(row => row.ServiceClasses.Contains(serviceClass)).OrderBy(row => row.Id, StringComparer.Ordinal).ToArray();
        var general = rows.Where(row => row.Jurisdiction == "*").ToArray();
        var own = rows.Where(row => row.Jurisdiction == place.Code).ToArray();
        var counting = own.Length > 0 ? own : general;
        var disputed = counting.Any(row => row.Confidence == Confidence.Disputed);
        var age = Math.Max(counting.Max(row => row.SelfConsentAge), disputed ? general.Max(row => row.SelfConsentAge) : 0);
        var disputedFrom = disputed ? 0 : counting.Min(row => row.DisputedFromAge ?? int.MaxValue);
        var contradicted = counting.Select(row => (row.SelfConsentAge, row.DisputedFromAge)).Distinct().Count() > 1;
        return new CompiledConsent(age, disputedFrom, contradicted, Reference(counting[0]));
    }

    private static CompiledPractice Practice(
        IGrouping<string, PracticePolicyRow> rows,
        CompiledJurisdiction[] jurisdictions,
        FrozenDictionary<string, int> serviceClasses
    )
    {
        var ordered = rows.OrderBy(row => row.Id, StringComparer.Ordinal).ToArray();
        var offers = new CompiledOffer?[serviceClasses.Count];
        foreach (var offer in ordered[0].Offers)
        {
            bool[]? places = offer.Jurisdictions is ["*"] ? null : [.. jurisdictions.Select(place => offer.Jurisdictions.Contains(place.Code))];
            string[] names =
            [
                .. jurisdictions.Where(place => places is not null && places[place.Index]).Select(place => place.Name).Order(StringComparer.Ordinal),
            ];
            int[] instead = [.. offer.Instead.Select(code => serviceClasses[code])];
            offers[serviceClasses[offer.ServiceClass]] = new CompiledOffer(offer, places, instead, RuleText.List(names));
        }

        return new CompiledPractice(ordered[0], ordered.Length > 1, offers, Reference(ordered[0]));
    }

    private static bool IsFor(RoutePolicyRow row, string profession) => row.Professions is ["*"] || row.Professions.Contains(profession);

    private static RowReference Reference(RuleRow row) => new(row.Id, RuleText.Citation(row));

    private static FrozenDictionary<string, int> Numbers(IEnumerable<string> codes) =>
        codes.Select((code, number) => (code, number)).ToFrozenDictionary(pair => pair.code, pair => pair.number, StringComparer.Ordinal);
}
