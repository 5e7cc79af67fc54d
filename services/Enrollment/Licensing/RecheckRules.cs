namespace GroupTherapy.Enrollment.Licensing;

/// <summary>
/// When the answer changes next. Candidates are all instants at which something known begins or ends; each is tried, so that the first one that differs
/// is exact.
/// </summary>
internal static class RecheckRules
{
    /// <summary>The first instant after <paramref name="at"/> at which the answer is no longer <paramref name="now"/>; null when nothing known changes
    /// it.</summary>
    public static long? NextChange(ResolvedFacts facts, CompiledServiceClass service, Answer now, long at, Scratch scratch)
    {
        for (var later = NextCandidate(facts, service, at); later < long.MaxValue; later = NextCandidate(facts, service, later))
        {
            if (!Evaluation.At(facts, service, later, scratch).Equals(now))
            {
                return later;
            }
        }

        return null;
    }

    /// <summary>The next instant after <paramref name="after"/> at which a known fact or rule begins or ends; <see cref="long.MaxValue"/> without
    /// one.</summary>
    public static long NextCandidate(ResolvedFacts facts, CompiledServiceClass service, long after)
    {
        var next = long.MaxValue;
        Consider(facts.ResidenceFrom, after, ref next);
        Consider(facts.SeatGraceUntil, after, ref next);
        Consider(facts.OverrideUntil, after, ref next);
        var place = facts.IsJoin ? facts.Attested : facts.Residence;
        if (facts.AgesAt is null)
        {
            Birthdays(facts, service, place ?? facts.Rules.Unknown, after, ref next);
        }

        if (place is null)
        {
            return next;
        }

        Bounds(place, after, ref next);
        foreach (var facilitator in facts.Facilitators)
        {
            foreach (ref readonly var credential in facilitator.Credentials.AsSpan())
            {
                // A licence of another jurisdiction matters only under a route that rests on it.
                if (credential.Issuer != place && !facilitator.ReachesElsewhere)
                {
                    continue;
                }

                Consider(credential.From, after, ref next);
                Consider(credential.To, after, ref next);
                if (facts.Reading >= Reading.Second && credential.Kind == CredentialKind.TemporaryPermit)
                {
                    Consider(DayBudgetRules.NextChange(facts, place, after), after, ref next);
                }

                if (credential.Home is { } home)
                {
                    Bounds(home, after, ref next);
                }
            }
        }

        return next;
    }

    private static void Birthdays(ResolvedFacts facts, CompiledServiceClass service, CompiledJurisdiction place, long after, ref long next)
    {
        if (facts.Request.Member.DateOfBirth is not { } born)
        {
            return;
        }

        Of(service, ref next);
        if (facts.Practice?.Offers[service.Index] is { } offer)
        {
            foreach (var instead in offer.Instead)
            {
                Of(facts.Rules.ServiceClasses[instead], ref next);
            }
        }

        void Of(CompiledServiceClass asked, ref long first)
        {
            var consent = place.Consents[asked.Index];
            Turning(facts.Request.Group.MinimumAge, ref first);
            Turning(asked.Policy.MinimumAge, ref first);
            Turning(consent.SelfConsentAge, ref first);
            Turning(consent.DisputedFromAge, ref first);
        }

        void Turning(int age, ref long first)
        {
            if (age is > 0 and <= 150)
            {
                Consider(place.Calendar.StartOf(ConsentRules.Birthday(born, age)), after, ref first);
            }
        }
    }

    private static void Bounds(CompiledJurisdiction place, long after, ref long next)
    {
        var bounds = place.Bounds;
        if (bounds.Length == 0 || bounds[^1] <= after)
        {
            return;
        }

        var at = Array.BinarySearch(bounds, after + 1);
        Consider(bounds[at >= 0 ? at : ~at], after, ref next);
    }

    private static void Consider(long instant, long after, ref long next)
    {
        if (instant > after && instant < next)
        {
            next = instant;
        }
    }
}
