namespace GroupTherapy.Enrollment.Licensing;

/// <summary>Whether the authority in use lasts as long as the series a member enrols in.</summary>
internal static class SeriesRules
{
    public static void Apply(ResolvedFacts facts, CompiledServiceClass service, CompiledJurisdiction place, long at, Scratch scratch)
    {
        for (var later = RecheckRules.NextCandidate(facts, service, at); later < facts.Until; later = RecheckRules.NextCandidate(facts, service, later))
        {
            if (LawRules.IsOpen(facts, service, place, later))
            {
                continue;
            }

            var row = scratch.Routes.Cover ?? place.Base[service.Index];
            scratch.Findings.Add(
                Outcome.AllowWithConditions,
                new Finding(ReasonCodes.LicenceEndsBeforeSeries, place, place, row.Rule, Sentences.EndsBeforeSeries, row.Citation)
            );
            scratch.Findings.Require(Conditions.EndsBeforeSeries);
            return;
        }
    }
}
