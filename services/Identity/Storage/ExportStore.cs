using GroupTherapy.Platform.Data;

namespace GroupTherapy.Identity.Storage;

/// <summary>
/// A person's copy of everything, while it is collected and until it is over. One gateway at a time collects it; one that died leaves a claim that ends.
/// </summary>
internal sealed class ExportStore(SecretVault vault)
{
    private const string Columns = "id, expires_at, failed, content";
    private static readonly TimeSpan KeptFor = TimeSpan.FromMinutes(10);
    private static readonly TimeSpan SameWithin = TimeSpan.FromSeconds(30);
    private static readonly TimeSpan ClaimedFor = TimeSpan.FromSeconds(30);

    /// <summary>A new one in place of an older one; the same again within half a minute.</summary>
    public static async Task<ExportRow> BeginAsync(UnitOfWork work)
    {
        var (account, signIn) = (work.Caller.AccountId, work.Caller.SignInId);
        await work.ExecuteAsync("select pg_advisory_xact_lock(hashtextextended(@account::text, 1))", new { account });
        if (
            await work.FirstOrDefaultAsync<ExportRow>(
                $"select {Columns} from exports where account_id = @account and sign_in_id = @signIn and asked_at > @since and not failed",
                new
                {
                    account,
                    signIn,
                    since = work.Now - SameWithin,
                }
            ) is
            { } known
        )
        {
            return known;
        }

        var row = new ExportRow { Id = work.NewId(), ExpiresAt = work.Now + KeptFor };
        await work.ExecuteAsync(
            """
            delete from exports where account_id = @account;
            insert into exports (id, account_id, sign_in_id, asked_at, expires_at) values (@Id, @account, @signIn, @Now, @ExpiresAt)
            """,
            new
            {
                row.Id,
                account,
                signIn,
                work.Now,
                row.ExpiresAt,
            }
        );
        work.Schedule(ScheduledWork.ForgetExport, $"{row.Id}", row.ExpiresAt);
        work.Audit("export.asked", account, row.Id);
        return row;
    }

    /// <summary>One of the caller's own, asked for in this sign-in and not over; locked for the unit of work.</summary>
    public static Task<ExportRow?> FindAsync(UnitOfWork work, Guid id) =>
        work.FirstOrDefaultAsync<ExportRow>(
            $"select {Columns} from exports where id = @id and account_id = @AccountId and sign_in_id = @SignInId and expires_at > @Now for update",
            new
            {
                id,
                work.Caller.AccountId,
                work.Caller.SignInId,
                work.Now,
            }
        );

    /// <returns>True when the caller's gateway is to collect it now.</returns>
    public static async Task<bool> ClaimAsync(UnitOfWork work, ExportRow row) =>
        row.Content is null
        && await work.ExecuteAsync(
            "update exports set claimed_until = @until, failed = false where id = @Id and (claimed_until is null or claimed_until <= @Now)",
            new
            {
                row.Id,
                until = work.Now + ClaimedFor,
                work.Now,
            }
        ) == 1;

    /// <summary>Not all services answered: the next request says so, and the one after it collects anew.</summary>
    public static Task FailAsync(UnitOfWork work, ExportRow row) =>
        work.ExecuteAsync("update exports set claimed_until = null, failed = content is null where id = @Id", new { row.Id });

    public static Task ForgetFailureAsync(UnitOfWork work, ExportRow row) =>
        work.ExecuteAsync("update exports set failed = false where id = @Id", new { row.Id });

    public static Task ForgetAsync(UnitOfWork work, Guid[] ids) => work.ExecuteAsync("delete from exports where id = any(@ids)", new { ids });

    public Task KeepAsync(UnitOfWork work, ExportRow row, byte[] json) =>
        work.ExecuteAsync(
            "update exports set content = @content, claimed_until = null, failed = false where id = @Id",
            new { row.Id, content = vault.Seal(Of(row), json) }
        );

    /// <returns>Null while there is none, or when the key file was replaced.</returns>
    public byte[]? Open(ExportRow row) => row.Content is { } content ? vault.Open(Of(row), content) : null;

    private static string Of(ExportRow row) => $"export:{row.Id}";
}

/// <summary>A row of exports.</summary>
internal sealed class ExportRow
{
    public Guid Id { get; init; }

    public DateTimeOffset ExpiresAt { get; init; }

    public bool Failed { get; init; }

    public byte[]? Content { get; init; }
}
