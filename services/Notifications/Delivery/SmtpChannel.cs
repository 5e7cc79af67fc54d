using System.Collections.Concurrent;
using System.Net.Sockets;
using System.Text.RegularExpressions;
using MailKit;
using MailKit.Net.Smtp;
using MailKit.Security;
using MimeKit;

namespace GroupTherapy.Notifications.Delivery;

/// <summary>
/// Sends by SMTP over connections that are kept for a few seconds. A letter is in doubt only after its last byte went out: a server that had less of it
/// must not deliver it (RFC 5321, 4.1.1.4), and one that answered has said what it did.
/// </summary>
public sealed partial class SmtpChannel(MailSettings settings, TimeProvider clock) : IChannel, IDisposable
{
    private static readonly TimeSpan IdleAtMost = TimeSpan.FromSeconds(15);
    private readonly SmtpSettings _smtp = settings.Smtp!;
    private readonly ConcurrentBag<(SmtpClient Client, DateTimeOffset Since)> _idle = [];

    public async Task<Delivery> DeliverAsync(Letter letter, CancellationToken ct)
    {
        using var message = Mime.Of(letter, settings, clock.GetUtcNow());
        if (message is null)
        {
            return new Delivery(Outcome.BadAddress, "not-an-address");
        }

        using var limit = CancellationTokenSource.CreateLinkedTokenSource(ct);
        limit.CancelAfter(_smtp.Timeout);
        var kept = Take();
        var (delivery, began) = await SendAsync(kept, message, limit.Token);
        // A connection that the server has closed meanwhile says nothing of this letter.
        return kept is not null && delivery.Outcome == Outcome.ServerAway && !began && !limit.IsCancellationRequested
            ? (await SendAsync(null, message, limit.Token)).Delivery : delivery;
    }

    public void Dispose()
    {
        while (_idle.TryTake(out var kept))
        {
            kept.Client.Dispose();
        }
    }

    private async Task<(Delivery Delivery, bool Began)> SendAsync(SmtpClient? kept, MimeMessage message, CancellationToken ct)
    {
        var progress = new Progress();
        var client = kept ?? new SmtpClient { Timeout = (int)_smtp.Timeout.TotalMilliseconds };
        var connected = kept is not null;
        try
        {
            if (!connected)
            {
                await client.ConnectAsync(_smtp.Host, _smtp.Port, _smtp.Security, ct);
                if (_smtp.User is { } user)
                {
                    await client.AuthenticateAsync(user, _smtp.Password ?? "", ct);
                }

                connected = true;
            }

            await client.SendAsync(FormatOptions.Default, message, ct, progress);
            _idle.Add((client, clock.GetUtcNow()));
            return (new Delivery(Outcome.Accepted), true);
        }
        catch (SmtpCommandException e) when (connected)
        {
            // The server has answered: the connection is good, and nothing is in doubt.
            if (client.IsConnected)
            {
                _idle.Add((client, clock.GetUtcNow()));
            }
            else
            {
                client.Dispose();
            }

            return (Of(e), true);
        }
        catch (Exception e) when (IsOfTheWire(e))
        {
            client.Dispose();
            var code = e switch
            {
                OperationCanceledException => "timeout",
                AuthenticationException => "sign-in-refused",
                SslHandshakeException => "tls",
                SmtpCommandException refused => CodeOf(refused),
                NotSupportedException => "not-supported",
                _ => "connection",
            };
            return (new Delivery(progress.IsWhole ? Outcome.Unknown : progress.Began ? Outcome.Later : Outcome.ServerAway, code), progress.Began);
        }
    }

    private SmtpClient? Take()
    {
        while (_idle.TryTake(out var kept))
        {
            if (kept.Client.IsConnected && clock.GetUtcNow() - kept.Since < IdleAtMost)
            {
                return kept.Client;
            }

            kept.Client.Dispose();
        }

        return null;
    }

    private static bool IsOfTheWire(Exception e) => e is OperationCanceledException or IOException or SocketException or ProtocolException
        or SslHandshakeException or AuthenticationException or CommandException or ServiceNotConnectedException or ServiceNotAuthenticatedException
        or NotSupportedException or TimeoutException;

    private static Delivery Of(SmtpCommandException e)
    {
        var isPermanent = (int)e.StatusCode >= 500;
        return new Delivery(
            !isPermanent ? Outcome.Later : e.ErrorCode == SmtpErrorCode.RecipientNotAccepted ? Outcome.BadAddress : Outcome.Refused, CodeOf(e));
    }

    private static string CodeOf(SmtpCommandException e) =>
        Enhanced().Match(e.Message) is { Success: true } enhanced ? $"{(int)e.StatusCode} {enhanced.Value}" : $"{(int)e.StatusCode}";

    [GeneratedRegex(@"\b[245]\.\d{1,3}\.\d{1,3}\b")]
    private static partial Regex Enhanced();

    private sealed class Progress : ITransferProgress
    {
        public bool Began { get; private set; }

        public bool IsWhole { get; private set; }

        public void Report(long bytesTransferred, long totalSize) => (Began, IsWhole) = (true, bytesTransferred >= totalSize);

        public void Report(long bytesTransferred) => Began = true;
    }
}
