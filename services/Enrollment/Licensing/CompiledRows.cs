using System.Collections.Frozen;

namespace GroupTherapy.Enrollment.Licensing;

/// <summary>A jurisdiction with everything that counts for members who are there, indexed for lookup by number.</summary>
internal sealed class CompiledJurisdiction(int index, JurisdictionRow row, CivilCalendar calendar)
{
    public int Index => index;

    public string Code => row.Code;

    public string Name => row.Name;

    public string Rule => row.Id;

    public CivilCalendar Calendar => calendar;

    /// <summary>Foreign countries are known places too: they are known not to be here.</summary>
    public bool IsKnown => row.Kind != JurisdictionKind.Unknown;

    /// <summary>A state, a district or a territory.</summary>
    public bool IssuesLicences => row.Kind is JurisdictionKind.State or JurisdictionKind.District or JurisdictionKind.Territory;

    /// <summary>The rights by the name of a licence that this place issues, by profession. Own rows, or the general ones where it has none.</summary>
    public FrozenDictionary<string, TypeStanding[]> LicenceTypes { get; set; } = FrozenDictionary<string, TypeStanding[]>.Empty;

    /// <summary>The same for <see cref="Reading.First"/>, which adds the general rows to a place's own.</summary>
    public FrozenDictionary<string, TypeStanding[]> LicenceTypesWithGeneral { get; set; } = FrozenDictionary<string, TypeStanding[]>.Empty;

    /// <summary>By service class × profession.</summary>
    public CompiledRoute[][] Routes { get; set; } = [];

    /// <summary>By service class: rows that need no facilitator's authority.</summary>
    public CompiledRoute[][] Unconditional { get; set; } = [];

    /// <summary>By service class: the words for the case that no route authorises.</summary>
    public RowReference[] Base { get; set; } = [];

    /// <summary>By service class.</summary>
    public CompiledConsent[] Consents { get; set; } = [];

    /// <summary>By compact.</summary>
    public CompiledMembership[][] Memberships { get; set; } = [];

    /// <summary>Instants at which a row for this place begins or ends, ascending.</summary>
    public long[] Bounds { get; set; } = [];

    /// <summary>The practice rights of a licence issued here in a profession; a type that no row names is not understood.</summary>
    public TypeStanding StandingOf(string? licenceType, int profession, Reading reading)
    {
        var types = reading == Reading.First ? LicenceTypesWithGeneral : LicenceTypes;
        return profession >= 0 && licenceType is not null && types.TryGetValue(licenceType, out var standings)
            ? standings[profession]
            : TypeStanding.NotUnderstood;
    }
}

/// <summary>A row as reasons name it.</summary>
internal readonly record struct RowReference(string Rule, string Citation);

/// <summary>One route row at one place.</summary>
internal sealed class CompiledRoute(RoutePolicyRow row, CompiledJurisdiction place, int compact, Finding open)
{
    public RouteKind Kind => row.Route;

    /// <summary>Number of the compact; -1 for other routes.</summary>
    public int Compact => compact;

    public RowReference Row { get; } = new(row.Id, RuleText.Citation(row));

    public RouteEffect Effect => row.Effect;

    public bool IsDisputed => row.Confidence == Confidence.Disputed;

    public bool TelehealthOnly { get; } = row.Conditions.Contains(RouteCondition.TelehealthOnly);

    public bool NeedsUnderlyingLicence { get; } = row.Conditions.Contains(RouteCondition.UnderlyingLicence);

    /// <summary>The row says that no licence elsewhere is needed.</summary>
    public bool NeedsNoLicence { get; } = row.Conditions.Contains(RouteCondition.NoUnderlyingLicence);

    public bool NeedsHomeState { get; } = row.Conditions.Contains(RouteCondition.InHomeState);

    public int? DayBudget => row.DayBudget;

    public long From { get; } = row.EffectiveFrom is { } from ? place.Calendar.StartOf(from) : long.MinValue;

    public long To { get; } = row.EffectiveTo is { } to ? place.Calendar.EndOf(to) : long.MaxValue;

    /// <summary>The reason given when the route is open.</summary>
    public Finding Open => open;

    public bool IsEffectiveAt(long at) => From <= at && at < To;

    /// <summary>Two rows for the same route that do not say the same contradict each other.</summary>
    public bool Contradicts(CompiledRoute other) =>
        Effect != other.Effect
        || DayBudget != other.DayBudget
        || TelehealthOnly != other.TelehealthOnly
        || NeedsUnderlyingLicence != other.NeedsUnderlyingLicence
        || NeedsNoLicence != other.NeedsNoLicence
        || NeedsHomeState != other.NeedsHomeState;
}

/// <summary>A compact with its conditions.</summary>
internal sealed class CompiledCompact(CompactRow row, int profession)
{
    public string Name => row.Name;

    public int Profession => profession;

    public RowReference Row { get; } = new(row.Id, RuleText.Citation(row));

    public bool IsDisputed => row.Confidence == Confidence.Disputed;

    public bool TelehealthOnly { get; } = row.Conditions.Contains(RouteCondition.TelehealthOnly);

    public bool NeedsUnderlyingLicence { get; } = row.Conditions.Contains(RouteCondition.UnderlyingLicence);

    public bool NeedsHomeState { get; } = row.Conditions.Contains(RouteCondition.InHomeState);
}

/// <summary>How a state stands to a compact at an instant.</summary>
internal enum MembershipState
{
    Operational,
    EnactedOnly,
    NotMember,
    Disputed,
    Contradicted,

    /// <summary>No row says anything.</summary>
    Unknown,
}

/// <summary>One row on one state's membership.</summary>
internal sealed class CompiledMembership(CompactMemberRow row, CompiledJurisdiction state)
{
    public RowReference Row { get; } = new(row.Id, RuleText.Citation(row));

    public long Enacted { get; } = row.EnactedOn is { } day ? state.Calendar.StartOf(day) : long.MinValue;

    public long OperationalFrom { get; } = row.OperationalFrom is { } day ? state.Calendar.StartOf(day) : long.MaxValue;

    public long OperationalTo { get; } = row.OperationalTo is { } day ? state.Calendar.EndOf(day) : long.MaxValue;

    public MembershipState At(long at) =>
        row switch
        {
            { Status: MembershipStatus.Disputed } or { Confidence: Confidence.Disputed } => MembershipState.Disputed,
            { Status: MembershipStatus.NotMember } => MembershipState.NotMember,
            _ when at < Enacted => MembershipState.NotMember,
            _ when OperationalFrom <= at && at < OperationalTo => MembershipState.Operational,
            _ => MembershipState.EnactedOnly,
        };
}

/// <summary>From which age a member may consent alone at one place to one service class.</summary>
/// <param name="SelfConsentAge">Years; below it a guardian must consent.</param>
/// <param name="DisputedFromAge">Years; from here to <paramref name="SelfConsentAge"/> the sources disagree.</param>
/// <param name="Contradicted">Two rows do not say the same.</param>
internal sealed record CompiledConsent(int SelfConsentAge, int DisputedFromAge, bool Contradicted, RowReference Row);

/// <summary>One practice's policy.</summary>
/// <param name="Contradicted">The practice has two rows.</param>
/// <param name="Offers">By service class; null where it is not offered.</param>
internal sealed record CompiledPractice(PracticePolicyRow Policy, bool Contradicted, CompiledOffer?[] Offers, RowReference Row);

/// <summary>One service class as one practice offers it.</summary>
/// <param name="Places">By jurisdiction; null for wherever the law allows.</param>
/// <param name="Instead">Numbers of the service classes proposed instead.</param>
/// <param name="Where">The places in words.</param>
internal sealed record CompiledOffer(ServiceOffer Offer, bool[]? Places, int[] Instead, string Where)
{
    public bool Covers(CompiledJurisdiction place) => Places is null || Places[place.Index];
}

/// <summary>The requirements of an offered service class.</summary>
internal sealed record CompiledServiceClass(ServiceClassRow Policy, int Index, RowReference Row);

/// <summary>Small texts made from rows.</summary>
internal static class RuleText
{
    public static string Citation(RuleRow row) => string.Join("; ", row.Citations);

    /// <summary>"Florida, New Jersey and New York".</summary>
    public static string List(IReadOnlyList<string> names) =>
        names.Count < 2 ? string.Concat(names) : $"{string.Join(", ", names.Take(names.Count - 1))} and {names[^1]}";
}
