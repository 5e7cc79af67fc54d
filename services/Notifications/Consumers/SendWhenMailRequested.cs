using GroupTherapy.Contracts.Identity.V1;
using GroupTherapy.Notifications.Domain;
using GroupTherapy.Notifications.Storage;
using GroupTherapy.Platform.Data;
using GroupTherapy.Platform.Messaging;

namespace GroupTherapy.Notifications.Consumers;

/// <summary>Sends a mail that Identity wants sent. The address and the link are asked for at the moment of sending.</summary>
public sealed class SendWhenMailRequested(Db db) : TransactionalConsumer<MailRequested>(db)
{
    protected override Task HandleAsync(UnitOfWork work, MailRequested message, CancellationToken ct) =>
        MailKinds.Find(message.Kind) is { } kind && MailKinds.IsOfAccounts(kind)
            ? NoticeStore.TellAsync(work, kind, $"{message.MailId}", person: null, practice: null, new MailFacts(Request: message.MailId))
            : throw new NotSupportedException($"Identity asks for a mail of kind '{message.Kind}', for which there is no text.");
}
