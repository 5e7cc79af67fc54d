namespace GroupTherapy.Contracts.Enrollment.V1;

/// <summary>How many enrolled members live in one jurisdiction.</summary>
/// <param name="Jurisdiction">ISO 3166-2, <c>FOREIGN</c> or <c>UNKNOWN</c>.</param>
public sealed record MembersByJurisdiction(string Jurisdiction, int Members);
