using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using GroupTherapy.Contracts.Enrollment.V1;
using GroupTherapy.Enrollment.Domain;
using GroupTherapy.Enrollment.Licensing;
using GroupTherapy.Platform.Data;

namespace GroupTherapy.Enrollment.Storage;

/// <summary>Practices as Scheduling tells of them, and the first policy of a new one.</summary>
internal static class PracticeStore
{
    /// <returns>False when a newer version is known.</returns>
    public static async Task<bool> SaveAsync(UnitOfWork work, string id, string name, long version) =>
        await work.ExecuteAsync(
            """
            insert into practices as p (id, name, version) values (@id, @name, @version)
            on conflict (id) do update set name = excluded.name, version = excluded.version where excluded.version > p.version
            """,
            new
            {
                id,
                name,
                version,
            }
        ) == 1;

    /// <summary>
    /// Publishes the rule sets in force now and later once more with a safe policy of the practice, where they have none. No second operator: nothing of the
    /// law changes, and the practice has members only after this. Of those that begin together the last counts: copies of the others would double each time.
    /// </summary>
    /// <returns>When each of them begins.</returns>
    public static async Task<IReadOnlyList<DateTimeOffset>> GiveSafePolicyAsync(UnitOfWork work, string practice, string name)
    {
        await work.ExecuteAsync("select pg_advisory_xact_lock(hashtextextended('rule-sets', 1))");
        var published = await work.QueryAsync<PublishedRow>(
            """
            with live as (
                select r.version, r.document, r.effective_from from rule_sets r
                left join rule_set_withdrawals w on w.version = r.version and w.step = 'carried_out' where r.status = 'published' and w.at is null)
            (select distinct on (effective_from) version, document, effective_from from live where effective_from > @Now order by effective_from, version desc)
            union all (select version, document, effective_from from live where effective_from <= @Now order by effective_from desc, version desc limit 1)
            order by 3, 1
            """,
            new { work.Now }
        );
        var begun = new List<DateTimeOffset>();
        foreach (var row in published)
        {
            var rules = CompiledRuleSet.Parse(Encoding.UTF8.GetBytes(row.Document)).Document;
            if (rules.PracticePolicies.Any(p => p.Practice == practice))
            {
                continue;
            }

            var document = JsonNode.Parse(row.Document)!;
            document["practicePolicies"]!.AsArray().Add(SafePolicy.For(practice, name, rules.ServiceClasses, work.Now));
            var version = await work.FirstOrDefaultAsync<int>("select max(version) + 1 from rule_sets");
            var text = RuleSetReader.Renumber(document, version);
            var (sha256, effectiveFrom) = (CompiledRuleSet.HashOf(JsonElement.Parse(text)), row.EffectiveFrom > work.Now ? row.EffectiveFrom : work.Now);
            await work.ExecuteAsync(
                """
                insert into rule_sets (version, sha256, document, status, effective_from, published_at, note, created_at)
                values (@version, @sha256, @text, 'published', @effectiveFrom, @Now, @note, @Now)
                """,
                new
                {
                    version,
                    sha256,
                    text,
                    effectiveFrom,
                    work.Now,
                    note = $"Rule set {row.Version} with the first policy of {practice}.",
                }
            );
            work.Audit(
                "rule-set.practice-added",
                data: new
                {
                    ruleSet = version,
                    from = row.Version,
                    practice,
                    sha256,
                    effectiveFrom,
                }
            );
            work.Publish(new RuleSetPublished(version, sha256, effectiveFrom, work.Now));
            begun.Add(effectiveFrom);
        }

        return begun;
    }

    private sealed record PublishedRow(int Version, string Document, DateTimeOffset EffectiveFrom);
}
