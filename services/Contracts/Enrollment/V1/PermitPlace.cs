namespace GroupTherapy.Contracts.Enrollment.V1;

/// <summary>The answer for one attested jurisdiction.</summary>
/// <param name="Jurisdiction">ISO 3166-2, <c>FOREIGN</c> or <c>UNKNOWN</c>.</param>
/// <param name="Outcome"><c>allow</c>, <c>allow_with_conditions</c>, <c>hold</c> or <c>deny</c>.</param>
/// <param name="Until">From this instant on the answer may differ and must not be used; null when nothing known changes it.</param>
/// <param name="Observers">Account ids of co-facilitators who are not authorised for this jurisdiction: while the member is present they only observe.</param>
public sealed record PermitPlace(
    string Jurisdiction,
    string Name,
    string Outcome,
    IReadOnlyList<int> Reasons,
    IReadOnlyList<string> Conditions,
    IReadOnlyList<string> Alternatives,
    DateTimeOffset? Until,
    IReadOnlyList<Guid>? Observers = null
);
