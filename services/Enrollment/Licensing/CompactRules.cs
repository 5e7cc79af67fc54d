namespace GroupTherapy.Enrollment.Licensing;

/// <summary>Authority under an agreement between states: it takes the facilitator's home state and the member's place, each by its own row, and enacted is not operational.</summary>
internal static class CompactRules
{
    public static Standing Assess(ResolvedFacts facts, ResolvedFacilitator facilitator, in ResolvedCredential privilege, CompiledRoute[] routes, CompiledJurisdiction place, long at, RouteFindings? findings)
    {
        if (privilege.Compact < 0 || privilege.Home is not { } home || home == place)
        {
            return Standing.Closed;
        }

        // A privilege issued by the home state reaches every member state; one issued elsewhere is for its issuer alone.
        var compact = facts.Rules.Compacts[privilege.Compact];
        if (compact.Profession != facilitator.Profession || (privilege.Issuer != home && privilege.Issuer != place))
        {
            return Standing.Closed;
        }

        var rule = RouteRules.Choose(routes, RouteKind.Compact, privilege.Compact, place, at, findings, out var route);
        var homeSide = Membership(compact, privilege.Compact, home, place, at, findings);
        var placeSide = Membership(compact, privilege.Compact, place, place, at, findings);
        var disputed = compact.IsDisputed || rule == Standing.Undecided || homeSide == Standing.Undecided || placeSide == Standing.Undecided;
        if (compact.IsDisputed)
        {
            findings?.Against(ReasonCodes.RuleDisputed, place, place, compact.Row, Sentences.RouteDisputed);
        }

        var defect = homeSide == Standing.Closed | placeSide == Standing.Closed;
        defect |= findings is null ? !privilege.IsInForce(at) : CredentialRules.HasDefect(privilege, place, at, compact.Row, findings);
        defect |= Unmet(facts, facilitator, compact, route, home, place, at, findings, out var missing);
        return RouteRules.Conclude(disputed ? Standing.Undecided : rule, defect, missing, route, findings);
    }

    private static Standing Membership(CompiledCompact compact, int number, CompiledJurisdiction state, CompiledJurisdiction place, long at, RouteFindings? findings)
    {
        var (membership, row) = StateOf(compact, state.Memberships[number], at);
        if (findings is not null)
        {
            switch (membership)
            {
                case MembershipState.Disputed:
                    findings.Against(ReasonCodes.RuleDisputed, place, state, row, Sentences.CompactDisputed(compact.Name, Name(state, place)));
                    break;
                case MembershipState.EnactedOnly:
                    findings.Against(ReasonCodes.CompactNotOperational, place, state, row, Sentences.CompactNotOperational(compact.Name, Name(state, place)));
                    break;
                case MembershipState.NotMember:
                    findings.Against(ReasonCodes.CompactNotMember, place, state, row, Sentences.CompactNotMember(compact.Name, Name(state, place)));
                    break;
                case MembershipState.Contradicted:
                    findings.Against(ReasonCodes.RuleConflict, place, state, row, Sentences.CompactConflict(compact.Name, Name(state, place)));
                    break;
            }

            foreach (var member in state.Memberships[number])
            {
                findings.Ended |= at >= member.OperationalTo;
            }
        }

        return membership switch
        {
            MembershipState.Operational => Standing.Open,
            MembershipState.Disputed => Standing.Undecided,
            _ => Standing.Closed,
        };
    }

    // Without a row a state takes no part.
    private static (MembershipState State, RowReference Row) StateOf(CompiledCompact compact, CompiledMembership[] rows, long at)
    {
        if (rows.Length == 0)
        {
            return (MembershipState.NotMember, compact.Row);
        }

        var state = rows[0].At(at);
        for (var i = 1; i < rows.Length; i++)
        {
            if (rows[i].At(at) != state)
            {
                return (MembershipState.Contradicted, rows[0].Row);
            }
        }

        return (state, rows[0].Row);
    }

    private static bool Unmet(ResolvedFacts facts, ResolvedFacilitator facilitator, CompiledCompact compact, CompiledRoute? route, CompiledJurisdiction home, CompiledJurisdiction place, long at, RouteFindings? findings, out bool missing)
    {
        missing = false;
        var unmet = false;
        if ((compact.NeedsHomeState || route is { NeedsHomeState: true }) && facilitator.Location != home)
        {
            unmet = facilitator.Location is not null;
            missing = !unmet;
            findings?.Against(ReasonCodes.ProviderNotInHomeState, place, home, compact.Row, Sentences.NotInHomeState(compact.Name, home.Name));
        }

        if (facts.InPerson && (compact.TelehealthOnly || route is { TelehealthOnly: true }))
        {
            unmet = true;
            findings?.Against(ReasonCodes.RegistrationTelehealthOnly, place, place, compact.Row, Sentences.TelehealthOnly);
        }

        if ((compact.NeedsUnderlyingLicence || route is { NeedsUnderlyingLicence: true }) && CredentialRules.Underlying(facilitator, place, home, at, findings) is var underlying and not Standing.Open)
        {
            unmet |= underlying == Standing.Closed;
            missing |= underlying == Standing.Undecided;
            findings?.Against(ReasonCodes.UnderlyingLicence, place, home, compact.Row, Sentences.Underlying);
        }

        return unmet;
    }

    private static string Name(CompiledJurisdiction state, CompiledJurisdiction place) => state == place ? Finding.PlaceToken : state.Name;
}
