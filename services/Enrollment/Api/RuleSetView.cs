using System.Text;
using System.Text.Json.Nodes;
using GroupTherapy.Enrollment.Domain;
using GroupTherapy.Enrollment.Licensing;
using GroupTherapy.Platform.Data;
using GroupTherapy.Platform.Idempotency;
using GroupTherapy.Platform.Problems;

namespace GroupTherapy.Enrollment.Api;

/// <summary>A rule set as the list shows it.</summary>
/// <param name="Status">A published one whose withdrawal was carried out is <c>withdrawn</c>.</param>
/// <param name="Retroactive">Published with a beginning in the past, on purpose.</param>
/// <param name="WithdrawalRequestedAt">One operator asked for the withdrawal of this published rule set; another one may carry it out.</param>
public sealed record RuleSetItem(
    int Version,
    string Sha256,
    string Status,
    DateTimeOffset? EffectiveFrom,
    DateTimeOffset? PublishedAt,
    Guid? Author,
    Guid? Reviewer,
    string? Note,
    bool Retroactive,
    DateTimeOffset? WithdrawalRequestedAt,
    DateTimeOffset? WithdrawnAt
);

/// <summary>One rule set whole.</summary>
public sealed record RuleSetWhole(
    int Version,
    string Sha256,
    string Status,
    DateTimeOffset? EffectiveFrom,
    DateTimeOffset? PublishedAt,
    Guid? Author,
    Guid? Reviewer,
    string? Note,
    bool Retroactive,
    DateTimeOffset? WithdrawalRequestedAt,
    DateTimeOffset? WithdrawnAt,
    JsonNode Document
);

/// <summary>A rule set as its slices read it.</summary>
internal sealed record RuleSetRow(
    int Version,
    string Sha256,
    string Status,
    DateTimeOffset? EffectiveFrom,
    DateTimeOffset? PublishedAt,
    Guid? Author,
    Guid? Reviewer,
    string? Note,
    bool Retroactive,
    DateTimeOffset? WithdrawalRequestedAt,
    DateTimeOffset? WithdrawnAt,
    string Document,
    int Revision,
    Guid[] Editors,
    Guid[] Principals
)
{
    public const string Columns = """
        r.version, r.sha256, case when w.at is null then r.status else 'withdrawn' end as status, r.effective_from, r.published_at, r.author, r.reviewer,
            r.note, r.retroactive,
        q.at as withdrawal_requested_at, w.at as withdrawn_at
        """;

    public const string From = """
        from rule_sets r left join rule_set_withdrawals q on q.version = r.version and q.step = 'requested'
        left join rule_set_withdrawals w on w.version = r.version and w.step = 'carried_out'
        """;

    public const string One = $"select {Columns}, r.document, r.revision, r.editors, r.principals {From} where r.version = @version";

    /// <summary>Grows with every change; published ones have their last.</summary>
    public string ETag => $"\"{Version}.{Revision}{(WithdrawalRequestedAt, WithdrawnAt) switch { (_, not null) => ".w", (not null, _) => ".q", _ => "" }}\"";

    public RuleSetWhole Whole =>
        new(
            Version,
            Sha256,
            Status,
            EffectiveFrom,
            PublishedAt,
            Author,
            Reviewer,
            Note,
            Retroactive,
            WithdrawalRequestedAt,
            WithdrawnAt,
            JsonNode.Parse(Document)!
        );

    /// <summary>The rule set, locked against every other change of it.</summary>
    public static async Task<RuleSetRow?> LockAsync(UnitOfWork work, int version) =>
        await work.FirstOrDefaultAsync<int?>("select version from rule_sets where version = @version for no key update", new { version }) is null
            ? null
            : await work.FirstOrDefaultAsync<RuleSetRow>(One, new { version });

    /// <summary>True for an editor, who cannot be the second operator.</summary>
    public bool WrittenBy(Guid account) => Author == account || Editors.Contains(account);

    /// <summary>The practices that this rule set concerns, by its diff to the rule set in force without it.</summary>
    public async Task<IReadOnlyList<string>> ScopeAsync(UnitOfWork work, DateTimeOffset at)
    {
        var other = await work.FirstOrDefaultAsync<string>(
            """
            select r.document from rule_sets r left join rule_set_withdrawals w on w.version = r.version and w.step = 'carried_out'
            where r.status = 'published' and w.at is null and r.version <> @Version and r.effective_from <= @at
            order by r.effective_from desc, r.version desc limit 1
            """,
            new { Version, at }
        );
        return other is null ? [RuleSetScope.Platform] : RuleSetScope.Of(Parsed(other), Parsed(Document));

        static RuleSetDocument Parsed(string text) => CompiledRuleSet.Parse(Encoding.UTF8.GetBytes(text)).Document;
    }

    /// <summary>The whole after a change, with its tag in the answer's head.</summary>
    public static async Task<Reply> ChangedAsync(UnitOfWork work, HttpContext http, int version)
    {
        var row = (await work.FirstOrDefaultAsync<RuleSetRow>(One, new { version }))!;
        http.Response.Headers.ETag = row.ETag;
        return Reply.Ok(row.Whole);
    }
}

/// <summary>The refusals of requests about rule sets.</summary>
internal static class RuleSetRefusals
{
    public static Problem NotADraft => new(409, "not-a-draft", "This rule set is no draft any more, so it does not change. Make a new draft from it.");

    public static Problem NotInReview => new(409, "not-in-review", "Only a rule set in review can be published.");

    public static Problem SameAuthor => new(409, "same-author", "Whoever wrote in a rule set cannot publish it. Another operator must.");

    public const string Stale = "Another operator changed this rule set meanwhile. Load it again and repeat the change.";

    public static Problem Contradicts(IReadOnlyList<Licensing.LintItem> lint) =>
        new(
            422,
            "rule-set-contradicts",
            "This rule set has errors, so it cannot go on. Each is listed.",
            Extra: new Dictionary<string, object?> { ["items"] = lint.Where(item => item.Severity == Licensing.LintSeverity.Error).ToArray() }
        );
}
