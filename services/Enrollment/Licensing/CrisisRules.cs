namespace GroupTherapy.Enrollment.Licensing;

/// <summary>
/// A member in an open crisis who is in the room stays there: therapy content stops, a handover is recorded, the licensing reasons remain on the record.
/// </summary>
internal static class CrisisRules
{
    public static void Apply(ResolvedFacts facts, CompiledServiceClass service, Findings findings)
    {
        if (!facts.Request.Member.Crisis || facts.Point is not (Points.Recheck or Points.Rejoin) || findings.Outcome < Outcome.Hold)
        {
            return;
        }

        // Only a policy that is there and clear may say otherwise; in doubt nobody is cut off.
        if (facts.Practice is { Contradicted: false, Policy.CrisisNeverDisconnects: false })
        {
            return;
        }

        var row = facts.Practice?.Row ?? service.Row;
        findings.SoftenTo(Outcome.AllowWithConditions);
        findings.Require(Conditions.NoTherapyContent | Conditions.Handover);
        findings.Add(Outcome.AllowWithConditions, new Finding(ReasonCodes.CrisisNeverDisconnect, null, null, row.Rule, Sentences.Crisis, row.Citation));
    }
}
