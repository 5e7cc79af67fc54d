using GroupTherapy.Identity.Storage;
using GroupTherapy.Platform.Data;
using GroupTherapy.Platform.Security;
using GroupTherapy.Platform.Work;

namespace GroupTherapy.Identity.Workers;

/// <summary>Deletes sign-ins, with their refresh tokens, a day after they ended. What happened stays in the audit entries.</summary>
public sealed class RemoveEndedSignIns(Db db) : DueWorkHandler
{
    public override string Kind => ScheduledWork.RemoveSignIn;

    public override int BatchSize => 200;

    public override async Task HandleAsync(IReadOnlyList<DueRow> rows, CancellationToken ct)
    {
        await using var work = await db.BeginAsync(Caller.System(nameof(RemoveEndedSignIns)), ct);
        await work.ExecuteAsync(
            "delete from sign_ins where id = any(@ids) and ends_at <= @Now", new { ids = rows.Select(r => Guid.Parse(r.Key)).ToArray(), work.Now });
        await work.CommitAsync(ct);
    }
}
