using GroupTherapy.Platform.Data;
using GroupTherapy.Platform.Problems;
using GroupTherapy.Platform.Web;

namespace GroupTherapy.Enrollment.Consents;

/// <summary>A text that a member agrees to before the seat is theirs, in the version in force.</summary>
public sealed record ConsentDocument(string Document, int Version, string Title, string Text)
{
    public const string Part2 = "part-2";

    /// <summary>All texts in force, in the order they are read.</summary>
    internal const string InForceSql =
        """
        select document, version, title, text from consent_documents where current
        order by array_position(array['telehealth', 'group-confidentiality', 'no-recording', 'group-rules', 'part-2'], document)
        """;

    /// <summary>The documents that a group needs, in the order they are read. Part 2's text where the group is flagged (42 CFR Part 2).</summary>
    internal static async Task<IReadOnlyList<ConsentDocument>> NeededAsync(Func<string, object?, Task<IReadOnlyList<ConsentDocument>>> query, bool part2) =>
        [.. (await query(InForceSql, null)).Where(d => part2 || d.Document != Part2)];
}

/// <summary>One document as a member names it when agreeing.</summary>
public sealed record GivenConsent(string Document, int Version);

/// <summary>Whether what was given is what is needed. Pure.</summary>
public static class ConsentTexts
{
    /// <returns>The documents that are missing, or were given in another version than the one in force.</returns>
    public static IReadOnlyList<ConsentDocument> Missing(IReadOnlyList<ConsentDocument> needed, IReadOnlyList<GivenConsent> given) =>
        [.. needed.Where(n => !given.Contains(new GivenConsent(n.Document, n.Version)))];

    public static Problem MissingProblem(IReadOnlyList<ConsentDocument> missing) => new(
        400, "consents-missing", "Please read and agree to each text, in its present version.",
        Errors: new Dictionary<string, string[]> { ["consents"] = [.. missing.Select(m => $"{m.Document} (version {m.Version}) is needed.")] },
        Extra: new Dictionary<string, object?> { ["missing"] = missing.Select(m => new { m.Document, m.Version }).ToArray() });
}

internal static class GetConsents
{
    public sealed record Answer(IReadOnlyList<ConsentDocument> Items, string? NextCursor);

    public static void MapConsents(this IEndpointRouteBuilder app) =>
        app.MapGet("/api/groups/{id:guid}/consents", async Task<IResult> (Guid id, Db db, CancellationToken ct) =>
            await db.FirstOrDefaultAsync<bool?>("select part2 from seat_groups where group_id = @id", new { id }, ct) is { } part2
                ? TypedResults.Ok(new Answer(await ConsentDocument.NeededAsync((sql, args) => db.QueryAsync<ConsentDocument>(sql, args, ct), part2), null))
                : Problem.NotYetKnown()).ForSignedIn().Produces<Answer>();
}
