namespace GroupTherapy.Enrollment.Licensing;

/// <summary>Where the member counts as being: the residence at enrolment points, the attested place at join points. A hint never proves a place.</summary>
internal static class PlaceRules
{
    /// <summary>The value of an attestation. Its age counts at the moment of joining alone; a member who was just in the room need not attest again.</summary>
    public static Attestation Judge(LocationFacts? location, string point, LocationRuleRow rule, long at, Reading reading)
    {
        var entering = point is Points.Join or Points.Rejoin;
        var age = location is null ? 0 : at - location.AttestedAt.UtcTicks;
        if (age < 0 && (entering || reading >= Reading.Second))
        {
            return Attestation.NotYetMade;
        }

        if (location is null || !entering)
        {
            return Attestation.Counts;
        }

        if (age <= rule.AttestationMinutes * TimeSpan.TicksPerMinute)
        {
            return Attestation.Counts;
        }

        var away = location.LastPresentAt is { } present ? at - present.UtcTicks : -1;
        return point == Points.Rejoin && away >= 0 && away <= rule.RejoinGraceMinutes * TimeSpan.TicksPerMinute
            ? Attestation.WithinRejoinGrace
            : Attestation.Stale;
    }

    /// <summary>The place at this point and instant, null when it is not known; missing or contradictory facts about it become findings here.</summary>
    public static CompiledJurisdiction? Find(ResolvedFacts facts, long at, Findings findings)
    {
        var fromLater = facts.Reading >= Reading.Second && facts.Attestation == Attestation.NotYetMade;
        if (fromLater)
        {
            findings.Add(Outcome.Deny, About(facts, ReasonCodes.LocationUnknown, null, Sentences.AttestedLater));
        }
        else if (facts.Attested is not null && facts.Hint is not null && facts.Attested != facts.Hint)
        {
            findings.Add(Outcome.Hold, About(facts, ReasonCodes.LocationContradiction, facts.Attested, Sentences.Contradiction));
        }

        if (!facts.IsJoin)
        {
            return Residence(facts, at, findings);
        }

        if (fromLater)
        {
            return null;
        }

        if (facts.Attestation == Attestation.Stale)
        {
            // A permit's row for a stale attestation is asked without one, and says nothing about a place.
            if (facts.Reading >= Reading.Second && facts.Attested is null && facts.Request.Member.Location is not null)
            {
                findings.Add(facts.Missing, About(facts, ReasonCodes.LocationUnknown, null, Sentences.LocationUnknown));
            }

            findings.Add(facts.Missing, About(facts, ReasonCodes.AttestationStale, facts.Attested, Sentences.AttestationStale));
            return null;
        }

        if (facts.Attested is null || facts.Attestation == Attestation.NotYetMade)
        {
            findings.Add(facts.Missing, About(facts, ReasonCodes.LocationUnknown, null, Sentences.LocationUnknown));
            return null;
        }

        if (facts.Attestation == Attestation.WithinRejoinGrace)
        {
            findings.Add(Outcome.Allow, About(facts, ReasonCodes.RejoinWithinGrace, facts.Attested, Sentences.RejoinWithinGrace));
        }

        return facts.Attested;
    }

    /// <summary>The residence in force; null, with a finding, when there is none.</summary>
    public static CompiledJurisdiction? Residence(ResolvedFacts facts, long at, Findings findings)
    {
        if (facts.Residence is not null && facts.ResidenceFrom <= at)
        {
            return facts.Residence;
        }

        var stated = facts.Request.Member.Residence;
        var finding = stated switch
        {
            { PostalState: not null } => About(facts, ReasonCodes.PostalNotAPlace, null, Sentences.PostalNotAPlace),
            { PostalCode.Length: >= 5 } when facts.Residence is null && HintOf(facts.Rules, stated.PostalCode) is { } hint => new Finding(
                ReasonCodes.ZipAmbiguous,
                null,
                null,
                hint.Id,
                Sentences.ZipAmbiguous,
                RuleText.Citation(hint)
            ),
            _ => About(facts, ReasonCodes.ResidencyUnknown, null, facts.Residence is null ? Sentences.ResidencyUnknown : Sentences.ResidencyNotYet),
        };
        findings.Add(facts.Missing, finding);
        return null;
    }

    private static PostalHintRow? HintOf(CompiledRuleSet rules, string postalCode) =>
        rules.AmbiguousZips.GetValueOrDefault(postalCode.Length > 5 ? postalCode[..5] : postalCode);

    private static Finding About(ResolvedFacts facts, string code, CompiledJurisdiction? about, string sentence)
    {
        var rule = facts.Rules.LocationReference;
        return new Finding(code, about, about, rule.Rule, sentence, rule.Citation);
    }
}
