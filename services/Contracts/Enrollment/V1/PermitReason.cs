namespace GroupTherapy.Contracts.Enrollment.V1;

/// <summary>A reason that rows of a permit refer to by index. <paramref name="Text"/> may hold <c>{place}</c>, to be replaced by the place's name.</summary>
/// <param name="Jurisdiction">What the reason is about; null when that is the place of the row, or nothing.</param>
/// <param name="AboutThePlace">True when the reason is about the place of the row, so that the full reason names it.</param>
public sealed record PermitReason(
    string Code,
    string Rule,
    string Text,
    string Citation,
    string? Jurisdiction = null,
    bool AboutThePlace = true);
