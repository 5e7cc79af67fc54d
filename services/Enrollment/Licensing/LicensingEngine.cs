using System.Text;
using System.Text.Json;
using GroupTherapy.Platform.Json;

namespace GroupTherapy.Enrollment.Licensing;

/// <summary>
/// The licensing decision: a pure function of rule set, facts and instant. It asks no clock, no database and no chance, so the same inputs give the same
/// bytes years later.
/// </summary>
public static class LicensingEngine
{
    /// <summary>Names this reading of the rules. It changes whenever some answer does; earlier readings then stay available for replay.</summary>
    public const string Version = "licensing-2";

    /// <summary>Answers one evaluation.</summary>
    /// <param name="facts">Its own <see cref="LicensingRequest.At"/> and <see cref="LicensingRequest.RuleSet"/> are not read.</param>
    /// <param name="at">The instant asked about.</param>
    /// <exception cref="ArgumentException">Point or modality are none of the contract's; validate with <see cref="LicensingRequestValidation"/>
    /// first.</exception>
    public static Decision Decide(CompiledRuleSet rules, LicensingRequest facts, DateTimeOffset at) => Decide(rules, facts, at, Readings.Current);

    private static Decision Decide(CompiledRuleSet rules, LicensingRequest facts, DateTimeOffset at, Reading reading)
    {
        var resolved = FactsResolver.Resolve(rules, facts, at.UtcTicks, reading);
        if (!rules.ServiceClassByCode.TryGetValue(facts.Group.ServiceClass, out var number))
        {
            return OfUnknownService(rules, facts, Readings.Name(reading));
        }

        var scratch = new Scratch();
        var service = rules.ServiceClasses[number];
        var answer = Evaluation.At(resolved, service, at.UtcTicks, scratch);
        return Write(rules, answer, RecheckRules.NextChange(resolved, service, answer, at.UtcTicks, scratch), reading);
    }

    /// <summary>
    /// The first instant after <paramref name="at"/> at which the answer is another one, birthdays included, for a caller that keeps an answer without asking
    /// again. <see cref="Decision.NextRecheckAt"/> counts credentials and rules alone.
    /// </summary>
    public static DateTimeOffset? ValidUntil(CompiledRuleSet rules, LicensingRequest facts, DateTimeOffset at)
    {
        if (!rules.ServiceClassByCode.TryGetValue(facts.Group.ServiceClass, out var number))
        {
            return null;
        }

        var scratch = new Scratch();
        var service = rules.ServiceClasses[number];
        var resolved = FactsResolver.Resolve(rules, facts, at.UtcTicks).WithMovingAges();
        return Instant(RecheckRules.NextChange(resolved, service, Evaluation.At(resolved, service, at.UtcTicks, scratch), at.UtcTicks, scratch));
    }

    /// <summary>
    /// The canonical bytes of a decision's inputs. Stored beside the answer, they are all that a replay needs besides the rule set's document.
    /// </summary>
    public static byte[] Inputs(CompiledRuleSet rules, LicensingRequest facts, DateTimeOffset at) =>
        Canonical(new DecisionInputs(Version, rules.Reference, at, facts with { At = at, RuleSet = rules.Version }));

    /// <summary>The canonical bytes of an answer.</summary>
    public static byte[] Answer(Decision decision) => Canonical(decision);

    /// <summary>Decides again from stored inputs. The caller compares the bytes with the stored answer.</summary>
    /// <param name="storedInputs">The result of <see cref="Inputs"/>.</param>
    /// <param name="ruleSetDocument">The JSON document of the rule set that was asked, in any order of fields.</param>
    /// <exception cref="ReplayException">The inputs cannot be read, name another rule set, or another reading of the rules than this build has.</exception>
    public static byte[] Replay(ReadOnlySpan<byte> storedInputs, ReadOnlySpan<byte> ruleSetDocument)
    {
        try
        {
            return Replay(storedInputs, CompiledRuleSet.Parse(ruleSetDocument));
        }
        catch (RuleSetException unsound)
        {
            throw new ReplayException("The rule set cannot be read.", unsound);
        }
    }

    /// <inheritdoc cref="Replay(ReadOnlySpan{byte}, ReadOnlySpan{byte})"/>
    public static byte[] Replay(ReadOnlySpan<byte> storedInputs, CompiledRuleSet rules)
    {
        DecisionInputs inputs;
        try
        {
            inputs =
                JsonSerializer.Deserialize<DecisionInputs>(storedInputs, LicensingJson.Options) ?? throw new ReplayException("The stored inputs are empty.");
        }
        catch (JsonException unreadable)
        {
            throw new ReplayException("The stored inputs cannot be read.", unreadable);
        }

        if (Readings.Find(inputs.Engine) is not { } reading)
        {
            throw new ReplayException("The decision was made by a reading of the rules that this build does not have.");
        }

        return inputs.RuleSet == rules.Reference
            ? Answer(Decide(rules, inputs.Request, inputs.At, reading))
            : throw new ReplayException("The decision was made under another rule set.");
    }

    internal static Decision Write(CompiledRuleSet rules, Answer answer, long? next, Reading reading = Readings.Current) =>
        new(
            answer.Outcome,
            Reasons(answer),
            Names(answer.Conditions),
            Codes(rules, answer.Alternatives),
            Instant(next),
            rules.Reference,
            Readings.Name(reading)
        );

    internal static IReadOnlyList<string> Names(Conditions conditions) =>
        conditions == Conditions.None ? [] : [.. All.Where(pair => conditions.HasFlag(pair.Flag)).Select(pair => pair.Name)];

    internal static IReadOnlyList<string> Codes(CompiledRuleSet rules, ReadOnlySpan<int> serviceClasses)
    {
        var codes = new string[serviceClasses.Length];
        for (var i = 0; i < codes.Length; i++)
        {
            codes[i] = rules.ServiceClasses[serviceClasses[i]].Policy.Code;
        }

        return codes;
    }

    internal static DateTimeOffset? Instant(long? ticks) => ticks is { } at ? new DateTimeOffset(at, TimeSpan.Zero) : null;

    private static readonly (Conditions Flag, string Name)[] All =
    [
        (Conditions.CoObserver, ConditionNames.CoObserver),
        (Conditions.EndsBeforeSeries, ConditionNames.EndsBeforeSeries),
        (Conditions.DayBudgetShort, ConditionNames.DayBudgetShort),
        (Conditions.NoTherapyContent, ConditionNames.NoTherapyContent),
        (Conditions.Handover, ConditionNames.Handover),
        (Conditions.Override, ConditionNames.Override),
    ];

    private static Reason[] Reasons(Answer answer)
    {
        var findings = answer.Findings;
        var reasons = new Reason[findings.Count];
        for (var i = 0; i < reasons.Length; i++)
        {
            reasons[i] = findings[i].Reason;
        }

        return reasons;
    }

    // A service class that this rule set does not have is offered nowhere.
    private static Decision OfUnknownService(CompiledRuleSet rules, LicensingRequest facts, string engine)
    {
        var practice = rules.PracticeByCode.GetValueOrDefault(facts.Practice);
        var row = practice?.Row ?? rules.LocationReference;
        var sentence = Sentences.NotOfferedAtAll(practice?.Policy.Name ?? "The practice");
        var reason = new Reason(ReasonCodes.PolicyStateNotOffered, null, row.Rule, sentence, row.Citation);
        var keepsConnected = facts.Member.Crisis && facts.Point is (Points.Recheck or Points.Rejoin);
        return keepsConnected && CrisisRules.Reason(practice, row) is { } crisis
            ? new Decision(
                Outcome.AllowWithConditions,
                [reason, crisis.Reason],
                [ConditionNames.NoTherapyContent, ConditionNames.Handover],
                [],
                null,
                rules.Reference,
                engine
            )
            : new Decision(Outcome.Deny, [reason], [], [], null, rules.Reference, engine);
    }

    private static byte[] Canonical<T>(T value) => Encoding.UTF8.GetBytes(CanonicalJson.Of(JsonSerializer.SerializeToElement(value, LicensingJson.Options)));
}

/// <summary>The inputs of a stored decision.</summary>
/// <param name="Engine">The reading of the rules that was used.</param>
/// <param name="At">The instant asked about.</param>
public sealed record DecisionInputs(
    string Engine,
    RuleSetReference RuleSet,
    [property: System.Text.Json.Serialization.JsonConverter(typeof(InstantJsonConverter))] DateTimeOffset At,
    LicensingRequest Request
);

/// <summary>A decision that cannot be made again.</summary>
public sealed class ReplayException(string message, Exception? inner = null) : Exception(message, inner);
