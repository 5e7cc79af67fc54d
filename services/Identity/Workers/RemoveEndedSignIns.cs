using GroupTherapy.Platform.Data;
using GroupTherapy.Platform.Security;

namespace GroupTherapy.Identity.Workers;

/// <summary>Removes sign-ins (with their refresh tokens) and invitations a day after they ended; what happened stays in the audit record.</summary>
internal sealed class RemoveEndedSignIns(Db db, ILogger<RemoveEndedSignIns> log) : RegularWork(db.Clock, TimeSpan.FromHours(1), "ended sign-ins", log)
{
    private static readonly TimeSpan KeptFor = TimeSpan.FromDays(1);

    public override async Task<bool> StepAsync(CancellationToken ct)
    {
        await using var work = await db.BeginAsync(Caller.System("forgetting"), ct);
        await work.ExecuteAsync("delete from sign_ins where ends_at < @before; delete from invitations where expires_at < @before", new { before = work.Now - KeptFor });
        await work.CommitAsync(ct);
        return false;
    }
}
