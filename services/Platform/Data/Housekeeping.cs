using GroupTherapy.Platform.Web;
using Microsoft.Extensions.Logging;

namespace GroupTherapy.Platform.Data;

/// <summary>Forgets what nobody can ask for any more: seen messages after 14 days, given answers after their 24 hours.</summary>
internal sealed class Housekeeping(Db db, ILogger<Housekeeping> log) : RegularWork(db.Clock, TimeSpan.FromHours(1), "what nobody can ask for any more", log)
{
    private static readonly TimeSpan InboxKeptFor = TimeSpan.FromDays(14);

    public override async Task<bool> StepAsync(CancellationToken ct)
    {
        await using var work = await db.BeginAsync(Security.Caller.System("housekeeping"), ct);
        await work.ExecuteAsync(
            "delete from inbox where received_at < @seen; delete from idempotency_keys where created_at < @answered",
            new { seen = work.Now - InboxKeptFor, answered = work.Now - Writes.KeptFor });
        await work.CommitAsync(ct);
        return false;
    }
}
