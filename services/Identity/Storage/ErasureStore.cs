using System.Text.Json;
using GroupTherapy.Contracts.Identity;
using GroupTherapy.Contracts.Identity.V1;
using GroupTherapy.PersonalData;
using GroupTherapy.Platform.Data;
using GroupTherapy.Platform.Json;

namespace GroupTherapy.Identity.Storage;

/// <summary>Erasures with what each service told of them. The account itself goes last, when all others have answered.</summary>
internal static class ErasureStore
{
    /// <summary>Every service that holds something of a person, beside Identity.</summary>
    public static readonly IReadOnlyList<string> Services = ["enrollment", "scheduling", "room", "notifications"];

    private const string Columns = "id, account_id, asked_at, done_at";

    /// <returns>The secret with which the proof can be read once the account is gone; null when the person asked before.</returns>
    public static async Task<(ErasureRow Row, string? Receipt)> BeginAsync(UnitOfWork work, Guid account)
    {
        if (await FindAsync(work, account) is { } known)
        {
            return (known, null);
        }

        var (row, receipt) = (new ErasureRow(work.NewId(), account, work.Now, null), OpaqueToken.New());
        await work.ExecuteAsync(
            "insert into erasures (id, account_id, asked_at, receipt_hash) values (@Id, @AccountId, @AskedAt, @hash)",
            new
            {
                row.Id,
                row.AccountId,
                row.AskedAt,
                hash = OpaqueToken.Hash(receipt),
            }
        );
        work.Audit("person.erasure-asked", account, row.Id);
        work.Publish(new ErasureRequested(row.Id, account, work.Now));
        return (row, receipt);
    }

    public static Task<ErasureRow?> FindAsync(UnitOfWork work, Guid account) =>
        work.FirstOrDefaultAsync<ErasureRow>($"select {Columns} from erasures where account_id = @account", new { account });

    public static Task<ErasureRow?> ByReceiptAsync(UnitOfWork work, string receipt) =>
        work.FirstOrDefaultAsync<ErasureRow>($"select {Columns} from erasures where receipt_hash = @hash", new { hash = OpaqueToken.Hash(receipt) });

    public static Task<IReadOnlyList<PartRow>> PartsAsync(UnitOfWork work, Guid erasure) =>
        work.QueryAsync<PartRow>("select service, erased, kept, at from erasure_parts where erasure_id = @erasure order by at, service", new { erasure });

    /// <summary>Keeps what one service told, and erases the account when it was the last of them.</summary>
    public static async Task KeepAsync(
        UnitOfWork work,
        Guid erasure,
        Guid account,
        string service,
        IReadOnlyList<ErasedPart> erased,
        IReadOnlyList<KeptPart> kept
    )
    {
        // Two services that answer at once: the later one sees the other's part.
        await work.ExecuteAsync("select 1 from erasures where id = @erasure for update", new { erasure });
        await AddAsync(work, erasure, service, erased, kept);
        var told = (await PartsAsync(work, erasure)).Select(p => p.Service).ToList();
        if (
            Services.All(told.Contains)
            && await work.ExecuteAsync("update erasures set done_at = @Now where id = @erasure and done_at is null", new { erasure, work.Now }) == 1
        )
        {
            var own = await EraseAccountAsync(work, account);
            await AddAsync(work, erasure, "identity", own.Erased, own.Kept);
            work.Audit("person.erased", account, erasure, new { own.Erased });
        }
    }

    private static Task AddAsync(UnitOfWork work, Guid erasure, string service, IReadOnlyList<ErasedPart> erased, IReadOnlyList<KeptPart> kept) =>
        work.ExecuteAsync(
            "insert into erasure_parts (erasure_id, service, erased, kept, at) values (@erasure, @service, @gone, @stays, @Now) on conflict do nothing",
            new
            {
                erasure,
                service,
                gone = JsonSerializer.Serialize(erased, ContractJson.Options),
                stays = JsonSerializer.Serialize(kept, ContractJson.Options),
                work.Now,
            }
        );

    /// <summary>Ends every sign-in and leaves a row without a person: its id stands in records that others must keep.</summary>
    private static async Task<Erasure> EraseAccountAsync(UnitOfWork work, Guid account)
    {
        await SignInStore.RevokeAllAsync(work, account, "erased");
        await work.ExecuteAsync("delete from idempotency_keys where caller = @account", new { account });
        // Whatever points at the account, in tables that come later too: invitations, factors, devices. Sign-ins stay for a day, so that gateways refuse
        // them.
        foreach (
            var (table, column) in await work.QueryAsync<(string, string)>(
                """
                select c.conrelid::regclass::text, a.attname::text from pg_constraint c
                join pg_attribute a on a.attrelid = c.conrelid and a.attnum = c.conkey[1]
                where c.contype = 'f' and c.confrelid = 'accounts'::regclass and c.conrelid <> 'sign_ins'::regclass
                """
            )
        )
        {
            await work.ExecuteAsync($"delete from {table} where {column} = @account", new { account });
        }

        // And whatever may be missing from an account and a sign-in is missing from now on.
        foreach (
            var (table, key, emptied) in await work.QueryAsync<(string, string, string)>(
                """
                select table_name::text, case table_name when 'accounts' then 'id' else 'account_id' end,
                    string_agg(quote_ident(column_name) || case when is_nullable = 'YES' then ' = null' else ' = default' end, ', ')
                from information_schema.columns
                where table_schema = 'public' and ((table_name = 'accounts' and is_nullable = 'YES')
                    or (table_name = 'sign_ins' and data_type = 'text' and column_default is not null))
                group by table_name
                """
            )
        )
        {
            var factors = table == "accounts" ? "two_factor_enabled = false, " : "";
            await work.ExecuteAsync($"update {table} set {factors}{emptied} where {key} = @account", new { account });
        }

        var email = $"erased-{account:N}@erased.invalid";
        var gone = await work.ExecuteAsync(
            """
            update accounts set email = @email, normalized_email = upper(@email), display_name = 'Erased', is_member = false, security_stamp = @stamp,
                version = version + 1
            where id = @account
            """,
            new
            {
                account,
                email,
                stamp = Guid.CreateVersion7().ToString("N"),
            }
        );
        work.Publish(
            new RolesChanged(
                account,
                [],
                [],
                await work.FirstOrDefaultAsync<long>("select version from accounts where id = @account", new { account }),
                work.Now,
                []
            )
        );
        var entries = await work.FirstOrDefaultAsync<int>(
            "select count(*)::int from audit_entries where subject = @account or who = @who",
            new { account, who = $"account:{account}" }
        );
        return new Erasure([new ErasedPart("account", gone)], [.. Retention.Keep("audit entries", entries, "audit-record", work.Now)]);
    }
}

/// <summary>A row of erasures.</summary>
internal sealed record ErasureRow(Guid Id, Guid AccountId, DateTimeOffset AskedAt, DateTimeOffset? DoneAt);

/// <summary>A row of erasure_parts.</summary>
internal sealed record PartRow(string Service, string Erased, string Kept, DateTimeOffset At);
