namespace GroupTherapy.Enrollment.Licensing;

/// <summary>
/// Authority under an agreement between states: it takes the facilitator's home state and the member's place, each by its own row, and enacted is not
/// operational.
/// </summary>
internal static class CompactRules
{
    public static Standing Assess(in RouteQuestion question, in ResolvedCredential privilege)
    {
        var place = question.Place;
        if (privilege.Compact < 0 || privilege.Home is not { } home || home == place)
        {
            return Standing.Closed;
        }

        // A privilege issued by the home state reaches every member state; one issued elsewhere is for its issuer alone.
        var compact = question.Facts.Rules.Compacts[privilege.Compact];
        if (compact.Profession != question.Facilitator.Profession || (privilege.Issuer != home && privilege.Issuer != place))
        {
            return Standing.Closed;
        }

        var rule = RouteRules.Choose(question, RouteKind.Compact, privilege.Compact, out var route);
        var homeSide = Membership(question, compact, home.Memberships[privilege.Compact], home);
        var placeSide = Membership(question, compact, place.Memberships[privilege.Compact], place);
        var disputed = compact.IsDisputed || rule == Standing.Undecided || homeSide == Standing.Undecided || placeSide == Standing.Undecided;
        if (compact.IsDisputed)
        {
            question.Findings?.Against(ReasonCodes.RuleDisputed, place, place, compact.Row, Sentences.RouteDisputed);
        }

        // A row that closes the route, or rows that contradict each other, are known.
        var closed = question.Facts.Reading >= Reading.Second && rule == Standing.Closed && route is not null;
        var defect = closed | homeSide == Standing.Closed | placeSide == Standing.Closed;
        defect |= CredentialRules.HasDefect(question, privilege, compact.Row);
        defect |= Unmet(question, compact, route, home, out var missing);
        return RouteRules.Conclude(question, disputed ? Standing.Undecided : rule, defect, missing, route);
    }

    private static Standing Membership(in RouteQuestion question, CompiledCompact compact, CompiledMembership[] rows, CompiledJurisdiction state)
    {
        var (membership, row) = StateOf(question.Facts.Reading, compact, rows, question.At);
        if (question.Findings is { } findings)
        {
            Tell(findings, compact, membership, row, state, question.Place);
            foreach (var member in rows)
            {
                findings.Ended |= question.At >= member.OperationalTo;
            }
        }

        return membership switch
        {
            MembershipState.Operational => Standing.Open,
            MembershipState.Disputed or MembershipState.Unknown => Standing.Undecided,
            _ => Standing.Closed,
        };
    }

    private static void Tell(
        RouteFindings findings,
        CompiledCompact compact,
        MembershipState membership,
        RowReference row,
        CompiledJurisdiction state,
        CompiledJurisdiction place
    )
    {
        var name = state == place ? Finding.PlaceToken : state.Name;
        switch (membership)
        {
            case MembershipState.Disputed or MembershipState.Unknown:
                findings.Against(ReasonCodes.RuleDisputed, place, state, row, Sentences.CompactDisputed(compact.Name, name));
                break;
            case MembershipState.EnactedOnly:
                findings.Against(ReasonCodes.CompactNotOperational, place, state, row, Sentences.CompactNotOperational(compact.Name, name));
                break;
            case MembershipState.NotMember:
                findings.Against(ReasonCodes.CompactNotMember, place, state, row, Sentences.CompactNotMember(compact.Name, name));
                break;
            case MembershipState.Contradicted:
                findings.Against(ReasonCodes.RuleConflict, place, state, row, Sentences.CompactConflict(compact.Name, name));
                break;
        }
    }

    // Without a row nothing is known about a state.
    private static (MembershipState State, RowReference Row) StateOf(Reading reading, CompiledCompact compact, CompiledMembership[] rows, long at)
    {
        if (rows.Length == 0)
        {
            return (reading == Reading.First ? MembershipState.NotMember : MembershipState.Unknown, compact.Row);
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

    private static bool Unmet(in RouteQuestion question, CompiledCompact compact, CompiledRoute? route, CompiledJurisdiction home, out bool missing)
    {
        missing = false;
        var unmet = false;
        var (place, location, findings) = (question.Place, question.Facilitator.Location, question.Findings);
        if ((compact.NeedsHomeState || route is { NeedsHomeState: true }) && location != home)
        {
            unmet = location is not null;
            missing = !unmet;
            findings?.Against(ReasonCodes.ProviderNotInHomeState, place, home, compact.Row, Sentences.NotInHomeState(compact.Name, home.Name));
        }

        if (question.Facts.InPerson && (compact.TelehealthOnly || route is { TelehealthOnly: true }))
        {
            unmet = true;
            findings?.Against(ReasonCodes.RegistrationTelehealthOnly, place, place, compact.Row, Sentences.TelehealthOnly);
        }

        var needsLicence = compact.NeedsUnderlyingLicence || route is { NeedsUnderlyingLicence: true };
        if (needsLicence && CredentialRules.Underlying(question, home) is var underlying and not Standing.Open)
        {
            unmet |= underlying == Standing.Closed;
            missing |= underlying == Standing.Undecided;
            findings?.Against(ReasonCodes.UnderlyingLicence, place, home, compact.Row, Sentences.Underlying);
        }

        return unmet;
    }
}
