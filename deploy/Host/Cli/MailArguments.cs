using System.Net;
using System.Net.Mail;
using GroupTherapy.Host.Options;

namespace GroupTherapy.Host.Cli;

/// <summary>The options of <c>up</c> that name the mail server, and the rules between them.</summary>
internal sealed class MailArguments
{
    private const UnixFileMode Others = UnixFileMode.GroupRead | UnixFileMode.GroupWrite | UnixFileMode.OtherRead | UnixFileMode.OtherWrite;

    public string? Server { get; set; }
    public string? PasswordFile { get; set; }
    public string? From { get; set; }

    public RunOptions Apply(RunOptions options)
    {
        if (Server is null)
        {
            return PasswordFile is null && From is null ? options : throw new UsageException("--smtp-password and --mail-from belong to --smtp URL.");
        }

        // Never printed: it may hold a password.
        if (
            !Uri.TryCreate(Server, UriKind.Absolute, out var url)
            || url.Scheme is not ("smtp" or "smtps")
            || url.Host.Length == 0
            || url.AbsolutePath is not ("" or "/")
            || url.Query.Length > 0
        )
        {
            throw new UsageException("--smtp wants smtp://USER@HOST:PORT (with STARTTLS), or smtps:// for TLS from the first byte.");
        }

        if (url.UserInfo.Contains(':', StringComparison.Ordinal))
        {
            throw new UsageException("--smtp: a password in an argument can be read by everybody on the machine. Put it into a file: --smtp-password FILE.");
        }

        var user = url.UserInfo.Length > 0 ? Uri.UnescapeDataString(url.UserInfo) : null;
        if (user is null != PasswordFile is null)
        {
            throw new UsageException("--smtp smtp://USER@HOST and --smtp-password FILE belong together.");
        }

        if (PasswordFile is not null && (File.GetUnixFileMode(PasswordFile) & Others) != 0)
        {
            throw new UsageException($"--smtp-password: others can read {PasswordFile}. First: chmod 600 {PasswordFile}");
        }

        // A relay on the same machine rarely has a certificate that anybody signed.
        var security =
            url.Scheme == "smtps" ? "tls"
            : url.IsLoopback ? "none"
            : "starttls";
        var port =
            url.Port > 0 ? url.Port
            : security == "tls" ? 465
            : 587;
        return options with { Smtp = new SmtpServer(url.IdnHost.Trim('[', ']'), port, security, user, PasswordFile, Sender(options)) };
    }

    private string Sender(RunOptions options)
    {
        if (From is not null)
        {
            return MailAddress.TryCreate(From, out var address) && address.Address == From
                ? From
                : throw new UsageException($"--mail-from wants one address like no-reply@example.org; got '{From}'.");
        }

        var host = options.Public is { } known ? new Uri(known.Url).IdnHost : null;
        return host is not null && !IPAddress.TryParse(host, out _)
            ? $"no-reply@{host}"
            : throw new UsageException("--smtp needs a sender: --mail-from no-reply@example.org.");
    }
}
