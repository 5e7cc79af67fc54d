namespace GroupTherapy.Enrollment.Licensing;

/// <summary>The first layer: where the practice offers the service, and to whom. "Offered" is tested on the place, residency on the residence.</summary>
internal static class PracticeRules
{
    public static void Apply(ResolvedFacts facts, CompiledServiceClass service, CompiledJurisdiction? place, long at, Findings findings)
    {
        if (facts.Practice is not { } practice)
        {
            Deny(service.Row, Sentences.NotOfferedAtAll("The practice"));
            return;
        }

        if (practice.Contradicted)
        {
            findings.Add(Outcome.Deny, new Finding(ReasonCodes.RuleConflict, place, place, practice.Row.Rule, Sentences.RuleConflict, practice.Row.Citation));
        }

        if (practice.Policy.Confidence == Confidence.Disputed || service.Policy.Confidence == Confidence.Disputed)
        {
            findings.Add(
                facts.Missing,
                new Finding(ReasonCodes.RuleDisputed, place, place, practice.Row.Rule, Sentences.PolicyDisputed, practice.Row.Citation)
            );
        }

        if (practice.Offers[service.Index] is not { } offer)
        {
            Deny(practice.Row, Sentences.NotOfferedAtAll(practice.Policy.Name));
            return;
        }

        if (place is not null && !offer.Covers(place))
        {
            Deny(practice.Row, Sentences.NotOffered(practice.Policy.Name, offer.Where));
        }

        if (offer.Offer.ResidencyRequired && PlaceRules.Residence(facts, at, findings) is { } residence && !offer.Covers(residence))
        {
            var sentence = Sentences.ResidencyRequired(practice.Policy.Name, offer.Where, residence.Name);
            findings.Add(Outcome.Deny, new Finding(ReasonCodes.ResidencyRequired, place, residence, practice.Row.Rule, sentence, practice.Row.Citation));
        }

        void Deny(RowReference row, string sentence) =>
            findings.Add(Outcome.Deny, new Finding(ReasonCodes.PolicyStateNotOffered, place, place, row.Rule, sentence, row.Citation));
    }
}
