using GroupTherapy.Enrollment.Domain;

namespace GroupTherapy.Enrollment.Storage;

/// <summary>Reads consent documents.</summary>
internal static class ConsentStore
{
    /// <summary>All texts in force, in the order they are read.</summary>
    public const string InForceSql =
        """
        select document, version, title, text from consent_documents where current
        order by array_position(array['telehealth', 'group-confidentiality', 'no-recording', 'group-rules', 'part-2'], document)
        """;

    /// <summary>The documents that a group needs, in the order they are read. Part 2's text where the group is flagged (42 CFR Part 2).</summary>
    public static async Task<IReadOnlyList<ConsentDocument>> NeededAsync(Func<string, object?, Task<IReadOnlyList<ConsentDocument>>> query, bool part2) =>
        [.. (await query(InForceSql, null)).Where(d => part2 || d.Document != ConsentDocument.Part2)];
}
