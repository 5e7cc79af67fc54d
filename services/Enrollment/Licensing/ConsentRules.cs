namespace GroupTherapy.Enrollment.Licensing;

/// <summary>Ages, counted by the calendar of the member's place from the birthday on. A guardian's consent replaces the member's own, never a minimum
/// age.</summary>
internal static class ConsentRules
{
    public static void Apply(ResolvedFacts facts, CompiledServiceClass service, CompiledJurisdiction? place, long at, Findings findings)
    {
        // No calendar is known for an unknown place: the rule set's row for it names the most cautious one.
        var calendarPlace = place ?? facts.Rules.Unknown;
        var minimum = Math.Max(facts.Request.Group.MinimumAge, service.Policy.MinimumAge);
        var consent = calendarPlace.Consents[service.Index];
        if (facts.Request.Member.DateOfBirth is not { } born)
        {
            findings.Add(facts.Missing, Age(Sentences.AgeUnknown));
            return;
        }

        var agesAt = facts.AgesAt ?? at;
        if (!HasReached(minimum))
        {
            findings.Add(Outcome.Deny, Age(Sentences.AgeBelow(minimum)));
        }

        if (facts.Request.Member.GuardianConsent || HasReached(consent.SelfConsentAge))
        {
            return;
        }

        findings.Add(facts.Missing, Consent(ReasonCodes.GuardianConsentMissing, Sentences.GuardianConsent));
        if (consent.Contradicted)
        {
            findings.Add(Outcome.Deny, Consent(ReasonCodes.RuleConflict, Sentences.RuleConflict));
        }
        else if (HasReached(consent.DisputedFromAge))
        {
            findings.Add(facts.Missing, Consent(ReasonCodes.RuleDisputed, Sentences.ConsentDisputed));
        }

        bool HasReached(int age) => age <= 0 || (age <= 150 && agesAt >= calendarPlace.Calendar.StartOf(Birthday(born, age)));

        Finding Age(string sentence) => new(ReasonCodes.AgeBelowGroupMin, place, place, service.Row.Rule, sentence, service.Row.Citation);

        Finding Consent(string code, string sentence) => new(code, place, place, consent.Row.Rule, sentence, consent.Row.Citation);
    }

    /// <summary>The day on which a person turns <paramref name="age"/>. A person born on 29 February turns a year older on 1 March where there is
    /// none.</summary>
    public static DateOnly Birthday(DateOnly born, int age)
    {
        var year = born.Year + age;
        return born is { Month: 2, Day: 29 } && !DateTime.IsLeapYear(year) ? new DateOnly(year, 3, 1) : new DateOnly(year, born.Month, born.Day);
    }
}
