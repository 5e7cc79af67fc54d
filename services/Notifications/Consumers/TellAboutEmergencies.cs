using GroupTherapy.Contracts.Room.V1;
using GroupTherapy.Notifications.Domain;
using GroupTherapy.Notifications.Storage;
using GroupTherapy.Platform.Data;
using GroupTherapy.Platform.Messaging;

namespace GroupTherapy.Notifications.Consumers;

/// <summary>Tells a practice's operators at once that a group was opened by break-glass access.</summary>
public sealed class TellWhenBreakGlassOpened(Db db) : TransactionalConsumer<BreakGlassOpened>(db)
{
    protected override async Task HandleAsync(UnitOfWork work, BreakGlassOpened m, CancellationToken ct) =>
        await NoticeStore.TellAsync(
            work,
            MailKinds.BreakGlassOpened,
            $"{m.OpeningId}",
            await PeopleStore.OperatorsAsync(work, [m.Practice]),
            m.Practice,
            new MailFacts(GroupId: m.GroupId)
        );
}

/// <summary>
/// Tells a member a day later, in neutral words, that there is a new entry under their data: another reader of the mailbox learns neither of the danger
/// nor of the help.
/// </summary>
public sealed class TellWhenBreakGlassDisclosed(Db db) : TransactionalConsumer<BreakGlassDisclosed>(db)
{
    private static readonly TimeSpan Later = TimeSpan.FromHours(24);

    protected override Task HandleAsync(UnitOfWork work, BreakGlassDisclosed m, CancellationToken ct) =>
        NoticeStore.TellAsync(
            work,
            MailKinds.RecordRead,
            $"{m.OpeningId}",
            m.MemberId,
            m.Practice,
            new MailFacts(),
            dueAt: m.At + Later,
            until: m.At + Later + NoticeStore.Worth
        );
}
