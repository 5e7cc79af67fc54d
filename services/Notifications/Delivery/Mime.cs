using MimeKit;
using MimeKit.Text;
using MimeKit.Utils;

namespace GroupTherapy.Notifications.Delivery;

/// <summary>Makes the message of a letter. A header holds only a constant subject, an id, or an address that was parsed as exactly one address.</summary>
internal static class Mime
{
    /// <returns>Null when the address is none.</returns>
    public static MimeMessage? Of(Letter letter, MailSettings settings, DateTimeOffset now)
    {
        if (letter.To.Any(char.IsControl) || !MailboxAddress.TryParse(letter.To, out var to) || to.Address != letter.To)
        {
            return null;
        }

        var from = new MailboxAddress(settings.FromName, settings.From);
        var message = new MimeMessage
        {
            Date = now,
            Subject = letter.Subject,
            MessageId = $"{letter.Id:n}@{from.Domain}",
        };
        message.From.Add(from);
        message.To.Add(new MailboxAddress(null, to.Address));
        message.Headers.Add("Auto-Submitted", "auto-generated");
        if (letter.Unsubscribe is { } unsubscribe)
        {
            message.Headers.Add(HeaderId.ListUnsubscribe, $"<{unsubscribe}>");
            message.Headers.Add(HeaderId.ListUnsubscribePost, "List-Unsubscribe=One-Click");
        }

        var text = new MultipartAlternative
        {
            new TextPart(TextFormat.Plain) { Text = letter.Plain, ContentTransferEncoding = ContentEncoding.QuotedPrintable },
            new TextPart(TextFormat.Html) { Text = letter.Html, ContentTransferEncoding = ContentEncoding.QuotedPrintable },
        };
        if (letter.Calendars is not { Count: > 0 } calendars)
        {
            message.Body = text;
            return message;
        }

        var parts = new Multipart("mixed") { text };
        foreach (var calendar in calendars)
        {
            parts.Add(
                new TextPart("calendar")
                {
                    Text = calendar,
                    ContentTransferEncoding = ContentEncoding.Base64,
                    ContentDisposition = new ContentDisposition(ContentDisposition.Attachment) { FileName = "session.ics" },
                }
            );
        }

        message.Body = parts;
        return message;
    }
}
