using System.Text.RegularExpressions;
using MimeKit;
using MimeKit.Utils;

namespace GroupTherapy.Notifications.Delivery;

/// <summary>A mail that came back.</summary>
/// <param name="Mail">Its id.</param>
/// <param name="Status">Such as <c>5.1.1</c> (RFC 3463); never the other side's words, which may repeat the address.</param>
public sealed record Bounce(Guid Mail, string Status);

/// <summary>
/// Reads the reports that servers send about mails they could not deliver (RFC 3464). Which mail it was, only its sender and its reader know: its id has 74
/// random bits, and stands in the envelope's id, in the returned headers or in a reference. Pure.
/// </summary>
public static partial class BounceReader
{
    /// <param name="domain">Of the sender's address, as in the id of every mail.</param>
    /// <returns>Null for a message that is no report of a failure, or not of one of our mails.</returns>
    public static Bounce? Of(MimeMessage message, string domain)
    {
        if (message.BodyParts.OfType<MessageDeliveryStatus>().FirstOrDefault() is not { } report)
        {
            return null;
        }

        var groups = report.StatusGroups.ToList();
        var failed = groups.Skip(1).FirstOrDefault(g => string.Equals(g["Action"]?.Trim(), "failed", StringComparison.OrdinalIgnoreCase));
        return failed is not null && Ids(message, groups[0]).Select(id => MailOf(id, domain)).FirstOrDefault(m => m is not null) is { } mail
            ? new Bounce(mail, failed["Status"] is { } status && Status().Match(status) is { Success: true } known ? known.Value : "failed")
            : null;
    }

    private static IEnumerable<string?> Ids(MimeMessage message, HeaderList ofMessage) =>
        [
            ofMessage["Original-Envelope-Id"],
            .. message.BodyParts.OfType<MessagePart>().Select(p => p.Message?.MessageId),
            message.InReplyTo,
            .. message.References,
        ];

    private static Guid? MailOf(string? id, string domain) =>
        id is not null
        && (MimeUtils.ParseMessageId(id) ?? id.Trim()) is var bare
        && bare.EndsWith($"@{domain}", StringComparison.OrdinalIgnoreCase)
        && Guid.TryParseExact(bare[..^(domain.Length + 1)], "n", out var mail)
            ? mail
            : null;

    [GeneratedRegex(@"\b[245]\.\d{1,3}\.\d{1,3}\b")]
    private static partial Regex Status();
}
