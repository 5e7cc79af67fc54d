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

        if (Reason(facts, service) is not { } reason)
        {
            return;
        }

        findings.SoftenTo(Outcome.AllowWithConditions);
        findings.Require(Conditions.NoTherapyContent | Conditions.Handover);
        findings.Add(Outcome.AllowWithConditions, reason);
    }

    /// <summary>The answer for a member in a crisis; null where a policy that is there and clear says otherwise. In doubt the member stays connected.</summary>
    public static Finding? Reason(ResolvedFacts facts, CompiledServiceClass service) => Reason(facts.Practice, service.Row);

    /// <param name="otherwise">The row to name where the practice has none.</param>
    public static Finding? Reason(CompiledPractice? practice, RowReference otherwise)
    {
        var row = practice?.Row ?? otherwise;
        return practice is { Contradicted: false, Policy.CrisisNeverDisconnects: false }
            ? null
            : new Finding(ReasonCodes.CrisisNeverDisconnect, null, null, row.Rule, Sentences.Crisis, row.Citation);
    }
}
