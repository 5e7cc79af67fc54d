using System.Text.Json.Serialization;

namespace GroupTherapy.Enrollment.Licensing;

/// <summary>
/// The content of a rule set: everything the engine knows about law and policy, as operators edit it. Its author, its publisher and from when it
/// counts are kept beside it, not in it, so that the hash says what was decided by and nothing else.
/// </summary>
/// <param name="Version">The rule set's number.</param>
/// <param name="Note">For operators.</param>
public sealed record RuleSetDocument(
    int Version,
    string Note,
    IReadOnlyList<JurisdictionRow> Jurisdictions,
    IReadOnlyList<ProfessionRow> Professions,
    IReadOnlyList<LicenceTypeRow> LicenceTypes,
    IReadOnlyList<ServiceClassRow> ServiceClasses,
    IReadOnlyList<RoutePolicyRow> RoutePolicies,
    IReadOnlyList<CompactRow> Compacts,
    IReadOnlyList<CompactMemberRow> CompactMembers,
    IReadOnlyList<ConsentRuleRow> ConsentRules,
    LocationRuleRow LocationRule,
    IReadOnlyList<PracticePolicyRow> PracticePolicies,
    IReadOnlyList<PostalHintRow> PostalHints)
{
    /// <summary>Every row, for checks that hold for all of them.</summary>
    public IEnumerable<RuleRow> Rows() =>
    [
        .. Jurisdictions, .. Professions, .. LicenceTypes, .. ServiceClasses, .. RoutePolicies, .. Compacts, .. CompactMembers, .. ConsentRules,
        LocationRule, .. PracticePolicies, .. PostalHints,
    ];
}

/// <summary>How far a row's source is trusted. A disputed row never allows.</summary>
[JsonConverter(typeof(JsonStringEnumConverter<Confidence>))]
public enum Confidence
{
    /// <summary>The law or its authority itself.</summary>
    [JsonStringEnumMemberName("primary")]
    Primary,

    /// <summary>A source that reports the law.</summary>
    [JsonStringEnumMemberName("secondary")]
    Secondary,

    /// <summary>Not checked against the law.</summary>
    [JsonStringEnumMemberName("unverified")]
    Unverified,

    /// <summary>Sources disagree.</summary>
    [JsonStringEnumMemberName("disputed")]
    Disputed,
}

/// <summary>The fields that every row has about itself.</summary>
public abstract record RuleRow
{
    /// <summary>Stable over versions; named in every reason the row gives.</summary>
    public required string Id { get; init; }

    /// <summary>Where the row comes from, at least one.</summary>
    public required IReadOnlyList<string> Citations { get; init; }

    /// <summary>The day on which the source was as cited.</summary>
    public required DateOnly SourceDate { get; init; }

    public required Confidence Confidence { get; init; }

    /// <summary>For operators.</summary>
    public string? Note { get; init; }
}

[JsonConverter(typeof(JsonStringEnumConverter<JurisdictionKind>))]
public enum JurisdictionKind
{
    [JsonStringEnumMemberName("state")]
    State,

    [JsonStringEnumMemberName("district")]
    District,

    [JsonStringEnumMemberName("territory")]
    Territory,

    /// <summary>Anywhere that issues no licence known here.</summary>
    [JsonStringEnumMemberName("foreign")]
    Foreign,

    [JsonStringEnumMemberName("unknown")]
    Unknown,
}

/// <summary>A place that has its own law.</summary>
public sealed record JurisdictionRow : RuleRow
{
    /// <summary>ISO 3166-2, <c>FOREIGN</c> or <c>UNKNOWN</c>.</summary>
    public required string Code { get; init; }

    /// <summary>As a member would say it.</summary>
    public required string Name { get; init; }

    public required JurisdictionKind Kind { get; init; }

    /// <summary>IANA zone of the capital; days begin and end there.</summary>
    public required string Zone { get; init; }
}

public sealed record ProfessionRow : RuleRow
{
    public required string Code { get; init; }
    public required string Name { get; init; }
}

/// <summary>The rights of a board's licence. A licence whose type no row names is not understood, and never allows.</summary>
public sealed record LicenceTypeRow : RuleRow
{
    public required string Code { get; init; }

    /// <summary>The issuing jurisdiction, or <c>*</c> for those without a row of their own.</summary>
    public required string Jurisdiction { get; init; }

    public required string Profession { get; init; }

    /// <summary>False where the holder may work under supervision only.</summary>
    public required bool Independent { get; init; }
}

public sealed record ServiceClassRow : RuleRow
{
    public required string Code { get; init; }
    public required string Name { get; init; }

    /// <summary>True where a facilitator needs authority for the member's place.</summary>
    public required bool NeedsAuthority { get; init; }

    /// <summary>Years; a group may ask for more, never for less.</summary>
    public required int MinimumAge { get; init; }

    /// <summary>People beyond which an operator is warned; null without an upper bound.</summary>
    public int? LargestSize { get; init; }

    /// <summary>CPT code; null where nothing is billed.</summary>
    public string? BillingCode { get; init; }
}

[JsonConverter(typeof(JsonStringEnumConverter<RouteKind>))]
public enum RouteKind
{
    [JsonStringEnumMemberName("licence")]
    Licence,

    [JsonStringEnumMemberName("telehealth_registration")]
    TelehealthRegistration,

    [JsonStringEnumMemberName("compact")]
    Compact,

    [JsonStringEnumMemberName("temporary")]
    Temporary,

    /// <summary>Authority is not needed here, though the service class needs it elsewhere.</summary>
    [JsonStringEnumMemberName("exemption")]
    Exemption,

    /// <summary>The service class needs no authority here.</summary>
    [JsonStringEnumMemberName("none")]
    None,
}

[JsonConverter(typeof(JsonStringEnumConverter<RouteEffect>))]
public enum RouteEffect
{
    [JsonStringEnumMemberName("allow")]
    Allow,

    /// <summary>A person must look; counts as undecided.</summary>
    [JsonStringEnumMemberName("hold")]
    Hold,

    [JsonStringEnumMemberName("deny")]
    Deny,
}

[JsonConverter(typeof(JsonStringEnumConverter<RouteCondition>))]
public enum RouteCondition
{
    /// <summary>No care in person.</summary>
    [JsonStringEnumMemberName("telehealth_only")]
    TelehealthOnly,

    /// <summary>Needs an active, unencumbered licence: of another jurisdiction for a registration or permit, of the home state for a compact.</summary>
    [JsonStringEnumMemberName("underlying_licence")]
    UnderlyingLicence,

    /// <summary>The facilitator must be in the home state during the session.</summary>
    [JsonStringEnumMemberName("in_home_state")]
    InHomeState,

    /// <summary>A temporary permit that rests on no licence elsewhere. A permit's row that says neither is left to a person.</summary>
    [JsonStringEnumMemberName("no_underlying_licence")]
    NoUnderlyingLicence,
}

/// <summary>One way in which one kind of service may be given to people in one place.</summary>
public sealed record RoutePolicyRow : RuleRow
{
    /// <summary>Of the member's place.</summary>
    public required string Jurisdiction { get; init; }

    public required IReadOnlyList<string> ServiceClasses { get; init; }

    /// <summary>Profession codes, or <c>*</c> alone for every one.</summary>
    public required IReadOnlyList<string> Professions { get; init; }

    public required RouteKind Route { get; init; }

    /// <summary>Code of the compact, for that route alone.</summary>
    public string? Compact { get; init; }

    public required RouteEffect Effect { get; init; }
    public IReadOnlyList<RouteCondition> Conditions { get; init; } = [];

    /// <summary>Days in a calendar year, for a temporary permit; null without a budget.</summary>
    public int? DayBudget { get; init; }

    /// <summary>First day, in the zone of the jurisdiction's capital; null: always.</summary>
    public DateOnly? EffectiveFrom { get; init; }

    /// <summary>Last day, included; null: without an end.</summary>
    public DateOnly? EffectiveTo { get; init; }
}

/// <summary>An agreement between states.</summary>
public sealed record CompactRow : RuleRow
{
    public required string Code { get; init; }
    public required string Name { get; init; }
    public required string Profession { get; init; }
    public IReadOnlyList<RouteCondition> Conditions { get; init; } = [];
}

[JsonConverter(typeof(JsonStringEnumConverter<MembershipStatus>))]
public enum MembershipStatus
{
    [JsonStringEnumMemberName("member")]
    Member,

    [JsonStringEnumMemberName("not_member")]
    NotMember,

    [JsonStringEnumMemberName("disputed")]
    Disputed,
}

/// <summary>Whether one state takes part in a compact. Enacted is not operational: only from <see cref="OperationalFrom"/> on does it authorise.</summary>
public sealed record CompactMemberRow : RuleRow
{
    public required string Compact { get; init; }
    public required string Jurisdiction { get; init; }
    public required MembershipStatus Status { get; init; }
    public DateOnly? EnactedOn { get; init; }
    public DateOnly? EffectiveOn { get; init; }

    /// <summary>First day on which authority under the compact counts; null: not yet.</summary>
    public DateOnly? OperationalFrom { get; init; }

    /// <summary>Last such day, included; null: without an end.</summary>
    public DateOnly? OperationalTo { get; init; }
}

/// <summary>From which age a member may consent alone.</summary>
public sealed record ConsentRuleRow : RuleRow
{
    /// <summary>Of the member's place, or <c>*</c> for those without a row of their own.</summary>
    public required string Jurisdiction { get; init; }

    public required IReadOnlyList<string> ServiceClasses { get; init; }

    /// <summary>Years; below it a guardian must consent.</summary>
    public required int SelfConsentAge { get; init; }

    /// <summary>Years from which some sources let the member consent alone and others do not; null where they agree.</summary>
    public int? DisputedFromAge { get; init; }
}

/// <summary>The value of an attested location.</summary>
public sealed record LocationRuleRow : RuleRow
{
    /// <summary>An attestation older than this counts as a missing place at join and rejoin.</summary>
    public required int AttestationMinutes { get; init; }

    /// <summary>A member known to have been present within this need not attest again at rejoin.</summary>
    public required int RejoinGraceMinutes { get; init; }

    /// <summary>The further fields that the client must ask for with the location.</summary>
    public IReadOnlyList<string> RequiredFields { get; init; } = [];
}

[JsonConverter(typeof(JsonStringEnumConverter<Quorum>))]
public enum Quorum
{
    /// <summary>Every lead must be authorised for the member's place; a co-facilitator who is not observes.</summary>
    [JsonStringEnumMemberName("lead_for_all")]
    LeadForAll,

    /// <summary>Every facilitator must be.</summary>
    [JsonStringEnumMemberName("every_present")]
    EveryPresent,

    /// <summary>One facilitator must be; the others observe.</summary>
    [JsonStringEnumMemberName("one_present")]
    OnePresent,
}

/// <summary>The services that one practice offers, by jurisdiction.</summary>
public sealed record PracticePolicyRow : RuleRow
{
    public required string Practice { get; init; }
    public required string Name { get; init; }
    public required IReadOnlyList<ServiceOffer> Offers { get; init; }
    public required Quorum Quorum { get; init; }

    /// <summary>Days for which a seat is kept after a move.</summary>
    public required int GraceDaysAfterMove { get; init; }

    /// <summary>A member in an open crisis is never disconnected for licensing.</summary>
    public required bool CrisisNeverDisconnects { get; init; }
}

/// <summary>One service class a practice offers.</summary>
/// <param name="Jurisdictions">Places where it is offered, or <c>*</c> alone for wherever the law allows.</param>
/// <param name="ResidencyRequired">True where the member must live in one of them too.</param>
/// <param name="Instead">Service classes proposed to those who cannot have this one.</param>
public sealed record ServiceOffer(string ServiceClass, IReadOnlyList<string> Jurisdictions, bool ResidencyRequired, IReadOnlyList<string> Instead);

/// <summary>A ZIP code that reaches into several jurisdictions: a hint, never proof.</summary>
public sealed record PostalHintRow : RuleRow
{
    public required string Zip { get; init; }
    public required IReadOnlyList<string> Jurisdictions { get; init; }
}
