using GroupTherapy.Host.Topology;
using Npgsql;

namespace GroupTherapy.Host.Checks;

/// <summary>The content that the databases need before the first member comes: practices, operators, consent texts, crisis lines, the law.</summary>
public static class ContentChecks
{
    public static async Task<IReadOnlyList<Finding>> RunAsync(Layout layout, CancellationToken ct)
    {
        try
        {
            var practices = await ListAsync(
                layout,
                "scheduling",
                "select id, crisis_lines is not null, consent_documents is not null from practices order by id",
                r => (Id: r.GetString(0), Lines: r.GetBoolean(1), Documents: r.GetBoolean(2)),
                ct
            );
            return
            [
                await PostgresAsync(layout, ct),
                .. await LawAsync(layout, ct),
                .. await DemoAccountsAsync(layout, ct),
                .. practices.Count == 0
                    ? [Finding.Missing("practice", "There is no practice. Make one with deploy/practice add ID NAME.")]
                    : await OperatorsAsync(layout, [.. practices.Select(p => p.Id)], ct),
                .. practices
                    .Where(p => !p.Lines)
                    .Select(p =>
                        Finding.Advice(
                            "crisis-lines",
                            $"The practice '{p.Id}' has the crisis lines that every practice starts with. Are they right where its members live?"
                        )
                    ),
                .. practices
                    .Where(p => !p.Documents)
                    .Select(p =>
                        Finding.Advice(
                            "consents",
                            $"The practice '{p.Id}' has the consent texts that every practice starts with. Let somebody who answers for them read them."
                        )
                    ),
            ];
        }
        catch (Exception e) when (e is NpgsqlException or TimeoutException)
        {
            return [Finding.Missing("database", $"PostgreSQL could not be asked ({e.Message}).")];
        }
    }

    private static async Task<Finding> PostgresAsync(Layout layout, CancellationToken ct)
    {
        var version = (await ListAsync(layout, "postgres", "select current_setting('server_version_num')::int", r => r.GetInt32(0), ct))[0] / 10000;
        return version >= 15
            ? Finding.Ok("postgres", $"PostgreSQL is version {version}.")
            : Finding.Missing("postgres", $"PostgreSQL is version {version}; have 15 at least.");
    }

    private static async Task<IReadOnlyList<Finding>> LawAsync(Layout layout, CancellationToken ct)
    {
        var rules = (
            await ListAsync(
                layout,
                "enrollment",
                "select max(version) from rule_sets where status = 'published' and effective_from <= now()",
                r => r.IsDBNull(0) ? 0 : r.GetInt32(0),
                ct
            )
        )[0];
        var consents = (await ListAsync(layout, "enrollment", "select count(*)::int from consent_documents where current", r => r.GetInt32(0), ct))[0];
        return
        [
            rules > 0
                ? Finding.Ok("rule-set", $"Rule set {rules} is in force.")
                : Finding.Missing("rule-set", "No rule set is in force: nobody can be admitted."),
            consents > 0
                ? Finding.Ok("consents", $"{consents} consent texts are in force.")
                : Finding.Missing("consents", "No consent text is in force: nobody can enrol."),
        ];
    }

    private static async Task<IReadOnlyList<Finding>> DemoAccountsAsync(Layout layout, CancellationToken ct)
    {
        const string sql = "select count(*)::int from accounts where normalized_email like '%@DEMO.TEST'";
        var accounts = (await ListAsync(layout, "identity", sql, r => r.GetInt32(0), ct))[0];
        return accounts == 0
            ? []
            :
            [
                Finding.Missing(
                    "demo-accounts",
                    $"{accounts} demonstration accounts are in the database; everybody knows their passwords. Start anew in another data folder."
                ),
            ];
    }

    private static async Task<IReadOnlyList<Finding>> OperatorsAsync(Layout layout, IReadOnlyList<string> practices, CancellationToken ct)
    {
        // A passkey is a second factor too; the table is asked for only where this release has it. Disabled accounts do not count.
        var passkeys = (await ListAsync(layout, "identity", "select to_regclass('passkeys') is not null", r => r.GetBoolean(0), ct))[0];
        var factor = $"a.two_factor_enabled{(passkeys ? " or exists (select 1 from passkeys k where k.account_id = a.id)" : "")}";
        var operators = await ListAsync(
            layout,
            "identity",
            $"""
            select m.practice, {factor} from memberships m join accounts a on a.id = m.account_id
            where m.role = 'operator' and (m.invited_by is null or m.approved_by is not null) and a.password_hash is not null
              and to_jsonb(a) ->> 'disabled_at' is null
            """,
            r => (Practice: r.GetString(0), Factor: r.GetBoolean(1)),
            ct
        );
        var staffed = await ListAsync(layout, "identity", "select distinct practice from memberships", r => r.GetString(0), ct);
        var findings = new List<Finding>();
        foreach (var practice in practices)
        {
            // A practice without accounts is unused, unless there is no other.
            if (staffed.Count > 0 && !staffed.Contains(practice))
            {
                findings.Add(Finding.Advice("operator", $"Nobody belongs to the practice '{practice}'. Invite its operator if it shall be used."));
                continue;
            }

            var own = operators.Where(o => o.Practice == practice).ToList();
            findings.Add(
                own switch
                {
                    [] => Finding.Missing(
                        "operator",
                        $"The practice '{practice}' has no operator who stands on their own. Invite one: deploy/invite-operator EMAIL {practice}"
                    ),
                    _ when !own.Any(o => o.Factor) => Finding.Missing(
                        "second-factor",
                        $"No operator of the practice '{practice}' has a second factor. They set it up at their account's page."
                    ),
                    [_] => Finding.Advice(
                        "operator",
                        $"The practice '{practice}' has one operator: what takes two cannot be done. Invite another (deploy/invite-operator)."
                    ),
                    _ when !own.All(o => o.Factor) => Finding.Advice("second-factor", $"Not every operator of the practice '{practice}' has a second factor."),
                    _ => Finding.Ok("operator", $"The practice '{practice}' has {own.Count} operators with a second factor."),
                }
            );
        }

        return findings;
    }

    private static async Task<IReadOnlyList<T>> ListAsync<T>(Layout layout, string database, string sql, Func<NpgsqlDataReader, T> read, CancellationToken ct)
    {
        var settings = layout.Postgres.Admin;
        settings.Database = database;
        await using var connection = new NpgsqlConnection(settings.ConnectionString);
        await connection.OpenAsync(ct);
        await using var command = new NpgsqlCommand(sql, connection);
        await using var reader = await command.ExecuteReaderAsync(ct);
        var rows = new List<T>();
        while (await reader.ReadAsync(ct))
        {
            rows.Add(read(reader));
        }

        return rows;
    }
}
