using GroupTherapy.Identity.Storage;
using GroupTherapy.Platform.Data;
using GroupTherapy.Platform.Security;
using GroupTherapy.Platform.Work;

namespace GroupTherapy.Identity.Workers;

/// <summary>Deletes invitations a day after they expired. What happened stays in the audit entries.</summary>
public sealed class RemoveExpiredInvitations(Db db) : DueWorkHandler
{
    public override string Kind => ScheduledWork.RemoveInvitation;

    public override int BatchSize => 200;

    public override async Task HandleAsync(IReadOnlyList<DueRow> rows, CancellationToken ct)
    {
        await using var work = await db.BeginAsync(Caller.System(nameof(RemoveExpiredInvitations)), ct);
        await work.ExecuteAsync(
            "delete from invitations where id = any(@ids) and expires_at <= @Now", new { ids = rows.Select(r => Guid.Parse(r.Key)).ToArray(), work.Now });
        await work.CommitAsync(ct);
    }
}
