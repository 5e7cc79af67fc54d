namespace GroupTherapy.Contracts.Enrollment.V1;

/// <summary>
/// A reason that rows of a permit refer to by index. <paramref name="Text"/> may hold <c>{place}</c>, to be replaced by the name of
/// the row's jurisdiction.
/// </summary>
/// <param name="Jurisdiction">The jurisdiction that the reason is about; null for the row's own, or for none.</param>
/// <param name="AboutThePlace">True when the reason is about the row's jurisdiction, so that the full reason names it.</param>
public sealed record PermitReason(string Code, string Rule, string Text, string Citation, string? Jurisdiction = null, bool AboutThePlace = true);
