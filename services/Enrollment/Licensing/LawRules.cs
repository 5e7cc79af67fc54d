namespace GroupTherapy.Enrollment.Licensing;

/// <summary>The second layer: whether the facilitators present may serve a member at this place and instant.</summary>
internal static class LawRules
{
    /// <summary>Finds every reason of the law and whether it is open.</summary>
    public static bool Apply(ResolvedFacts facts, CompiledServiceClass service, CompiledJurisdiction? place, long at, Scratch scratch)
    {
        var findings = scratch.Findings;
        if (place is null)
        {
            findings.Add(facts.Missing, NotAuthorised(null, service.Row, Sentences.NotAuthorisedNowhere));
            return false;
        }

        scratch.Routes.Clear();
        var standing = service.Policy.NeedsAuthority ? Team(facts, service, place, at, scratch) : WithoutAuthority(facts, service, place, at, scratch.Routes);
        if (standing == Standing.Open)
        {
            foreach (var reason in scratch.Routes.For)
            {
                findings.Add(Outcome.Allow, reason);
            }

            return true;
        }

        var outcome = standing == Standing.Closed ? Outcome.Deny : facts.Missing;
        foreach (var reason in scratch.Routes.Contra)
        {
            findings.Add(outcome, reason);
        }

        var sentence = outcome == Outcome.Hold ? Sentences.NotAuthorisedUndecided : Sentences.NotAuthorised;
        var row = place.Base[service.Index];
        findings.Add(outcome, NotAuthorised(place, row, service.Policy.NeedsAuthority && !HasLead(facts) ? Sentences.NoLead : sentence));
        if (facts.Point == Points.Substitution || (service.Policy.NeedsAuthority && scratch.Routes.SubstituteFails))
        {
            findings.Add(outcome, new Finding(ReasonCodes.SubstituteNotAuthorised, place, place, row.Rule, Sentences.SubstituteNotAuthorised, row.Citation));
        }

        var ended = facts.Reading == Reading.First ? scratch.Routes.Ended : facts.Point == Points.Recheck && MidSessionRules.Ended(facts, service, place, at);
        if (facts.Point == Points.Recheck && ended)
        {
            findings.Add(outcome, new Finding(ReasonCodes.RecheckExpiredMidSession, place, place, row.Rule, Sentences.ExpiredMidSession, row.Citation));
        }

        return false;
    }

    /// <summary>Whether the law is open, without reasons.</summary>
    public static bool IsOpen(ResolvedFacts facts, CompiledServiceClass service, CompiledJurisdiction place, long at)
    {
        if (!service.Policy.NeedsAuthority)
        {
            return WithoutAuthority(facts, service, place, at, null) == Standing.Open;
        }

        var quorum = QuorumOf(facts);
        var counted = 0;
        foreach (var facilitator in facts.Facilitators)
        {
            if (quorum == Quorum.LeadForAll && !facilitator.IsLead)
            {
                continue;
            }

            counted++;
            var open = RouteRules.Assess(facts, facilitator, place, service.Index, at, null) == Standing.Open;
            if (open != (quorum != Quorum.OnePresent))
            {
                return open;
            }
        }

        return counted > 0 && quorum != Quorum.OnePresent;
    }

    /// <summary>Ids of the facilitators who only watch while a member is at the attested place: not authorised there, in a team whose quorum lets them
    /// stay.</summary>
    public static IReadOnlyList<string> Observers(ResolvedFacts facts, CompiledServiceClass service, long at)
    {
        var quorum = QuorumOf(facts);
        if (facts.Attested is not { } place || !service.Policy.NeedsAuthority || quorum == Quorum.EveryPresent)
        {
            return [];
        }

        List<string>? observers = null;
        var someoneMay = quorum == Quorum.LeadForAll;
        for (var i = 0; i < facts.Facilitators.Length; i++)
        {
            var facilitator = facts.Facilitators[i];
            if (quorum == Quorum.LeadForAll && facilitator.IsLead)
            {
                continue;
            }

            if (RouteRules.Assess(facts, facilitator, place, service.Index, at, null) == Standing.Open)
            {
                someoneMay = true;
            }
            else
            {
                (observers ??= []).Add(facts.Request.Facilitators[i].Id);
            }
        }

        return observers is null || !someoneMay ? [] : observers;
    }

    private static Standing WithoutAuthority(ResolvedFacts facts, CompiledServiceClass service, CompiledJurisdiction place, long at, RouteFindings? findings)
    {
        var question = new RouteQuestion(facts, ResolvedFacilitator.Nobody, place.Unconditional[service.Index], place, at, findings);
        var standing = RouteRules.Choose(question, RouteKind.None, -1, out var route);
        if (standing == Standing.Open)
        {
            return RouteRules.Conclude(question, standing, false, false, route);
        }

        // Rows that contradict each other have said so themselves.
        var row = route?.Row ?? service.Row;
        if (findings is not null && !findings.Contra.Exists(reason => reason.Code == ReasonCodes.RuleConflict))
        {
            findings.Against(ReasonCodes.SkillsNeedsReview, place, place, row, Sentences.SkillsNeedReview);
        }

        return standing;
    }

    private static Standing Team(ResolvedFacts facts, CompiledServiceClass service, CompiledJurisdiction place, long at, Scratch scratch)
    {
        var quorum = QuorumOf(facts);
        Standing? team = null;
        var observers = false;
        var coMay = false;
        foreach (var facilitator in facts.Facilitators)
        {
            var counts = quorum != Quorum.LeadForAll || facilitator.IsLead;
            var before = scratch.Routes.Mark();
            var standing = RouteRules.Assess(facts, facilitator, place, service.Index, at, counts ? scratch.Routes : null);
            if (!counts)
            {
                observers |= standing != Standing.Open;
                coMay |= standing == Standing.Open;
                continue;
            }

            // Where one route is open, defects of the facilitator's other routes are no reasons.
            if (standing == Standing.Open)
            {
                scratch.Routes.ForgetContraSince(before);
            }

            scratch.Routes.SubstituteFails |= facilitator.IsSubstitute && standing != Standing.Open;

            team = (team, quorum) switch
            {
                (null, _) => standing,
                ({ } sofar, Quorum.OnePresent) => standing < sofar ? standing : sofar,
                ({ } sofar, _) => standing > sofar ? standing : sofar,
            };
            observers |= quorum == Quorum.OnePresent && standing != Standing.Open;
        }

        if (observers && (quorum == Quorum.LeadForAll || team == Standing.Open))
        {
            var row = facts.Practice?.Row ?? service.Row;
            var observer = new Finding(ReasonCodes.CoFacilitatorObserverOnly, place, place, row.Rule, Sentences.CoObserver, row.Citation);
            scratch.Findings.Add(Outcome.AllowWithConditions, observer);
            scratch.Findings.Require(Conditions.CoObserver);
        }

        // Who may serve the place does not count where the lead may not.
        if (facts.Reading >= Reading.Second && coMay && team is { } lead && lead != Standing.Open)
        {
            var row = facts.Practice?.Row ?? service.Row;
            scratch.Findings.Add(
                Outcome.Allow,
                new Finding(ReasonCodes.CoFacilitatorObserverOnly, place, place, row.Rule, Sentences.LeadNotAuthorised, row.Citation)
            );
        }

        // A group without a lead is a missing fact, not a refused one.
        return team ?? Standing.Undecided;
    }

    private static Quorum QuorumOf(ResolvedFacts facts) => facts.Practice is { Contradicted: false } practice ? practice.Policy.Quorum : Quorum.LeadForAll;

    private static bool HasLead(ResolvedFacts facts)
    {
        foreach (var facilitator in facts.Facilitators)
        {
            if (facilitator.IsLead)
            {
                return true;
            }
        }

        return QuorumOf(facts) != Quorum.LeadForAll && facts.Facilitators.Length > 0;
    }

    private static Finding NotAuthorised(CompiledJurisdiction? place, RowReference row, string sentence) =>
        new(ReasonCodes.LocationNotAuthorised, place, place, row.Rule, sentence, row.Citation);
}

/// <summary>Lists reused while several instants are tried for one answer.</summary>
internal sealed class Scratch
{
    public Findings Findings { get; private set; } = new();

    public RouteFindings Routes { get; } = new();

    /// <summary>Hands the findings out and starts new ones.</summary>
    public Findings Take()
    {
        var taken = Findings;
        Findings = new Findings();
        return taken;
    }

    /// <summary>Goes on with findings that were handed out.</summary>
    public void Resume(Findings findings) => Findings = findings;
}
