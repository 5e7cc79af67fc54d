namespace GroupTherapy.Contracts.Enrollment.V1;

/// <summary>
/// A reason that rows of a permit refer to by index. <paramref name="Text"/> may hold <c>{place}</c>, to be replaced by the name of
/// the row's jurisdiction.
/// </summary>
/// <param name="Jurisdiction">What the reason is about; null when that is the row's own jurisdiction, or nothing.</param>
/// <param name="AboutThePlace">True when the reason is about the row's jurisdiction, so that the full reason names it.</param>
public sealed record PermitReason(string Code, string Rule, string Text, string Citation, string? Jurisdiction = null, bool AboutThePlace = true);
