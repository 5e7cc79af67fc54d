namespace GroupTherapy.Contracts.Room.V1;

/// <summary>How many members who are in a room attested one jurisdiction.</summary>
/// <param name="Jurisdiction">ISO 3166-2, <c>FOREIGN</c> or <c>UNKNOWN</c>.</param>
public sealed record PresentByJurisdiction(string Jurisdiction, int Members);
