using System.Text.Json.Serialization;

namespace GroupTherapy.Enrollment.Licensing;

/// <summary>The answer to one evaluation. Everything in it follows from the rule set, the facts and the instant alone.</summary>
/// <param name="Outcome">The strictest outcome of the reasons.</param>
/// <param name="Reasons">All of them, in the order of <see cref="ReasonCodes.InOrder"/>.</param>
/// <param name="Conditions">Names from <see cref="ConditionNames"/>; empty unless the outcome is <see cref="Outcome.AllowWithConditions"/>.</param>
/// <param name="Alternatives">Service classes that this practice offers instead and that the same member could have now.</param>
/// <param name="NextRecheckAt">The first later instant at which a known credential or rule changes the answer; null when nothing known does.</param>
/// <param name="RuleSet">The rules that were asked.</param>
/// <param name="Engine">The version of the rules' reading, <see cref="LicensingEngine.Version"/>.</param>
public sealed record Decision(
    Outcome Outcome,
    IReadOnlyList<Reason> Reasons,
    IReadOnlyList<string> Conditions,
    IReadOnlyList<string> Alternatives,
    [property: JsonConverter(typeof(InstantJsonConverter))] DateTimeOffset? NextRecheckAt,
    RuleSetReference RuleSet,
    string Engine
);

/// <summary>One reason of an answer.</summary>
/// <param name="Code">From <see cref="ReasonCodes"/>.</param>
/// <param name="Jurisdiction">The place the reason is about; null when it is about none.</param>
/// <param name="Rule">Id of the row of the rule set.</param>
/// <param name="Text">A sentence for the member.</param>
/// <param name="Citation">Where the row comes from.</param>
public sealed record Reason(string Code, string? Jurisdiction, string Rule, string Text, string Citation);

/// <summary>Which rules were asked.</summary>
/// <param name="Version">The rule set's number.</param>
/// <param name="Sha256">Lower-case hexadecimal SHA-256 of the canonical document.</param>
public sealed record RuleSetReference(int Version, string Sha256);
