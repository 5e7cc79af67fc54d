namespace GroupTherapy.Enrollment.Licensing;

/// <summary>Temporary permits count days by calendar years of the jurisdiction's capital. A series meets weekly and ends at <c>until</c>.</summary>
internal static class DayBudgetRules
{
    private const long Week = 7 * TimeSpan.TicksPerDay;

    /// <summary>Days used in the year of <paramref name="at"/>; null when not known. Reported days count in the year that was asked about.</summary>
    public static int? UsedAt(ResolvedFacts facts, CompiledJurisdiction place, in ResolvedCredential permit, long at) =>
        facts.Reading >= Reading.Second && at >= place.Calendar.NextYear(facts.AskedAt) ? 0 : permit.DaysUsed;

    /// <summary>Adds the condition where the series needs more days than are left and no other route covers it.</summary>
    public static void Apply(ResolvedFacts facts, CompiledServiceClass service, CompiledJurisdiction place, long at, Scratch scratch)
    {
        var shortest = long.MaxValue;
        CompiledRoute? row = null;
        var without = facts.Without(
            (facilitator, permit) =>
            {
                if (
                    permit.Kind != CredentialKind.TemporaryPermit
                    || permit.Issuer != place
                    || !permit.IsInForce(at)
                    || BudgetOf(facts, facilitator, service, place, at) is not { } route
                    || LastCovered(facts, place, permit, route.DayBudget!.Value, at) is not { } last
                )
                {
                    return false;
                }

                (shortest, row) = last < shortest ? (last, route) : (shortest, row);
                return true;
            }
        );
        if (row is null || LawRules.IsOpen(without, service, place, at))
        {
            return;
        }

        var day = facts.Until == long.MaxValue ? null : place.Calendar.DayOf(shortest - 1).ToString("yyyy-MM-dd", null);
        var sentence = Sentences.BudgetShort(row.DayBudget!.Value, day);
        scratch.Findings.Add(Outcome.AllowWithConditions, new Finding(ReasonCodes.DayBudgetExhausted, place, place, row.Row.Rule, sentence, row.Row.Citation));
        scratch.Findings.Require(Conditions.DayBudgetShort);
    }

    /// <summary>Instants at which what is left of a budget may change: the turn of the year, and each session that needs a day.</summary>
    public static long NextChange(ResolvedFacts facts, CompiledJurisdiction place, long after)
    {
        var year = place.Calendar.NextYear(facts.AskedAt);
        var next = year > after ? year : long.MaxValue;
        if (!facts.IsJoin && facts.Until != long.MaxValue && facts.Until > after)
        {
            next = Math.Min(next, facts.Until - ((facts.Until - after - 1) / Week * Week));
        }

        return next;
    }

    private static CompiledRoute? BudgetOf(
        ResolvedFacts facts,
        ResolvedFacilitator facilitator,
        CompiledServiceClass service,
        CompiledJurisdiction place,
        long at
    )
    {
        if (facilitator.Profession < 0)
        {
            return null;
        }

        foreach (var route in place.Routes[(service.Index * facts.Rules.ProfessionByCode.Count) + facilitator.Profession])
        {
            if (route is { Kind: RouteKind.Temporary, DayBudget: not null } && route.IsEffectiveAt(at))
            {
                return route;
            }
        }

        return null;
    }

    // The end of the last session that is covered; null when all are. Without an end, two years of weeks tell.
    private static long? LastCovered(ResolvedFacts facts, CompiledJurisdiction place, in ResolvedCredential permit, int budget, long at)
    {
        var (end, calendar) = (facts.Until == long.MaxValue ? at + (104 * Week) : facts.Until, place.Calendar);
        if (end <= at || UsedAt(facts, place, permit, at) is not { } used)
        {
            return null;
        }

        // A spent budget opens nothing that could fall short.
        var left = budget - used;
        if (left <= 0)
        {
            return null;
        }

        var year = calendar.NextYear(at);
        var last = at;
        for (var session = end - ((end - at - 1) / Week * Week); session <= end; session += Week)
        {
            if (session > year)
            {
                (left, year) = (budget, calendar.NextYear(year));
            }

            if (left-- <= 0)
            {
                return last;
            }

            last = session;
        }

        return null;
    }
}
