using GroupTherapy.Notifications.Delivery;
using GroupTherapy.Notifications.Domain;
using GroupTherapy.Notifications.Storage;
using GroupTherapy.Platform.Data;
using GroupTherapy.Platform.Security;
using GroupTherapy.Platform.Work;

namespace GroupTherapy.Notifications.Workers;

/// <summary>Reads which mails came back after a server had taken them, where a mailbox for that is named.</summary>
public sealed class ReadBounces(Db db, BounceMailbox mailbox, MailSettings settings) : DueWorkHandler
{
    public override string Kind => ScheduledWork.ReadBounces;

    public override TimeSpan? Every => settings.Bounces!.Every;

    public override TimeSpan ClaimFor => TimeSpan.FromMinutes(3);

    public override Task HandleAsync(IReadOnlyList<DueRow> rows, CancellationToken ct) => mailbox.ReadAsync(NoteAsync, ct);

    private async Task NoteAsync(Bounce bounce)
    {
        await using var work = await db.BeginAsync(Caller.System(nameof(ReadBounces)));
        await MailStore.ReturnAsync(work, bounce.Mail, bounce.Status, BounceRules.IsOfAddress(bounce.Status));
        await work.CommitAsync();
    }
}
