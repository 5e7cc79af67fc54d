namespace GroupTherapy.Enrollment.Licensing;

/// <summary>The changes between an enrolment and this question. These reasons explain an answer; none of them makes it stricter or milder.</summary>
internal static class HistoryRules
{
    public static void Apply(ResolvedFacts facts, CompiledServiceClass service, CompiledJurisdiction? place, long at, Findings findings)
    {
        var (group, member) = (facts.Request.Group, facts.Request.Member);
        if (group.ReclassifiedFrom is { } before && before != group.ServiceClass)
        {
            Inform(ReasonCodes.GroupReclassified, null, service.Row, Sentences.Reclassified);
        }

        if (findings.Outcome < Outcome.Hold)
        {
            return;
        }

        // Where no place is known, no rule was asked that could have changed.
        if (place is not null && member.EnrolledUnder is { } version && version != facts.Rules.Version)
        {
            Inform(ReasonCodes.RuleChangedSinceEnrolment, place, place.Base[service.Index], Sentences.RuleChanged);
        }

        var policy = facts.Practice?.Row ?? service.Row;
        if (at < facts.SeatGraceUntil)
        {
            Inform(ReasonCodes.SeatGrace, null, policy, Sentences.SeatGrace);
        }

        if (member.NextInLine && facts.Point == Points.WaitlistOffer)
        {
            Inform(ReasonCodes.PromotionSkippedIneligible, null, policy, Sentences.PromotionSkipped);
        }

        void Inform(string code, CompiledJurisdiction? about, RowReference row, string sentence) =>
            findings.Add(Outcome.Allow, new Finding(code, about, about, row.Rule, sentence, row.Citation));
    }
}
