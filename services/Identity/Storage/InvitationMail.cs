using System.Net.Mail;
using System.Net.Mime;
using System.Text;

namespace GroupTherapy.Identity.Storage;

/// <summary>
/// Mails invitations: the token goes to the invited mailbox and nowhere else. Until mails are sent by SMTP they lie in the folder <c>Mail:Folder</c>.
/// A mail whose transaction did not commit holds a token that opens nothing.
/// </summary>
internal sealed class InvitationMail(IConfiguration configuration, IWebHostEnvironment environment)
{
    private readonly string? _folder = configuration["Mail:Folder"];

    /// <summary>Only a demonstration shows a token to the inviter.</summary>
    public bool ShowsToken => !environment.IsProduction();

    public async Task SendAsync(string email, string name, string practice, string token)
    {
        if (_folder is not { } folder)
        {
            return;
        }

        if (!OperatingSystem.IsWindows())
        {
            Directory.CreateDirectory(folder, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        }

        using var sender = new SmtpClient { DeliveryMethod = SmtpDeliveryMethod.SpecifiedPickupDirectory, PickupDirectoryLocation = Path.GetFullPath(folder) };
        using var mail = new MailMessage(configuration["Mail:From"] ?? "no-reply@localhost.localdomain", email)
        {
            Subject = "Your invitation",
            BodyEncoding = Encoding.UTF8,
            BodyTransferEncoding = TransferEncoding.EightBit,
            Body = $"""
                Hello {name},

                you are invited to work with the practice "{practice}" here: {configuration["Public:Url"] ?? configuration["Gateway:Address"]}

                Your invitation code: {token}

                It works once, within 72 hours. If you have an account already, use your own password with it; otherwise you choose one.
                If you did not expect this, you need not do anything.

                """.ReplaceLineEndings("\r\n"),
        };
        await sender.SendMailAsync(mail);
    }
}
