namespace GroupTherapy.Contracts.Enrollment.V1;

/// <summary>A jurisdiction that a facilitator may serve.</summary>
/// <param name="From">From this instant on; null when it is so now.</param>
/// <param name="Until">Up to this instant, by what is known; null when nothing known ends it.</param>
public sealed record PlaceServed(string Jurisdiction, DateTimeOffset? From, DateTimeOffset? Until);
