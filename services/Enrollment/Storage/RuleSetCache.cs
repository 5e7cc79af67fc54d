using System.Text;
using GroupTherapy.Enrollment.Licensing;
using GroupTherapy.Platform.Data;
using GroupTherapy.Platform.Security;

namespace GroupTherapy.Enrollment.Storage;

/// <summary>Rule sets as the database holds them, compiled once per content, the law that several have in common once. Which one is in force is read each time,
/// so that a publication counts at once.</summary>
public sealed class RuleSetCache(Db db)
{
    private readonly CompiledRuleSets _compiled = new();
    private volatile bool _seeded;

    private const string Published =
        "from rule_sets r left join rule_set_withdrawals w on w.version = r.version and w.step = 'carried_out' where r.status = 'published'";

    private const string InForce =
        $"select r.version, r.sha256 {Published} and r.effective_from <= @at and (w.at is null or w.at > @at) order by r.effective_from desc, r.version "
        + $"desc limit 1";

    /// <summary>The rule set in force at an instant.</summary>
    /// <exception cref="InvalidOperationException">None is; then nothing can be decided, and nothing is allowed.</exception>
    public async Task<CompiledRuleSet> InForceAsync(DateTimeOffset at, CancellationToken ct = default)
    {
        await SeedAsync(ct);
        return await CompiledAsync(
            await db.FirstOrDefaultAsync<Row>(InForce, new { at }, ct) ?? throw NoneAt(at),
            (sql, args) => db.FirstOrDefaultAsync<string>(sql, args, ct)
        );
    }

    /// <summary>The next rule set that takes over after an instant, as known now, and when; null when none is published for later.</summary>
    public async Task<(CompiledRuleSet Rules, DateTimeOffset From)?> NextAfterAsync(DateTimeOffset at, CancellationToken ct) =>
        await db.FirstOrDefaultAsync<PublishedRules>(
            $"select r.version, r.sha256, r.effective_from {Published} and r.effective_from > @at and w.at is null order by r.effective_from, r.version "
                + $"desc limit 1",
            new { at },
            ct
        )
            is { } next
            ? (await CompiledAsync(new Row(next.Version, next.Sha256), (sql, args) => db.FirstOrDefaultAsync<string>(sql, args, ct)), next.EffectiveFrom)
            : null;

    /// <summary>The rule set in force now, read on the unit's own connection: two connections for one request would let a crowd starve itself of the
    /// pool.</summary>
    public async Task<CompiledRuleSet> InForceAsync(UnitOfWork work) =>
        await CompiledAsync(await work.FirstOrDefaultAsync<Row>(InForce, new { at = work.Now }) ?? throw NoneAt(work.Now), work.FirstOrDefaultAsync<string>);

    /// <summary>Which rule sets are in force from now on, as known now.</summary>
    public async Task<RuleTimeline> TimelineAsync(UnitOfWork work) =>
        new(
            await work.QueryAsync<PublishedRules>(
                $"select r.version, r.sha256, r.effective_from {Published} and (w.at is null or w.at > @Now)",
                new { work.Now }
            )
        );

    /// <summary>The rule set that will be in force at an instant, as known now.</summary>
    /// <exception cref="InvalidOperationException">None will be.</exception>
    public Task<CompiledRuleSet> InForceAsync(UnitOfWork work, RuleTimeline timeline, DateTimeOffset at) =>
        timeline.At(at) is { } rules ? CompiledAsync(new Row(rules.Version, rules.Sha256), work.FirstOrDefaultAsync<string>) : throw NoneAt(at);

    /// <summary>One that the caller read the hash of.</summary>
    public Task<CompiledRuleSet> GetAsync(UnitOfWork work, int version, string sha256) =>
        CompiledAsync(new Row(version, sha256), work.FirstOrDefaultAsync<string>);

    /// <summary>One rule set by number, in whatever state; null when there is none.</summary>
    public async Task<CompiledRuleSet?> FindAsync(UnitOfWork work, int version) =>
        await work.FirstOrDefaultAsync<Row>("select version, sha256 from rule_sets where version = @version", new { version }) is { } row
            ? await CompiledAsync(row, work.FirstOrDefaultAsync<string>)
            : null;

    /// <inheritdoc cref="FindAsync(UnitOfWork, int)"/>
    public async Task<CompiledRuleSet?> FindAsync(int version, CancellationToken ct = default)
    {
        await SeedAsync(ct);
        return await db.FirstOrDefaultAsync<Row>("select version, sha256 from rule_sets where version = @version", new { version }, ct) is { } row
            ? await CompiledAsync(row, (sql, args) => db.FirstOrDefaultAsync<string>(sql, args, ct))
            : null;
    }

    /// <summary>Puts the seeded rule set (version 1) on the ruleSets of a new database.</summary>
    public async Task SeedAsync(CancellationToken ct = default)
    {
        if (_seeded)
        {
            return;
        }

        var seed = SeededRuleSet.Compiled;
        await using var work = await db.BeginAsync(Caller.System("seed"), ct);
        if (
            await work.ExecuteAsync(
                """
                insert into rule_sets (version, sha256, document, status, effective_from, published_at, note, created_at)
                values (1, @Sha256, @document, 'published', '2020-01-01T00:00:00Z', @Now,
                    'The first content: facts with citation, source date and confidence per row.', @Now)
                on conflict do nothing
                """,
                new
                {
                    seed.Sha256,
                    document = SeededRuleSet.Json,
                    work.Now,
                }
            ) == 1
        )
        {
            work.Audit("rule-set.seeded", data: new { ruleSet = 1, seed.Sha256 });
        }

        await work.CommitAsync(ct);
        _seeded = true;
    }

    private async Task<CompiledRuleSet> CompiledAsync(Row row, Func<string, object?, Task<string?>> read) =>
        _compiled.Find(row.Sha256)
        ?? _compiled.Compile(row.Sha256, Encoding.UTF8.GetBytes((await read("select document from rule_sets where version = @Version", new { row.Version }))!));

    private static InvalidOperationException NoneAt(DateTimeOffset at) => new($"No rule set is in force at {at:O}.");

    private sealed record Row(int Version, string Sha256);
}
