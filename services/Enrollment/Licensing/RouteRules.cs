namespace GroupTherapy.Enrollment.Licensing;

/// <summary>The question to the rules on routes: whether one facilitator may practise at one place and instant.</summary>
/// <param name="Routes">The rows for this place, service class and profession.</param>
/// <param name="Findings">Collects reasons; null where only the standing is asked for.</param>
internal readonly record struct RouteQuestion(
    ResolvedFacts Facts,
    ResolvedFacilitator Facilitator,
    CompiledRoute[] Routes,
    CompiledJurisdiction Place,
    long At,
    RouteFindings? Findings
);

/// <summary>
/// Routes are alternatives: one open route is enough, so that a further credential never makes an answer worse. A route counts as claimed when the
/// facilitator has a credential of its kind.
/// </summary>
internal static class RouteRules
{
    public static Standing Assess(
        ResolvedFacts facts,
        ResolvedFacilitator facilitator,
        CompiledJurisdiction place,
        int serviceClass,
        long at,
        RouteFindings? findings
    )
    {
        // A facilitator without any facts is a missing fact.
        if (facilitator.Profession < 0)
        {
            return Standing.Undecided;
        }

        var routes = place.Routes[(serviceClass * facts.Rules.ProfessionByCode.Count) + facilitator.Profession];
        var question = new RouteQuestion(facts, facilitator, routes, place, at, findings);
        var best = Exempt(question);
        foreach (ref readonly var credential in facilitator.Credentials.AsSpan())
        {
            var standing = credential.Kind switch
            {
                CredentialKind.CompactPrivilege => CompactRules.Assess(question, credential),
                _ when credential.Issuer != place => Standing.Closed,
                CredentialKind.Licence => Licence(question, credential),
                CredentialKind.TelehealthRegistration => Registration(question, credential),
                _ => Temporary(question, credential),
            };
            if (standing == Standing.Open && findings is null)
            {
                return Standing.Open;
            }

            best = standing < best ? standing : best;
        }

        return best;
    }

    /// <summary>The row in force for a route. Rows that contradict each other close it and say so.</summary>
    public static Standing Choose(in RouteQuestion question, RouteKind kind, int compact, out CompiledRoute? chosen)
    {
        chosen = null;
        var (findings, place) = (question.Findings, question.Place);
        var contradicted = false;
        var disputed = false;
        foreach (var route in question.Routes)
        {
            if (route.Kind != kind || route.Compact != compact)
            {
                continue;
            }

            if (!route.IsEffectiveAt(question.At))
            {
                if (findings is not null && question.At >= route.To)
                {
                    findings.Ended = true;
                }

                continue;
            }

            contradicted |= chosen is not null && chosen.Contradicts(route);
            disputed |= route.IsDisputed || route.Effect == RouteEffect.Hold;
            chosen ??= route;
        }

        if (chosen is null)
        {
            return Standing.Closed;
        }

        if (contradicted)
        {
            findings?.Against(ReasonCodes.RuleConflict, place, place, chosen.Row, Sentences.RuleConflict);
            return Standing.Closed;
        }

        if (disputed)
        {
            findings?.Against(ReasonCodes.RuleDisputed, place, place, chosen.Row, Sentences.RouteDisputed);
            return Standing.Undecided;
        }

        return chosen.Effect == RouteEffect.Allow ? Standing.Open : Standing.Closed;
    }

    /// <summary>Closes over a route: a disputed row stays undecided whatever other defects there are, else a known defect closes it.</summary>
    public static Standing Conclude(in RouteQuestion question, Standing rule, bool defect, bool missing, CompiledRoute? route)
    {
        // A known defect closes a route, whatever is disputed about it.
        if (defect && (question.Facts.Reading >= Reading.Second || question.Facts.IsLookedAt))
        {
            return Standing.Closed;
        }

        if (rule != Standing.Open)
        {
            return rule;
        }

        if (defect)
        {
            return Standing.Closed;
        }

        if (missing || route is null)
        {
            return missing ? Standing.Undecided : Standing.Closed;
        }

        if (question.Findings is { } findings)
        {
            findings.For.Add(route.Open);
            findings.Cover = route.Row;
        }

        return Standing.Open;
    }

    // An exemption needs no claim: it opens by itself, and one that is not settled speaks neither for nor against.
    private static Standing Exempt(in RouteQuestion question)
    {
        foreach (var route in question.Routes)
        {
            if (route.Kind is not (RouteKind.Exemption or RouteKind.None) || !route.IsEffectiveAt(question.At))
            {
                continue;
            }

            var rule = Choose(question with { Findings = null }, route.Kind, -1, out var chosen);
            return rule == Standing.Open ? Conclude(question, rule, false, false, chosen) : Standing.Closed;
        }

        return Standing.Closed;
    }

    private static Standing Licence(in RouteQuestion question, in ResolvedCredential licence)
    {
        // Another profession's licence, or one for work under supervision, claims nothing here.
        if (licence.Type == TypeStanding.Other)
        {
            return Standing.Closed;
        }

        var rule = Choose(question, RouteKind.Licence, -1, out var route);
        var defect = Defect(question, licence, route);
        return Conclude(question, rule, defect, licence.Type == TypeStanding.NotUnderstood, route);
    }

    private static Standing Registration(in RouteQuestion question, in ResolvedCredential registration)
    {
        var rule = Choose(question, RouteKind.TelehealthRegistration, -1, out var route);
        var defect = Defect(question, registration, route) | Unmet(question, route, out var missing);
        return Conclude(question, rule, defect, missing, route);
    }

    private static Standing Temporary(in RouteQuestion question, in ResolvedCredential permit)
    {
        var rule = Choose(question, RouteKind.Temporary, -1, out var route);
        var defect = Defect(question, permit, route) | Unmet(question, route, out var missing);
        if (route?.DayBudget is { } budget)
        {
            var (place, findings) = (question.Place, question.Findings);
            var used = DayBudgetRules.UsedAt(question.Facts, place, permit, question.At);
            if (used is null)
            {
                missing = true;
                findings?.Against(ReasonCodes.DayBudgetExhausted, place, place, route.Row, Sentences.BudgetUnknown);
            }
            else if (used >= budget)
            {
                defect = true;
                findings?.Against(ReasonCodes.DayBudgetExhausted, place, place, route.Row, Sentences.BudgetExhausted);
            }
        }

        // A rule that does not say what the permit rests on is not verified.
        if (question.Facts.Reading >= Reading.Second && rule == Standing.Open && route is { NeedsUnderlyingLicence: false, NeedsNoLicence: false })
        {
            missing = true;
            question.Findings?.Against(ReasonCodes.UnderlyingLicence, question.Place, question.Place, route.Row, Sentences.UnderlyingUnverified);
        }

        return Conclude(question, rule, defect, missing, route);
    }

    private static bool Unmet(in RouteQuestion question, CompiledRoute? route, out bool missing)
    {
        missing = false;
        var unmet = false;
        if (route is null)
        {
            return unmet;
        }

        var (place, findings) = (question.Place, question.Findings);
        if (route.TelehealthOnly && question.Facts.InPerson)
        {
            unmet = true;
            findings?.Against(ReasonCodes.RegistrationTelehealthOnly, place, place, route.Row, Sentences.TelehealthOnly);
        }

        if (route.NeedsUnderlyingLicence && CredentialRules.Underlying(question, null) is var underlying and not Standing.Open)
        {
            unmet |= underlying == Standing.Closed;
            missing = underlying == Standing.Undecided;
            findings?.Against(ReasonCodes.UnderlyingLicence, place, place, route.Row, Sentences.Underlying);
        }

        return unmet;
    }

    // Without a row there is no route the defect would speak against; the place's general answer stands for it.
    private static bool Defect(in RouteQuestion question, in ResolvedCredential credential, CompiledRoute? route) =>
        route is null ? !credential.IsInForce(question.At) : CredentialRules.HasDefect(question, credential, route.Row);
}
