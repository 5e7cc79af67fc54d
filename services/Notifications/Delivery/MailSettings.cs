using MailKit.Security;

namespace GroupTherapy.Notifications.Delivery;

/// <summary>Where mails go and whom they come from: the section <c>Mail</c>.</summary>
/// <param name="From">The sender's address.</param>
/// <param name="FromName">The sender's name: neutral, others see it.</param>
/// <param name="Folder">Mails lie here as <c>.eml</c> where there is no SMTP server.</param>
public sealed record MailSettings(string From, string FromName, string? Folder, SmtpSettings? Smtp)
{
    /// <exception cref="InvalidOperationException">A setting is missing or wrong.</exception>
    public static MailSettings Read(IConfiguration configuration)
    {
        var mail = configuration.GetSection("Mail");
        var smtp = mail["Smtp:Host"] is { Length: > 0 } ? SmtpSettings.Read(mail.GetSection("Smtp")) : null;
        var from = mail["From"] is { Length: > 0 } address ? address : "no-reply@localhost.localdomain";
        if (!MimeKit.MailboxAddress.TryParse(from, out var parsed) || parsed.Address != from)
        {
            throw new InvalidOperationException("Mail:From must be an address like no-reply@example.org.");
        }

        return new MailSettings(from, mail["FromName"] is { Length: > 0 } name ? name : "Sessions", mail["Folder"], smtp);
    }
}

/// <summary>An SMTP server.</summary>
/// <param name="User">Null for a server that asks for none.</param>
/// <param name="Timeout">For one whole letter, from the connection to the server's answer.</param>
/// <param name="Connections">How many letters go out at once.</param>
/// <param name="CertificateSha256">The only certificate that is trusted, for a server of one's own; null trusts what the system trusts.</param>
public sealed record SmtpSettings(
    string Host, int Port, SecureSocketOptions Security, string? User, string? Password, TimeSpan Timeout, int Connections,
    string? CertificateSha256)
{
    internal static SmtpSettings Read(IConfigurationSection smtp)
    {
        var security = smtp["Security"] switch
        {
            null or "" or "starttls" => SecureSocketOptions.StartTls,
            "tls" => SecureSocketOptions.SslOnConnect,
            "none" => SecureSocketOptions.None,
            var other => throw new InvalidOperationException($"Mail:Smtp:Security is starttls, tls or none; it is '{other}'."),
        };
        var (host, user) = (smtp["Host"]!, smtp["User"] is { Length: > 0 } name ? name : null);
        if (user is not null && security == SecureSocketOptions.None && host is not ("127.0.0.1" or "::1" or "localhost"))
        {
            throw new InvalidOperationException("Mail:Smtp: a password is sent over TLS only. Set Security to starttls or tls.");
        }

        return new SmtpSettings(
            host, smtp.GetValue("Port", security == SecureSocketOptions.SslOnConnect ? 465 : 587), security, user, smtp["Password"],
            TimeSpan.FromSeconds(smtp.GetValue("TimeoutSeconds", 20d)), smtp.GetValue("Connections", 4),
            smtp["CertificateSha256"] is { Length: > 0 } pin ? pin.Replace(":", "", StringComparison.Ordinal) : null);
    }
}
