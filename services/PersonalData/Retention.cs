using System.Text.Json;
using GroupTherapy.Contracts.Identity;
using GroupTherapy.Platform.Json;

namespace GroupTherapy.PersonalData;

/// <summary>Why a record outlives an erasure, and how long: data with its sources, not constants.</summary>
public static class Retention
{
    private sealed record Rule(string Code, int Years, string Why, IReadOnlyList<string> Sources, string SourceDate);

    private static readonly Lazy<IReadOnlyDictionary<string, Rule>> Rules = new(() =>
    {
        using var file = typeof(Retention).Assembly.GetManifestResourceStream("GroupTherapy.PersonalData.retention.json")!;
        return JsonSerializer.Deserialize<Rule[]>(file, ContractJson.Options)!.ToDictionary(rule => rule.Code);
    });

    /// <summary>Rows that stay, without a name, until their rule's years after the last contact (at the latest: now) are over.</summary>
    /// <returns>Nothing for no rows.</returns>
    public static IEnumerable<KeptPart> Keep(string what, int count, string rule, DateTimeOffset lastContact) =>
        count == 0
            ? []
            : [new KeptPart(what, count, rule, Rules.Value[rule].Why, DateOnly.FromDateTime(lastContact.UtcDateTime.AddYears(Rules.Value[rule].Years)))];
}
