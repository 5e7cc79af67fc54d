namespace GroupTherapy.Contracts.Identity;

/// <summary>Rows that are gone, or hold nothing of the person any more.</summary>
/// <param name="What">A word that the person understands: <c>profile</c>, <c>messages</c>.</param>
public sealed record ErasedPart(string What, int Count);

/// <summary>Rows that stay under the id alone.</summary>
/// <param name="Rule">The code of the duty that keeps them.</param>
/// <param name="Why">That duty, in a sentence.</param>
/// <param name="Until">When they may go.</param>
public sealed record KeptPart(string What, int Count, string Rule, string Why, DateOnly Until);
