using System.Text.Json.Serialization;

namespace GroupTherapy.Enrollment.Licensing;

/// <summary>
/// The facts of one evaluation, as <c>POST /api/licensing/evaluations</c> takes them. Read it with <see cref="LicensingRequestReader"/>, which refuses
/// unknown fields and validates; the engine itself takes what it cannot read as missing, never as allowed. Facts that were added later are left out of the
/// canonical bytes where they say nothing, so that what was stored before them keeps its bytes.
/// </summary>
/// <param name="Practice">Code of the practice whose policy is asked.</param>
/// <param name="Point">Where in the member's way this is asked, see <see cref="Points"/>.</param>
/// <param name="At">The instant asked about. <see cref="LicensingEngine.Decide(CompiledRuleSet, LicensingRequest, DateTimeOffset)"/> takes it as an
/// argument of its own and ignores this.</param>
/// <param name="Until">End of the session at join points, end of the series at enrolment points; null there for a series without an end.</param>
/// <param name="Modality"><c>video</c> or <c>in_person</c>.</param>
/// <param name="RuleSet">Version of the rule set to ask; null for the one in force at <paramref name="At"/>. The caller resolves it.</param>
public sealed record LicensingRequest(
    string Practice,
    string Point,
    [property: JsonConverter(typeof(InstantJsonConverter))] DateTimeOffset At,
    [property: JsonConverter(typeof(InstantJsonConverter))] DateTimeOffset? Until,
    string Modality,
    GroupFacts Group,
    IReadOnlyList<FacilitatorFacts> Facilitators,
    MemberFacts Member,
    int? RuleSet = null
);

/// <summary>The group or service asked for.</summary>
/// <param name="ServiceClass">A service class of the rule set.</param>
/// <param name="MinimumAge">Years, counted on the calendar of the member's place.</param>
/// <param name="ReclassifiedFrom">The service class that this member enrolled in, when the group has become another since; null otherwise.</param>
public sealed record GroupFacts(
    string ServiceClass,
    int MinimumAge,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)] string? ReclassifiedFrom = null
);

/// <summary>One facilitator who is to be present.</summary>
/// <param name="Role"><c>lead</c> or <c>co</c>.</param>
/// <param name="Profession">A profession of the rule set.</param>
/// <param name="Location">The jurisdiction the facilitator works from; null when it is not known.</param>
/// <param name="Substitute">Stands in for the group's own facilitator.</param>
public sealed record FacilitatorFacts(
    string Id,
    string Role,
    string Profession,
    string? Location,
    IReadOnlyList<CredentialFacts> Credentials,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)] bool Substitute = false
);

/// <summary>One credential as known at the time of asking.</summary>
/// <param name="Kind"><c>licence</c>, <c>telehealth_registration</c>, <c>compact_privilege</c> or <c>temporary_permit</c>.</param>
/// <param name="Jurisdiction">The issuing jurisdiction; its last day ends in the zone of this jurisdiction's capital.</param>
/// <param name="Status"><c>active</c>, <c>inactive</c>, <c>suspended</c>, <c>revoked</c> or <c>pending</c>.</param>
/// <param name="ValidFrom">First day.</param>
/// <param name="ValidTo">Last day, included.</param>
/// <param name="Encumbered">True when the board restricts the practice.</param>
/// <param name="Type">The board's name of the licence, such as LMHC; optional for a compact privilege.</param>
/// <param name="Compact">Code of the compact, for a compact privilege.</param>
/// <param name="HomeState">The home state under the compact.</param>
/// <param name="DaysUsed">Days of a temporary permit used in this calendar year before this session.</param>
public sealed record CredentialFacts(
    string Kind,
    string Jurisdiction,
    string Status,
    DateOnly ValidFrom,
    DateOnly ValidTo,
    bool Encumbered,
    string? Type = null,
    string? Compact = null,
    string? HomeState = null,
    int? DaysUsed = null
);

/// <summary>The known facts about the member.</summary>
/// <param name="DateOfBirth">Null when not known, which never allows.</param>
/// <param name="Residence">Null when not known.</param>
/// <param name="Location">The place the member attested; null when none was.</param>
/// <param name="Crisis">A crisis is open in the room.</param>
/// <param name="EnrolledUnder">Version of the rule set that the enrolment was decided under.</param>
/// <param name="SeatGraceUntil">The seat is kept until this instant although the member may not join.</param>
/// <param name="NextInLine">A seat is free and this member is the first in the line for it.</param>
/// <param name="Override">The override that two operators decided for this member and session; null without one.</param>
public sealed record MemberFacts(
    string Id,
    DateOnly? DateOfBirth,
    ResidenceFacts? Residence,
    LocationFacts? Location,
    bool GuardianConsent = false,
    bool Crisis = false,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)] int? EnrolledUnder = null,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    [property: JsonConverter(typeof(InstantJsonConverter))]
        DateTimeOffset? SeatGraceUntil = null,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)] bool NextInLine = false,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)] OverrideFacts? Override = null
);

/// <summary>A decision of two people about one member and session. It settles what is missing or unclear and never a known fact that fails.</summary>
/// <param name="Points">Points at which it counts.</param>
/// <param name="Until">From this instant on it is over.</param>
public sealed record OverrideFacts(string Id, IReadOnlyList<string> Points, [property: JsonConverter(typeof(InstantJsonConverter))] DateTimeOffset Until);

/// <summary>Where the member lives.</summary>
/// <param name="Jurisdiction">Exact code, <c>FOREIGN</c> or <c>UNKNOWN</c>.</param>
/// <param name="Since">First day there; before it this residence counts as unknown. Null: since before the record.</param>
/// <param name="PostalCode">A hint, never proof.</param>
/// <param name="PostalState"><c>AA</c>, <c>AE</c> or <c>AP</c>: postal, no place.</param>
public sealed record ResidenceFacts(string Jurisdiction, DateOnly? Since = null, string? PostalCode = null, string? PostalState = null);

/// <summary>Where the member said to be.</summary>
/// <param name="Jurisdiction">Exact code, <c>FOREIGN</c> or <c>UNKNOWN</c>.</param>
/// <param name="AttestedAt">When the member said so.</param>
/// <param name="NetworkHint">Where the network places the member; set by the platform, never by a client.</param>
/// <param name="LastPresentAt">When the member was last known to be in the room of this session.</param>
public sealed record LocationFacts(
    string Jurisdiction,
    [property: JsonConverter(typeof(InstantJsonConverter))] DateTimeOffset AttestedAt,
    string? NetworkHint = null,
    [property: JsonConverter(typeof(InstantJsonConverter))] DateTimeOffset? LastPresentAt = null
);
