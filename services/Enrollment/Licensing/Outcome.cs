using System.Text.Json.Serialization;

namespace GroupTherapy.Enrollment.Licensing;

/// <summary>The outcomes of a decision, from mild to strict: the strictest reason decides, so the order of the members is part of the meaning.</summary>
[JsonConverter(typeof(JsonStringEnumConverter<Outcome>))]
public enum Outcome
{
    /// <summary>The member may go on.</summary>
    [JsonStringEnumMemberName("allow")]
    Allow,

    /// <summary>The member may go on; <see cref="Decision.Conditions"/> says under which conditions.</summary>
    [JsonStringEnumMemberName("allow_with_conditions")]
    AllowWithConditions,

    /// <summary>A person must look before the member goes on.</summary>
    [JsonStringEnumMemberName("hold")]
    Hold,

    /// <summary>The member may not go on.</summary>
    [JsonStringEnumMemberName("deny")]
    Deny,
}

/// <summary>The spelling of <see cref="Outcome"/> on the wire, for those who send it as plain text.</summary>
public static class OutcomeNames
{
    /// <summary><c>allow</c>, <c>allow_with_conditions</c>, <c>hold</c> or <c>deny</c>.</summary>
    public static string Wire(this Outcome outcome) =>
        outcome switch
        {
            Outcome.Allow => "allow",
            Outcome.AllowWithConditions => "allow_with_conditions",
            Outcome.Hold => "hold",
            _ => "deny",
        };
}
