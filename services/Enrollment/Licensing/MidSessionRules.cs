namespace GroupTherapy.Enrollment.Licensing;

/// <summary>Whether a credential on which the route in use depended ended between the session's start and the instant of a recheck.</summary>
internal static class MidSessionRules
{
    private const long UsualSession = TimeSpan.TicksPerHour;

    /// <summary>True where the law was open at the start, and would not have been without what has ended since.</summary>
    public static bool Ended(ResolvedFacts facts, CompiledServiceClass service, CompiledJurisdiction place, long at)
    {
        if (Start(facts, at) is not { } start)
        {
            return false;
        }

        var some = false;
        var without = facts.Without(
            (_, credential) =>
            {
                var ended = start < credential.To && credential.To <= at && credential.IsInForce(start);
                some |= ended;
                return ended;
            }
        );
        return some && LawRules.IsOpen(facts, service, place, start) && !LawRules.IsOpen(without, service, place, start);
    }

    // The request names the end alone. The member attested the place before joining, and a group meets for an hour or more.
    private static long? Start(ResolvedFacts facts, long at)
    {
        var usual = facts.Until == long.MaxValue ? at : facts.Until - UsualSession;
        return facts.Request.Member.Location is { } location ? Math.Min(Math.Min(location.AttestedAt.UtcTicks, usual), at) : null;
    }
}
