using GroupTherapy.Identity.Storage;
using GroupTherapy.Platform.Data;
using GroupTherapy.Platform.Security;
using GroupTherapy.Platform.Work;

namespace GroupTherapy.Identity.Workers;

/// <summary>Deletes mails that are over, failed attempts, unanswered challenges and browsers that were not used for a year.</summary>
public sealed class RemoveOldTraces(Db db) : DueWorkHandler
{
    public override string Kind => ScheduledWork.RemoveTraces;

    public override TimeSpan? Every => TimeSpan.FromHours(1);

    public override async Task HandleAsync(IReadOnlyList<DueRow> rows, CancellationToken ct)
    {
        await using var work = await db.BeginAsync(Caller.System(nameof(RemoveOldTraces)), ct);
        await work.ExecuteAsync(
            """
            delete from mails where expires_at <= @dayAgo;
            delete from password_attempts where since <= @dayAgo and (locked_until is null or locked_until <= @Now);
            delete from passkey_challenges where expires_at <= @Now;
            delete from external_sign_ins where expires_at <= @Now;
            delete from known_devices where last_used_at <= @yearAgo
            """, new { work.Now, dayAgo = work.Now.AddDays(-1), yearAgo = work.Now.AddYears(-1) });
        await work.CommitAsync(ct);
    }
}
