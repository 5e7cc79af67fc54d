namespace GroupTherapy.Enrollment.Licensing;

/// <summary>
/// The sentences that members read. Each says what is the case and, where they can act, what to do. <c>{place}</c> is the name of the place asked about.
/// No sentence names a date or a credential, so that a renewal is not a new answer.
/// </summary>
internal static class Sentences
{
    public const string RouteLicence = "Your facilitator is licensed to work with people who are in {place}.";
    public const string RouteTelehealthRegistration = "Your facilitator is registered to offer telehealth to people who are in {place}.";
    public const string RouteTemporary = "Your facilitator holds a temporary permit to work with people who are in {place}.";
    public const string RouteExempt = "No licence is needed for this service in {place}.";
    public const string RouteNotNeeded = "This group teaches skills, for which no licence is needed in {place}.";
    public const string ResidencyUnknown = "We do not know yet where you live. Please add your home address or ask us for help.";
    public const string ResidencyNotYet = "The home address we have for you counts from a later day. Please tell us where you live now, or ask us for help.";
    public const string LocationUnknown = "We do not know where you are right now. Please tell us which state you are in, or ask us for help.";
    public const string NotAuthorised = "No facilitator of this group may offer this service to people who are in {place} at this time.";
    public const string NotAuthorisedNowhere = "Until we know where you are, we cannot tell whether the facilitator may work with you there.";
    public const string NotAuthorisedUndecided =
        "We cannot yet say whether the facilitator may offer this service to people who are in {place}. A person will look at it.";
    public const string NoLead = "This group has no lead facilitator at this time, so nobody may offer it to people who are in {place}.";
    public const string Contradiction = "You told us one place, and another sign points to a different one. A person will clear this up with you.";
    public const string EndsBeforeSeries =
        "Your facilitator's authority for {place} ends before this series does. We will tell you in good time how it " + "goes on.";
    public const string Underlying = "The facilitator's permission for {place} rests on a licence elsewhere that is not in force.";
    public const string UnderlyingUnverified =
        "It is not verified which licence elsewhere the facilitator's permission for {place} rests on. A person will look at it.";
    public const string LeadNotAuthorised =
        "A co-facilitator may work with people who are in {place} and the lead may not, so the co-facilitator can only observe.";
    public const string AttestedLater = "The place you told us is of a later time than this. Please tell us where you are now, or ask us for help.";
    public const string TelehealthOnly = "The facilitator's permission for {place} covers video sessions only, not meeting in person.";
    public const string BudgetExhausted = "The days of this year on which the facilitator may work with people in {place} are used up.";
    public const string BudgetUnknown = "We do not know how many of this year's days in {place} the facilitator has used. A person will look at it.";
    public const string AgeUnknown = "We do not know your date of birth yet. Please add it or ask us for help.";
    public const string GuardianConsent = "At your age a parent or guardian needs to consent first. We are glad to help with that.";
    public const string ConsentDisputed = "It is not settled from which age people may consent to this service alone in {place}. A person will look at it.";
    public const string PostalNotAPlace =
        "Your mailing address is a military or diplomatic one, which does not tell where you are. Please tell us which state you are in, or ask us for help.";
    public const string ZipAmbiguous = "Your ZIP code belongs to more than one state. Please tell us which one you live in.";
    public const string RouteDisputed = "It is not settled whether the facilitator's permission counts in {place}. A person will look at it.";
    public const string PolicyDisputed = "It is not settled whether this service is offered here. A person will look at it.";
    public const string RuleConflict = "Our rules for {place} contradict each other. Until a person has corrected them, we cannot go on.";
    public const string SubstituteNotAuthorised = "The facilitator who would stand in may not offer this service to people who are in {place}.";
    public const string CoObserver = "One of the facilitators is not licensed for {place} and will only observe while you are there.";
    public const string AttestationStale = "It is a while since you told us where you are. Please tell us again.";
    public const string RejoinWithinGrace = "You were in this session a moment ago, so you need not tell us again where you are.";
    public const string ExpiredMidSession =
        "The facilitator's permission for {place} ended during this session. We will close your part of it calmly and tell you what comes next.";
    public const string RuleChanged = "Our rules have changed since you enrolled. The ones in force now are what counts.";
    public const string Reclassified =
        "This group has become another kind of service since you enrolled, so it was checked again whether it may be offered " + "to you.";
    public const string SeatGrace = "You keep your seat for now, although you cannot join at the moment. We will tell you in good time how it goes on.";
    public const string PromotionSkipped = "A seat came free and could not be offered to you at this time. You keep your place in the line.";
    public const string SkillsNeedReview = "We have not checked yet whether skills groups may be offered to people who are in {place}.";
    public const string Crisis =
        "You stay connected: while you are in crisis nobody is disconnected for licensing. We will help you to reach support near " + "you.";

    /// <param name="lastCovered">The day of the last session that is covered; null for a series without an end.</param>
    public static string BudgetShort(int budget, string? lastCovered) =>
        $"The facilitator may work with people in {{place}} on {budget} days a year, and this series needs more. "
        + (lastCovered is null ? "We will tell you in good time which session is the last one." : $"The last session this covers is on {lastCovered}.");

    public static string RouteCompact(string compact) =>
        $"Your facilitator may work with people who are in {{place}} under an agreement between states ({compact}).";

    public static string NotOfferedAtAll(string practice) => $"{practice} does not offer this kind of service.";

    public static string NotOffered(string practice, string where) =>
        $"{practice} does not offer this kind of service to people who are in {{place}}. It is offered in {where}.";

    public static string ResidencyRequired(string practice, string where, string residence) =>
        $"{practice} offers this kind of service to residents of {where}. As far as we know, you live in {residence}.";

    public static string Credential(CredentialKind kind, string issuer, string state) =>
        kind switch
        {
            CredentialKind.TelehealthRegistration => $"The facilitator's telehealth registration for {issuer} {state}.",
            CredentialKind.CompactPrivilege => $"The facilitator's permission under an agreement between states {state}.",
            CredentialKind.TemporaryPermit => $"The facilitator's temporary permit for {issuer} {state}.",
            _ => $"The facilitator's licence for {issuer} {state}.",
        };

    public static string CompactDisputed(string compact, string state) =>
        $"It is not settled whether {state} takes part in the agreement between states that the facilitator relies on ({compact}). A person will look at it.";

    public static string CompactNotOperational(string compact, string state) =>
        $"{state} has joined the agreement between states that the facilitator relies on ({compact}), but it is not in operation there.";

    public static string CompactNotMember(string compact, string state) =>
        $"{state} does not take part in the agreement between states that the facilitator relies on ({compact}).";

    public static string CompactConflict(string compact, string state) =>
        $"Our rules on {state} and the agreement between states ({compact}) contradict each other. Until a person has corrected them, we cannot go on.";

    public static string NotInHomeState(string compact, string home) =>
        $"Under the agreement between states ({compact}) the facilitator must be in {home} during the session.";

    public static string AgeBelow(int minimum) => $"This group is for people aged {minimum} and over.";
}
