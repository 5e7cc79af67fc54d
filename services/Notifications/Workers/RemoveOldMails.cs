using GroupTherapy.Notifications.Storage;
using GroupTherapy.Platform.Data;
using GroupTherapy.Platform.Security;
using GroupTherapy.Platform.Work;

namespace GroupTherapy.Notifications.Workers;

/// <summary>Removes the log of mails after a year and the links to unsubscribe with it.</summary>
public sealed class RemoveOldMails(Db db) : DueWorkHandler
{
    private static readonly TimeSpan KeptFor = TimeSpan.FromDays(400);

    public override string Kind => ScheduledWork.RemoveOldMails;

    public override TimeSpan? Every => TimeSpan.FromHours(6);

    public override async Task HandleAsync(IReadOnlyList<DueRow> rows, CancellationToken ct)
    {
        await using var work = await db.BeginAsync(Caller.System(nameof(RemoveOldMails)), ct);
        await MailStore.RemoveOldAsync(work, work.Now - KeptFor);
        await work.CommitAsync(ct);
    }
}
