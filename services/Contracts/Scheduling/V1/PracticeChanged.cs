using MassTransit;

namespace GroupTherapy.Contracts.Scheduling.V1;

/// <summary>A practice is new, or something about it changed: the whole of it as of <paramref name="Version"/> (greater wins).</summary>
[MessageUrn("grouptherapy:scheduling:practice-changed:v1")]
[EntityName("scheduling.practice-changed.v1")]
public sealed record PracticeChanged(
    string Practice,
    string Name,
    string TimeZone,
    IReadOnlyList<PracticeCrisisLine> CrisisLines,
    IReadOnlyList<PracticeConsent> ConsentDocuments,
    long Version,
    DateTimeOffset At
);

/// <summary>A crisis line: a number for a person in danger.</summary>
public sealed record PracticeCrisisLine(string Name, string Phone);

/// <summary>A text that members of the practice agree to.</summary>
/// <param name="Document"><c>telehealth</c>, <c>group-confidentiality</c>, <c>no-recording</c>, <c>group-rules</c> or <c>part-2</c>.</param>
public sealed record PracticeConsent(string Document, string Title, string Text);
