namespace GroupTherapy.Enrollment.Licensing;

/// <summary>
/// One member's answers for one session, from every place the member might join from. The receiver takes the row of the attested place and applies only
/// the age of the attestation: too old and not just present, it answers with <see cref="Stale"/>.
/// </summary>
/// <param name="Reasons">Distinct reasons; rows name them by their position.</param>
/// <param name="Places">One row for every jurisdiction of the rule set, <c>UNKNOWN</c> included: the answer to an unknown or missing place.</param>
/// <param name="Stale">The answer to an attestation that is too old.</param>
/// <param name="RejoinWithinGrace">Position of the reason added to the place's row when the rejoin grace spares a new attestation.</param>
/// <param name="CrisisNeverDisconnect">
/// Position of the reason added to a row that holds or denies when a crisis is open at <c>rejoin</c> or <c>recheck</c>; null where the policy says otherwise.
/// </param>
/// <param name="AttestationMinutes">An attestation older than this is too old.</param>
/// <param name="RejoinGraceMinutes">A member known to have been present within this need not attest again.</param>
public sealed record PermitAnswers(
    RuleSetReference RuleSet,
    string Engine,
    IReadOnlyList<PermitReason> Reasons,
    IReadOnlyList<PlaceAnswer> Places,
    PlaceAnswer Stale,
    int RejoinWithinGrace,
    int? CrisisNeverDisconnect,
    int AttestationMinutes,
    int RejoinGraceMinutes
);

/// <summary>A reason that several places share.</summary>
/// <param name="Jurisdiction">The jurisdiction that the reason is about; null for the place itself, or for none.</param>
/// <param name="Text">May hold <c>{place}</c>, to be replaced by <see cref="PlaceAnswer.Name"/>.</param>
/// <param name="AboutThePlace">True when the reason is about the place of the row, so that the full reason names it.</param>
public sealed record PermitReason(string Code, string? Jurisdiction, string Rule, string Text, string Citation, bool AboutThePlace);

/// <summary>The answer for one place.</summary>
/// <param name="Name">The place as members say it.</param>
/// <param name="Reasons">Positions in <see cref="PermitAnswers.Reasons"/>, in the stable order.</param>
/// <param name="Until">From this instant on the row must not be used; null when nothing known changes it. Birthdays count too.</param>
/// <param name="Observers">Ids of co-facilitators who are not authorised for the place and only watch while a member is there.</param>
public sealed record PlaceAnswer(
    string Jurisdiction,
    string Name,
    Outcome Outcome,
    IReadOnlyList<int> Reasons,
    IReadOnlyList<string> Conditions,
    IReadOnlyList<string> Alternatives,
    DateTimeOffset? Until,
    IReadOnlyList<string> Observers
);

/// <summary>Builds permits.</summary>
public static class PermitBuilder
{
    /// <summary>Decides at point <c>join</c>, or the join point the facts name, for every jurisdiction as the freshly attested place.</summary>
    /// <param name="factsWithoutLocation">The member's location is not read; another sign of place is the receiver's to compare.</param>
    /// <param name="at">The instant asked about; each row says until when it holds.</param>
    public static PermitAnswers ForEveryPlace(CompiledRuleSet rules, LicensingRequest factsWithoutLocation, DateTimeOffset at)
    {
        var point = Points.IsJoin(factsWithoutLocation.Point) ? factsWithoutLocation.Point : Points.Join;
        var facts = factsWithoutLocation with { Point = point, Member = factsWithoutLocation.Member with { Location = null } };
        var resolved = FactsResolver.Resolve(rules, facts, at.UtcTicks);
        var collected = new ReasonTable();
        if (!rules.ServiceClassByCode.TryGetValue(facts.Group.ServiceClass, out var number))
        {
            return OfUnknownService(rules, facts, at, collected);
        }

        var service = rules.ServiceClasses[number];
        var scratch = new Scratch();
        var places = new List<PlaceAnswer>(rules.Jurisdictions.Length);
        foreach (var place in rules.Jurisdictions)
        {
            places.Add(Row(rules, resolved.At(place.IsKnown ? place : null), service, place, at.UtcTicks, scratch, collected));
        }

        // Too old an attestation is a missing place, whichever it was; its reason is the same for all.
        var stale = Row(rules, resolved.At(null, Attestation.Stale), service, rules.Unknown, at.UtcTicks, scratch, collected);
        var rule = rules.LocationReference;
        var grace = collected.Position(
            new PermitReason(ReasonCodes.RejoinWithinGrace, null, rule.Rule, Sentences.RejoinWithinGrace, rule.Citation, AboutThePlace: true)
        );
        int? crisis = CrisisRules.Reason(resolved, service) is { } open ? collected.Position(Shared(open, null)) : null;
        var (age, away) = (rules.LocationRule.AttestationMinutes, rules.LocationRule.RejoinGraceMinutes);
        return new PermitAnswers(rules.Reference, LicensingEngine.Version, collected.Reasons, places, stale, grace, crisis, age, away);
    }

    // One group whose service the rules dropped must not keep others from their permits: it is denied everywhere, with the reason.
    private static PermitAnswers OfUnknownService(CompiledRuleSet rules, LicensingRequest facts, DateTimeOffset at, ReasonTable collected)
    {
        int[] reasons =
        [
            .. LicensingEngine
                .Decide(rules, facts, at)
                .Reasons.Select(r => collected.Position(new PermitReason(r.Code, r.Jurisdiction, r.Rule, r.Text, r.Citation, false))),
        ];
        PlaceAnswer Denied(CompiledJurisdiction place) =>
            new(place.Code, place.IsKnown ? place.Name : Finding.NoPlace, Outcome.Deny, reasons, [], [], null, []);

        var rule = rules.LocationReference;
        var grace = collected.Position(
            new PermitReason(ReasonCodes.RejoinWithinGrace, null, rule.Rule, Sentences.RejoinWithinGrace, rule.Citation, AboutThePlace: true)
        );
        int? crisis = CrisisRules.Reason(rules.PracticeByCode.GetValueOrDefault(facts.Practice), rule) is { } open
            ? collected.Position(Shared(open, null))
            : null;
        return new PermitAnswers(
            rules.Reference,
            LicensingEngine.Version,
            collected.Reasons,
            [.. rules.Jurisdictions.Select(Denied)],
            Denied(rules.Unknown),
            grace,
            crisis,
            rules.LocationRule.AttestationMinutes,
            rules.LocationRule.RejoinGraceMinutes
        );
    }

    /// <summary>A row's reasons written out for its place, as the decision of the same facts would give them.</summary>
    public static IReadOnlyList<Reason> ReasonsOf(PermitAnswers permit, PlaceAnswer row) =>
        [
            .. row
                .Reasons.Select(position => permit.Reasons[position])
                .Select(reason => new Reason(
                    reason.Code,
                    reason.AboutThePlace ? row.Jurisdiction : reason.Jurisdiction,
                    reason.Rule,
                    reason.Text.Replace(Finding.PlaceToken, row.Name, StringComparison.Ordinal),
                    reason.Citation
                )),
        ];

    private static PlaceAnswer Row(
        CompiledRuleSet rules,
        ResolvedFacts facts,
        CompiledServiceClass service,
        CompiledJurisdiction place,
        long at,
        Scratch scratch,
        ReasonTable collected
    )
    {
        var moving = facts.WithMovingAges();
        var answer = Evaluation.At(moving, service, at, scratch);
        var observers = LawRules.Observers(moving, service, at);
        var until = RecheckRules.NextChange(moving, service, answer, at, scratch);
        until = ObserversChange(moving, service, observers, at, until);
        int[] reasons = [.. answer.Findings.Select(finding => collected.Position(Shared(finding, facts.Attested)))];
        return new PlaceAnswer(
            place.Code,
            place.IsKnown ? place.Name : Finding.NoPlace,
            answer.Outcome,
            reasons,
            LicensingEngine.Names(answer.Conditions),
            LicensingEngine.Codes(rules, answer.Alternatives),
            LicensingEngine.Instant(until),
            observers
        );
    }

    // Who watches may change while the answer stays: two observers, one of whom may treat from midnight on.
    private static long? ObserversChange(ResolvedFacts facts, CompiledServiceClass service, IReadOnlyList<string> now, long at, long? until)
    {
        if (facts.Facilitators.Length < 2)
        {
            return until;
        }

        for (
            var later = RecheckRules.NextCandidate(facts, service, at);
            later < (until ?? long.MaxValue);
            later = RecheckRules.NextCandidate(facts, service, later)
        )
        {
            if (!LawRules.Observers(facts, service, later).SequenceEqual(now))
            {
                return later;
            }
        }

        return until;
    }

    private static PermitReason Shared(Finding finding, CompiledJurisdiction? place)
    {
        var aboutThePlace = finding.About is not null && finding.About == place;
        return new PermitReason(finding.Code, aboutThePlace ? null : finding.About?.Code, finding.Rule, finding.Sentence, finding.Citation, aboutThePlace);
    }

    private sealed class ReasonTable
    {
        private readonly Dictionary<PermitReason, int> _positions = [];

        public List<PermitReason> Reasons { get; } = [];

        public int Position(PermitReason reason)
        {
            if (!_positions.TryGetValue(reason, out var position))
            {
                _positions[reason] = position = Reasons.Count;
                Reasons.Add(reason);
            }

            return position;
        }
    }
}
