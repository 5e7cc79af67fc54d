using System.Net.Security;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using MailKit.Security;
using MimeKit;

namespace GroupTherapy.Notifications.Delivery;

/// <summary>Where mails go and whom they come from: the section <c>Mail</c>.</summary>
/// <param name="From">The sender's address.</param>
/// <param name="FromName">The sender's name: neutral, others see it.</param>
/// <param name="Folder">Mails lie here as <c>.eml</c> where there is no SMTP server.</param>
/// <param name="Bounces">Where mails come back to; null where they are not read.</param>
public sealed record MailSettings(string From, string FromName, string? Folder, SmtpSettings? Smtp, BounceSettings? Bounces = null)
{
    /// <exception cref="InvalidOperationException">A setting is missing or wrong.</exception>
    public static MailSettings Read(IConfiguration configuration)
    {
        var mail = configuration.GetSection("Mail");
        var smtp = mail["Smtp:Host"] is { Length: > 0 } ? SmtpSettings.Read(mail.GetSection("Smtp")) : null;
        var from = AddressOf(mail["From"] ?? "", "Mail:From") ?? "no-reply@localhost.localdomain";
        var bounces = mail["Bounces:Host"] is { Length: > 0 } ? BounceSettings.Read(mail.GetSection("Bounces")) : null;
        return new MailSettings(from, mail["FromName"] is { Length: > 0 } name ? name : "Sessions", mail["Folder"], smtp, bounces);
    }

    /// <summary>Where servers send back what they cannot deliver.</summary>
    public MailboxAddress ReturnTo => new(null, Bounces?.Address ?? From);

    internal static string? AddressOf(string text, string setting) =>
        text.Length == 0 ? null
        : MailboxAddress.TryParse(text, out var parsed) && parsed.Address == text ? text
        : throw new InvalidOperationException($"{setting} must be an address like no-reply@example.org.");
}

/// <summary>An SMTP server.</summary>
/// <param name="User">Null for a server that asks for none.</param>
/// <param name="Timeout">For one whole letter, from the connection to the server's answer.</param>
/// <param name="Connections">How many letters go out at once.</param>
/// <param name="CertificateSha256">The only certificate that is trusted, for a server of one's own; null trusts what the system trusts.</param>
public sealed record SmtpSettings(
    string Host,
    int Port,
    SecureSocketOptions Security,
    string? User,
    string? Password,
    TimeSpan Timeout,
    int Connections,
    string? CertificateSha256
)
{
    internal static SmtpSettings Read(IConfigurationSection smtp)
    {
        var (host, security, user) = ConnectionSecurity.Read(smtp);
        return new SmtpSettings(
            host,
            smtp.GetValue("Port", security == SecureSocketOptions.SslOnConnect ? 465 : 587),
            security,
            user,
            smtp["Password"],
            TimeSpan.FromSeconds(smtp.GetValue("TimeoutSeconds", 20d)),
            smtp.GetValue("Connections", 4),
            PinnedCertificate.Read(smtp)
        );
    }
}

/// <summary>The mailbox, read over IMAP, to which servers send back what they could not deliver.</summary>
/// <param name="Address">Its address; null: the sender's.</param>
/// <param name="Folder">Which of its folders.</param>
/// <param name="CertificateSha256">As in <see cref="SmtpSettings"/>.</param>
public sealed record BounceSettings(
    string Host,
    int Port,
    SecureSocketOptions Security,
    string? Address,
    string User,
    string Password,
    string Folder,
    TimeSpan Every,
    string? CertificateSha256
)
{
    internal static BounceSettings Read(IConfigurationSection imap)
    {
        var (host, security, user) = ConnectionSecurity.Read(imap);
        return new BounceSettings(
            host,
            imap.GetValue("Port", security == SecureSocketOptions.SslOnConnect ? 993 : 143),
            security,
            MailSettings.AddressOf(imap["Address"] ?? "", "Mail:Bounces:Address"),
            user ?? throw new InvalidOperationException("Mail:Bounces: a mailbox has a User and a Password."),
            imap["Password"] ?? "",
            imap["Folder"] is { Length: > 0 } folder ? folder : "INBOX",
            TimeSpan.FromSeconds(imap.GetValue("EverySeconds", 60d)),
            PinnedCertificate.Read(imap)
        );
    }
}

/// <summary>How a connection to a mail server is protected.</summary>
internal static class ConnectionSecurity
{
    /// <exception cref="InvalidOperationException">A password would go out in clear, or the word is none of three.</exception>
    public static (string Host, SecureSocketOptions Security, string? User) Read(IConfigurationSection server)
    {
        var security = server["Security"] switch
        {
            null or "" or "starttls" => SecureSocketOptions.StartTls,
            "tls" => SecureSocketOptions.SslOnConnect,
            "none" => SecureSocketOptions.None,
            var other => throw new InvalidOperationException($"{server.Path}:Security is starttls, tls or none; it is '{other}'."),
        };
        var (host, user) = (server["Host"]!, server["User"] is { Length: > 0 } name ? name : null);
        return user is null || security != SecureSocketOptions.None || host is "127.0.0.1" or "::1" or "localhost"
            ? (host, security, user)
            : throw new InvalidOperationException($"{server.Path}: a password is sent over TLS only. Set Security to starttls or tls.");
    }
}

/// <summary>Trusts one certificate alone.</summary>
internal static class PinnedCertificate
{
    public static string? Read(IConfigurationSection server) =>
        server["CertificateSha256"] is { Length: > 0 } pin ? pin.Replace(":", "", StringComparison.Ordinal) : null;

    public static RemoteCertificateValidationCallback Only(string sha256) =>
        (_, certificate, _, _) =>
            certificate is X509Certificate2 shown && shown.GetCertHashString(HashAlgorithmName.SHA256).Equals(sha256, StringComparison.OrdinalIgnoreCase);
}
