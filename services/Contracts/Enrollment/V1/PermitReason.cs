namespace GroupTherapy.Contracts.Enrollment.V1;

/// <summary>A reason that rows of a permit refer to by index. <paramref name="Text"/> may hold <c>{place}</c>, to be replaced by the place's name.</summary>
public sealed record PermitReason(
    string Code,
    string Rule,
    string Text,
    string Citation);
