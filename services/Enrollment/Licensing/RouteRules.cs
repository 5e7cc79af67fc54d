namespace GroupTherapy.Enrollment.Licensing;

/// <summary>
/// Whether a facilitator may practise at a place and an instant. Routes are alternatives: one open route is enough, so that a further credential never
/// makes an answer worse. A route counts as claimed when the facilitator has a credential of its kind.
/// </summary>
internal static class RouteRules
{
    /// <param name="findings">Collects reasons; null where only the standing is asked for.</param>
    public static Standing Assess(ResolvedFacts facts, ResolvedFacilitator facilitator, CompiledJurisdiction place, int serviceClass, long at, RouteFindings? findings)
    {
        // A facilitator nobody knows anything about is a missing fact.
        if (facilitator.Profession < 0)
        {
            return Standing.Undecided;
        }

        var routes = place.Routes[(serviceClass * facts.Rules.ProfessionByCode.Count) + facilitator.Profession];
        var best = Exempt(routes, place, at, findings);
        foreach (ref readonly var credential in facilitator.Credentials.AsSpan())
        {
            var standing = credential.Kind switch
            {
                CredentialKind.CompactPrivilege => CompactRules.Assess(facts, facilitator, credential, routes, place, at, findings),
                _ when credential.Issuer != place => Standing.Closed,
                CredentialKind.Licence => Licence(credential, routes, place, at, findings),
                CredentialKind.TelehealthRegistration => Registration(facts, facilitator, credential, routes, place, at, findings),
                _ => Temporary(facts, facilitator, credential, routes, place, at, findings),
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
    public static Standing Choose(CompiledRoute[] routes, RouteKind kind, int compact, CompiledJurisdiction place, long at, RouteFindings? findings, out CompiledRoute? chosen)
    {
        chosen = null;
        var contradicted = false;
        var disputed = false;
        foreach (var route in routes)
        {
            if (route.Kind != kind || route.Compact != compact)
            {
                continue;
            }

            if (!route.IsEffectiveAt(at))
            {
                if (findings is not null && at >= route.To)
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

    /// <summary>Closes over a route: what is disputed stays undecided whatever else speaks against it, else a known defect closes it.</summary>
    public static Standing Conclude(Standing rule, bool defect, bool missing, CompiledRoute? route, RouteFindings? findings)
    {
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

        if (findings is not null)
        {
            findings.For.Add(route.Open);
            findings.Cover = route.Row;
        }

        return Standing.Open;
    }

    // An exemption is claimed by nobody: it opens by itself, and one that is not settled speaks neither for nor against.
    private static Standing Exempt(CompiledRoute[] routes, CompiledJurisdiction place, long at, RouteFindings? findings)
    {
        foreach (var route in routes)
        {
            if (route.Kind is not (RouteKind.Exemption or RouteKind.None) || !route.IsEffectiveAt(at))
            {
                continue;
            }

            var rule = Choose(routes, route.Kind, -1, place, at, null, out var chosen);
            return rule == Standing.Open ? Conclude(rule, false, false, chosen, findings) : Standing.Closed;
        }

        return Standing.Closed;
    }

    private static Standing Licence(in ResolvedCredential licence, CompiledRoute[] routes, CompiledJurisdiction place, long at, RouteFindings? findings)
    {
        // Another profession's licence, or one for work under supervision, claims nothing here.
        if (licence.Type == TypeStanding.Other)
        {
            return Standing.Closed;
        }

        var rule = Choose(routes, RouteKind.Licence, -1, place, at, findings, out var route);
        var defect = Defect(licence, place, at, route, findings);
        return Conclude(rule, defect, licence.Type == TypeStanding.NotUnderstood, route, findings);
    }

    private static Standing Registration(ResolvedFacts facts, ResolvedFacilitator facilitator, in ResolvedCredential registration, CompiledRoute[] routes, CompiledJurisdiction place, long at, RouteFindings? findings)
    {
        var rule = Choose(routes, RouteKind.TelehealthRegistration, -1, place, at, findings, out var route);
        var defect = Defect(registration, place, at, route, findings);
        return Conclude(rule, defect | Unmet(facts, facilitator, route, place, at, findings, out var missing), missing, route, findings);
    }

    private static Standing Temporary(ResolvedFacts facts, ResolvedFacilitator facilitator, in ResolvedCredential permit, CompiledRoute[] routes, CompiledJurisdiction place, long at, RouteFindings? findings)
    {
        var rule = Choose(routes, RouteKind.Temporary, -1, place, at, findings, out var route);
        var defect = Defect(permit, place, at, route, findings) | Unmet(facts, facilitator, route, place, at, findings, out var missing);
        if (route?.DayBudget is { } budget)
        {
            if (permit.DaysUsed is null)
            {
                missing = true;
                findings?.Against(ReasonCodes.DayBudgetExhausted, place, place, route.Row, Sentences.BudgetUnknown);
            }
            else if (permit.DaysUsed >= budget)
            {
                defect = true;
                findings?.Against(ReasonCodes.DayBudgetExhausted, place, place, route.Row, Sentences.BudgetExhausted);
            }
        }

        return Conclude(rule, defect, missing, route, findings);
    }

    private static bool Unmet(ResolvedFacts facts, ResolvedFacilitator facilitator, CompiledRoute? route, CompiledJurisdiction place, long at, RouteFindings? findings, out bool missing)
    {
        missing = false;
        var unmet = false;
        if (route is null)
        {
            return unmet;
        }

        if (route.TelehealthOnly && facts.InPerson)
        {
            unmet = true;
            findings?.Against(ReasonCodes.RegistrationTelehealthOnly, place, place, route.Row, Sentences.TelehealthOnly);
        }

        if (route.NeedsUnderlyingLicence && CredentialRules.Underlying(facilitator, place, null, at, findings) is var underlying and not Standing.Open)
        {
            unmet |= underlying == Standing.Closed;
            missing = underlying == Standing.Undecided;
            findings?.Against(ReasonCodes.UnderlyingLicence, place, place, route.Row, Sentences.Underlying);
        }

        return unmet;
    }

    // Without a row there is no route the defect would speak against; the place's general answer stands for it.
    private static bool Defect(in ResolvedCredential credential, CompiledJurisdiction place, long at, CompiledRoute? route, RouteFindings? findings) =>
        findings is null || route is null ? !credential.IsInForce(at) : CredentialRules.HasDefect(credential, place, at, route.Row, findings);
}
