using MailKit;
using MailKit.Net.Imap;
using MailKit.Search;
using MimeKit;

namespace GroupTherapy.Notifications.Delivery;

/// <summary>
/// The mailbox that mails come back to. A report that was read is removed, since it names an address; anything else stays there, marked as read, for the
/// person who looks after the mailbox.
/// </summary>
public sealed class BounceMailbox(MailSettings settings)
{
    private const int AtOnce = 100;
    private const uint LongestRead = 1024 * 1024;
    private readonly string _domain = new MailboxAddress(null, settings.From).Domain;

    /// <summary>Reads what is new.</summary>
    /// <param name="noteAsync">Is told each mail that came back, before its report is removed.</param>
    /// <exception cref="Exception">The mailbox cannot be reached or read: it is read again later.</exception>
    public async Task ReadAsync(Func<Bounce, Task> noteAsync, CancellationToken ct)
    {
        var mailbox = settings.Bounces!;
        using var client = new ImapClient { Timeout = 20_000 };
        if (mailbox.CertificateSha256 is { } pin)
        {
            client.ServerCertificateValidationCallback = PinnedCertificate.Only(pin);
        }

        await client.ConnectAsync(mailbox.Host, mailbox.Port, mailbox.Security, ct);
        await client.AuthenticateAsync(mailbox.User, mailbox.Password, ct);
        var folder = await client.GetFolderAsync(mailbox.Folder, ct);
        await folder.OpenAsync(FolderAccess.ReadWrite, ct);
        var unread = await folder.SearchAsync(SearchQuery.NotSeen.And(SearchQuery.NotDeleted), ct);
        foreach (var mail in await folder.FetchAsync([.. unread.Take(AtOnce)], MessageSummaryItems.UniqueId | MessageSummaryItems.Size, ct))
        {
            var bounce = mail.Size <= LongestRead ? await BounceOfAsync(folder, mail.UniqueId, ct) : null;
            if (bounce is not null)
            {
                await noteAsync(bounce);
            }

            var flags = bounce is null ? MessageFlags.Seen : MessageFlags.Seen | MessageFlags.Deleted;
            await folder.StoreAsync(mail.UniqueId, new StoreFlagsRequest(StoreAction.Add, flags) { Silent = true }, ct);
            if (bounce is not null)
            {
                await folder.ExpungeAsync([mail.UniqueId], ct);
            }
        }

        await client.DisconnectAsync(quit: true, ct);
    }

    // A message that cannot be read is no report.
    private async Task<Bounce?> BounceOfAsync(IMailFolder folder, UniqueId id, CancellationToken ct)
    {
        try
        {
            using var message = await folder.GetMessageAsync(id, ct);
            return BounceReader.Of(message, _domain);
        }
        catch (FormatException)
        {
            return null;
        }
    }
}
