namespace GroupTherapy.Enrollment.Licensing;

/// <summary>Looks a request's names up in a rule set. Names that no row has become "not known", which never allows.</summary>
internal static class FactsResolver
{
    /// <exception cref="ArgumentException">The point or modality is none of the contract's: such a request was never validated.</exception>
    public static ResolvedFacts Resolve(CompiledRuleSet rules, LicensingRequest request, long at, Reading reading = Readings.Current)
    {
        var isJoin = Points.IsJoin(request.Point);
        if (!isJoin && !Points.All.Contains(request.Point))
        {
            throw new ArgumentException("The point is none of the contract's.", nameof(request));
        }

        if (request.Modality is not (Vocabulary.Video or Vocabulary.InPerson))
        {
            throw new ArgumentException("The modality is none of the contract's.", nameof(request));
        }

        // A date that cannot be computed with is a missing fact, which never allows.
        if (request.Member.DateOfBirth is { } born && !Bounds.Holds(born))
        {
            request = request with { Member = request.Member with { DateOfBirth = null } };
        }

        var residence =
            request.Member.Residence is { PostalState: null } home && (home.Since is not { } begins || Bounds.Holds(begins))
                ? Known(rules, home.Jurisdiction)
                : null;
        return new ResolvedFacts
        {
            Reading = reading,
            AskedAt = at,
            Rules = rules,
            Request = request,
            Point = request.Point,
            IsJoin = isJoin,
            InPerson = request.Modality == Vocabulary.InPerson,
            Missing = isJoin ? Outcome.Deny : Outcome.Hold,
            Practice = rules.PracticeByCode.GetValueOrDefault(request.Practice),
            Facilitators = Facilitators(rules, request.Facilitators, reading),
            Residence = residence,
            ResidenceFrom = residence is not null && request.Member.Residence!.Since is { } since ? residence.Calendar.StartOf(since) : long.MinValue,
            Attested = Known(rules, request.Member.Location?.Jurisdiction),
            Attestation = PlaceRules.Judge(request.Member.Location, request.Point, rules.LocationRule, at, reading),
            Hint = Known(rules, request.Member.Location?.NetworkHint),
            Until = request.Until?.UtcTicks ?? long.MaxValue,
            AgesAt = at,
            SeatGraceUntil = request.Member.SeatGraceUntil?.UtcTicks ?? long.MinValue,
            OverrideUntil = request.Member.Override is { } lifted && lifted.Points.Contains(request.Point) ? lifted.Until.UtcTicks : long.MinValue,
        };
    }

    private static CompiledJurisdiction? Known(CompiledRuleSet rules, string? code) =>
        code is not null && rules.JurisdictionByCode.TryGetValue(code, out var place) && place.IsKnown ? place : null;

    private static ResolvedFacilitator[] Facilitators(CompiledRuleSet rules, IReadOnlyList<FacilitatorFacts> all, Reading reading)
    {
        var resolved = new ResolvedFacilitator[all.Count];
        for (var i = 0; i < resolved.Length; i++)
        {
            resolved[i] = Facilitator(rules, all[i], reading);
        }

        return resolved;
    }

    private static ResolvedFacilitator Facilitator(CompiledRuleSet rules, FacilitatorFacts facts, Reading reading)
    {
        var credentials = new ResolvedCredential[facts.Credentials.Count];
        var readable = 0;
        var reachesElsewhere = false;
        var profession = rules.ProfessionByCode.GetValueOrDefault(facts.Profession, -1);
        for (var i = 0; i < credentials.Length; i++)
        {
            if (Credential(rules, profession, facts.Credentials[i], reading) is not { } credential)
            {
                continue;
            }

            credentials[readable++] = credential;
            reachesElsewhere |= credential.Kind != CredentialKind.Licence;
        }

        return new ResolvedFacilitator
        {
            IsLead = facts.Role == Vocabulary.Lead,
            Profession = profession,
            Location = Known(rules, facts.Location),
            Credentials = readable == credentials.Length ? credentials : credentials[..readable],
            ReachesElsewhere = reachesElsewhere,
            IsSubstitute = facts.Substitute,
        };
    }

    private static ResolvedCredential? Credential(CompiledRuleSet rules, int profession, CredentialFacts facts, Reading reading)
    {
        CredentialKind? kind = facts.Kind switch
        {
            Vocabulary.Licence => CredentialKind.Licence,
            Vocabulary.TelehealthRegistration => CredentialKind.TelehealthRegistration,
            Vocabulary.CompactPrivilege => CredentialKind.CompactPrivilege,
            Vocabulary.TemporaryPermit => CredentialKind.TemporaryPermit,
            _ => null,
        };
        if (kind is null || !rules.JurisdictionByCode.TryGetValue(facts.Jurisdiction, out var issuer))
        {
            return null;
        }

        return new ResolvedCredential
        {
            Kind = kind.Value,
            Issuer = issuer,
            IsActive = facts.Status == Vocabulary.Active,
            IsEncumbered = facts.Encumbered,
            From = issuer.Calendar.StartOf(facts.ValidFrom),
            To = issuer.Calendar.EndOf(facts.ValidTo),
            Type = kind == CredentialKind.Licence ? issuer.StandingOf(facts.Type, profession, reading) : TypeStanding.Independent,
            Compact = facts.Compact is null ? -1 : rules.CompactByCode.GetValueOrDefault(facts.Compact, -1),
            Home = Known(rules, facts.HomeState),
            DaysUsed = facts.DaysUsed,
        };
    }
}
