using System.Globalization;
using System.Net.Sockets;
using System.Text.Json.Nodes;
using GroupTherapy.Host.State;

namespace GroupTherapy.Host.Checks;

/// <summary>Whether mails leave this machine: the settings of the sending service, and the SMTP server's answer to a greeting.</summary>
public static class MailChecks
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(5);

    /// <param name="sender">The service that sends mails.</param>
    public static async Task<Finding> RunAsync(DataFolder folder, string sender, CancellationToken ct)
    {
        var smtp = File.Exists(folder.SettingsOf($"{sender}-1"))
            ? JsonNode.Parse(await File.ReadAllTextAsync(folder.SettingsOf($"{sender}-1"), ct))?["Mail"]?["Smtp"]
            : null;
        if ((string?)smtp?["Host"] is not { Length: > 0 } host)
        {
            return Finding.Missing(
                "mail",
                $"Mails are not sent, they lie in {folder.Mail}: invitations and forgotten passwords reach nobody. "
                    + "Name the SMTP server with --smtp (see deploy/Internet.md) and start again."
            );
        }

        var isTls = (string?)smtp["Security"] == "tls";
        var port =
            int.TryParse(smtp["Port"]?.ToString(), CultureInfo.InvariantCulture, out var number) ? number
            : isTls ? 465
            : 587;
        try
        {
            using var limit = CancellationTokenSource.CreateLinkedTokenSource(ct);
            limit.CancelAfter(Limit);
            using var tcp = new TcpClient();
            await tcp.ConnectAsync(host, port, limit.Token);
            if (isTls)
            {
                return Finding.Ok("mail", $"The SMTP server {host}:{port} can be reached.");
            }

            using var reader = new StreamReader(tcp.GetStream());
            var greeting = await reader.ReadLineAsync(limit.Token);
            return greeting?.StartsWith("220", StringComparison.Ordinal) == true
                ? Finding.Ok("mail", $"The SMTP server {host}:{port} answers.")
                : Finding.Missing("mail", $"{host}:{port} does not greet as an SMTP server does.");
        }
        catch (Exception e) when (e is SocketException or IOException || (e is OperationCanceledException && !ct.IsCancellationRequested))
        {
            return Finding.Missing("mail", $"The SMTP server {host}:{port} cannot be reached from here ({e.GetType().Name}).");
        }
    }
}
