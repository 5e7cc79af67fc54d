using GroupTherapy.Platform.Data;
using GroupTherapy.Platform.Security;
using GroupTherapy.Platform.Work;

namespace GroupTherapy.Platform.Idempotency;

/// <summary>Deletes inbox rows after 14 days and stored responses after <see cref="Writes.KeptFor"/>, in batches.</summary>
internal sealed class Housekeeping(Db db) : DueWorkHandler
{
    private const int Batch = 5000;
    private static readonly TimeSpan InboxKeptFor = TimeSpan.FromDays(14);

    public override string Kind => "housekeeping";

    public override TimeSpan? Every => TimeSpan.FromHours(1);

    public override TimeSpan ClaimFor => TimeSpan.FromMinutes(5);

    public override async Task HandleAsync(IReadOnlyList<DueRow> rows, CancellationToken ct)
    {
        var now = db.Clock.GetUtcNow();
        await DeleteAsync("inbox", "received_at", now - InboxKeptFor, ct);
        await DeleteAsync("idempotency_keys", "created_at", now - Writes.KeptFor, ct);
    }

    private async Task DeleteAsync(string table, string column, DateTimeOffset before, CancellationToken ct)
    {
        int deleted;
        do
        {
            await using var work = await db.BeginAsync(Caller.System("housekeeping"), ct);
            deleted = await work.ExecuteAsync(
                $"delete from {table} where ctid = any (array(select ctid from {table} where {column} < @before limit {Batch}))",
                new { before }
            );
            await work.CommitAsync(ct);
        } while (deleted == Batch);
    }
}
