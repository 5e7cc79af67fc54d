using System.Collections.Frozen;

namespace GroupTherapy.Enrollment.Licensing;

/// <summary>Every reason code, in the order in which reasons stand in an answer. Codes are never renamed or reused; new ones are added where they
/// belong.</summary>
public static class ReasonCodes
{
    public const string RouteLicence = "ROUTE_LICENCE";
    public const string RouteTelehealthRegistration = "ROUTE_TELEHEALTH_REGISTRATION";
    public const string RouteCompact = "ROUTE_COMPACT";
    public const string RouteTemporary = "ROUTE_TEMPORARY";
    public const string RouteNotNeeded = "ROUTE_NOT_NEEDED";
    public const string PolicyStateNotOffered = "POLICY_STATE_NOT_OFFERED";
    public const string ResidencyRequired = "RESIDENCY_REQUIRED";
    public const string ResidencyUnknown = "RESIDENCY_UNKNOWN";
    public const string LocationUnknown = "LOCATION_UNKNOWN";
    public const string LocationNotAuthorised = "LOCATION_NOT_AUTHORISED";
    public const string LocationContradiction = "LOCATION_CONTRADICTION";
    public const string LicenceExpired = "LICENCE_EXPIRED";
    public const string LicenceNotYetValid = "LICENCE_NOT_YET_VALID";
    public const string LicenceInactive = "LICENCE_INACTIVE";
    public const string LicenceEncumbered = "LICENCE_ENCUMBERED";
    public const string LicenceEndsBeforeSeries = "LICENCE_ENDS_BEFORE_SERIES";
    public const string UnderlyingLicence = "UNDERLYING_LICENCE";
    public const string RegistrationTelehealthOnly = "REGISTRATION_TELEHEALTH_ONLY";
    public const string CompactNotMember = "COMPACT_NOT_MEMBER";
    public const string CompactNotOperational = "COMPACT_NOT_OPERATIONAL";
    public const string ProviderNotInHomeState = "PROVIDER_NOT_IN_HOME_STATE";
    public const string DayBudgetExhausted = "DAY_BUDGET_EXHAUSTED";
    public const string AgeBelowGroupMin = "AGE_BELOW_GROUP_MIN";
    public const string GuardianConsentMissing = "GUARDIAN_CONSENT_MISSING";
    public const string PostalNotAPlace = "POSTAL_NOT_A_PLACE";
    public const string ZipAmbiguous = "ZIP_AMBIGUOUS";
    public const string RuleDisputed = "RULE_DISPUTED";
    public const string RuleConflict = "RULE_CONFLICT";

    /// <summary>Stands beside a refusal when the enrolment was decided under another rule set.</summary>
    public const string RuleChangedSinceEnrolment = "RULE_CHANGED_SINCE_ENROLMENT";

    /// <summary>Informs: the group is of another service class than the one this member enrolled in.</summary>
    public const string GroupReclassified = "GROUP_RECLASSIFIED";
    public const string SubstituteNotAuthorised = "SUBSTITUTE_NOT_AUTHORISED";
    public const string CoFacilitatorObserverOnly = "CO_FACILITATOR_OBSERVER_ONLY";
    public const string AttestationStale = "ATTESTATION_STALE";
    public const string RejoinWithinGrace = "REJOIN_WITHIN_GRACE";
    public const string RecheckExpiredMidSession = "RECHECK_EXPIRED_MID_SESSION";

    /// <summary>Informs: the seat is kept for a while although the member may not join.</summary>
    public const string SeatGrace = "SEAT_GRACE";

    /// <summary>Stands beside the answer that passes over the head of a line at the moment of the offer.</summary>
    public const string PromotionSkippedIneligible = "PROMOTION_SKIPPED_INELIGIBLE";
    public const string SkillsNeedsReview = "SKILLS_NEEDS_REVIEW";
    public const string CrisisNeverDisconnect = "CRISIS_NEVER_DISCONNECT";

    /// <summary>Told by Room when it answers from an earlier decision because licensing cannot be reached; no evaluation gives it.</summary>
    public const string DegradedLastDecision = "DEGRADED_LAST_DECISION";

    /// <summary>All codes in their stable order.</summary>
    public static IReadOnlyList<string> InOrder { get; } =
    [
        RouteLicence,
        RouteTelehealthRegistration,
        RouteCompact,
        RouteTemporary,
        RouteNotNeeded,
        PolicyStateNotOffered,
        ResidencyRequired,
        ResidencyUnknown,
        LocationUnknown,
        LocationNotAuthorised,
        LocationContradiction,
        LicenceExpired,
        LicenceNotYetValid,
        LicenceInactive,
        LicenceEncumbered,
        LicenceEndsBeforeSeries,
        UnderlyingLicence,
        RegistrationTelehealthOnly,
        CompactNotMember,
        CompactNotOperational,
        ProviderNotInHomeState,
        DayBudgetExhausted,
        AgeBelowGroupMin,
        GuardianConsentMissing,
        PostalNotAPlace,
        ZipAmbiguous,
        RuleDisputed,
        RuleConflict,
        RuleChangedSinceEnrolment,
        GroupReclassified,
        SubstituteNotAuthorised,
        CoFacilitatorObserverOnly,
        AttestationStale,
        RejoinWithinGrace,
        RecheckExpiredMidSession,
        SeatGrace,
        PromotionSkippedIneligible,
        SkillsNeedsReview,
        CrisisNeverDisconnect,
        DegradedLastDecision,
    ];

    private static readonly FrozenDictionary<string, int> Positions = InOrder
        .Select((code, position) => (code, position))
        .ToFrozenDictionary(pair => pair.code, pair => pair.position, StringComparer.Ordinal);

    /// <summary>The place of <paramref name="code"/> in the stable order; codes that are not listed stand last.</summary>
    public static int Position(string code) => Positions.GetValueOrDefault(code, int.MaxValue);
}

/// <summary>Names of the conditions that an <see cref="Outcome.AllowWithConditions"/> may carry, in their stable order.</summary>
public static class ConditionNames
{
    /// <summary>A co-facilitator who is not authorised for the member's place watches and does not treat.</summary>
    public const string CoObserver = "co_observer";

    /// <summary>The authority in use ends before the series does.</summary>
    public const string EndsBeforeSeries = "ends_before_series";

    /// <summary>A temporary permit has fewer days left this year than the series has sessions.</summary>
    public const string DayBudgetShort = "day_budget_short";

    /// <summary>The room stays for safety, therapy stops.</summary>
    public const string NoTherapyContent = "no_therapy_content";

    /// <summary>A handover to local help is recorded.</summary>
    public const string Handover = "handover";

    /// <summary>Two operators decided what was missing or unclear; the reasons stay in the list.</summary>
    public const string Override = "override";
}
