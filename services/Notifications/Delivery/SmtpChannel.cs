using System.Collections.Concurrent;
using System.Net.Sockets;
using System.Text.RegularExpressions;
using GroupTherapy.Notifications.Domain;
using MailKit;
using MailKit.Net.Smtp;
using MailKit.Security;
using MimeKit;

namespace GroupTherapy.Notifications.Delivery;

/// <summary>
/// Sends by SMTP over connections that are kept for a few seconds. A letter is in doubt only after its end went out: a server that had less of it must not
/// deliver it (RFC 5321, 4.1.1.4), and one that answered has said what it did.
/// </summary>
public sealed partial class SmtpChannel(MailSettings settings, TimeProvider clock) : IChannel, IDisposable
{
    private static readonly TimeSpan IdleAtMost = TimeSpan.FromSeconds(15);
    private readonly SmtpSettings _smtp = settings.Smtp!;
    private readonly ConcurrentBag<Connection> _idle = [];

    public async Task<DeliveryResult> DeliverAsync(Letter letter, CancellationToken ct)
    {
        using var message = Mime.Of(letter, settings, clock.GetUtcNow());
        if (message is null)
        {
            return new DeliveryResult(Outcome.BadAddress, "not-an-address");
        }

        using var limit = CancellationTokenSource.CreateLinkedTokenSource(ct);
        limit.CancelAfter(_smtp.Timeout);
        var kept = Take();
        var result = await SendAsync(kept, message, limit.Token);
        // A connection that the server has closed meanwhile says nothing of this letter.
        return kept is not null && result.Outcome == Outcome.ServerAway && !limit.IsCancellationRequested
            ? await SendAsync(null, message, limit.Token)
            : result;
    }

    public void Dispose()
    {
        while (_idle.TryTake(out var kept))
        {
            kept.Dispose();
        }
    }

    private async Task<DeliveryResult> SendAsync(Connection? kept, MimeMessage message, CancellationToken ct)
    {
        var connection = kept ?? new Connection(_smtp);
        var isOpen = kept is not null;
        try
        {
            if (!isOpen)
            {
                await connection.OpenAsync(ct);
                isOpen = true;
            }

            connection.Wire.BeginLetter();
            await connection.Client.SendAsync(FormatOptions.Default, message, settings.ReturnTo, message.To.Mailboxes, ct);
            Keep(connection);
            return new DeliveryResult(Outcome.Accepted);
        }
        catch (SmtpCommandException e) when (isOpen)
        {
            // The server has answered: nothing is in doubt.
            Keep(connection);
            return Of(e);
        }
        catch (Exception e) when (IsOfTheWire(e))
        {
            connection.Dispose();
            // A limit that ends while the text goes out may cut off its end, or the answer.
            var inDoubt = connection.Wire.EndWasSent || (e is OperationCanceledException && connection.Wire.TextBegan);
            var code = e switch
            {
                OperationCanceledException => "timeout",
                AuthenticationException => "sign-in-refused",
                SslHandshakeException => "tls",
                SmtpCommandException refused => CodeOf(refused),
                NotSupportedException => "not-supported",
                _ => "connection",
            };
            return new DeliveryResult(
                inDoubt ? Outcome.Unknown
                    : connection.Wire.TextBegan ? Outcome.Later
                    : Outcome.ServerAway,
                code
            );
        }
    }

    private void Keep(Connection connection)
    {
        if (connection.Client.IsConnected)
        {
            connection.KeptSince = clock.GetUtcNow();
            _idle.Add(connection);
        }
        else
        {
            connection.Dispose();
        }
    }

    private Connection? Take()
    {
        while (_idle.TryTake(out var kept))
        {
            if (kept.Client.IsConnected && clock.GetUtcNow() - kept.KeptSince < IdleAtMost)
            {
                return kept;
            }

            kept.Dispose();
        }

        return null;
    }

    private static bool IsOfTheWire(Exception e) =>
        e
            is OperationCanceledException
                or IOException
                or SocketException
                or ProtocolException
                or SslHandshakeException
                or AuthenticationException
                or CommandException
                or ServiceNotConnectedException
                or ServiceNotAuthenticatedException
                or NotSupportedException
                or TimeoutException;

    // A sender that is not taken is the same for every letter: the server, or how it is set up, is to blame.
    private static DeliveryResult Of(SmtpCommandException e) =>
        new(
            (int)e.StatusCode < 500 ? Outcome.Later
                : e.ErrorCode == SmtpErrorCode.SenderNotAccepted ? Outcome.ServerAway
                : e.ErrorCode == SmtpErrorCode.RecipientNotAccepted && BounceRules.IsOfAddress(StatusOf(e), (int)e.StatusCode) ? Outcome.BadAddress
                : Outcome.Refused,
            CodeOf(e)
        );

    private static string? StatusOf(SmtpCommandException e) => Enhanced().Match(e.Message) is { Success: true } enhanced ? enhanced.Value : null;

    private static string CodeOf(SmtpCommandException e) => $"{(int)e.StatusCode} {StatusOf(e)}".TrimEnd();

    [GeneratedRegex(@"\b[245]\.\d{1,3}\.\d{1,3}\b")]
    private static partial Regex Enhanced();

    private sealed class Connection : IDisposable
    {
        private readonly SmtpSettings _smtp;

        public Connection(SmtpSettings smtp)
        {
            _smtp = smtp;
            Client = new NotifyingClient(Wire) { Timeout = (int)smtp.Timeout.TotalMilliseconds };
            if (smtp.CertificateSha256 is { } pin)
            {
                Client.ServerCertificateValidationCallback = PinnedCertificate.Only(pin);
            }
        }

        public WireWatch Wire { get; } = new();

        public SmtpClient Client { get; }

        public DateTimeOffset KeptSince { get; set; }

        public async Task OpenAsync(CancellationToken ct)
        {
            await Client.ConnectAsync(_smtp.Host, _smtp.Port, _smtp.Security, ct);
            if (_smtp.User is { } user)
            {
                await Client.AuthenticateAsync(user, _smtp.Password ?? "", ct);
            }

            // With DATA alone the end of a text can be seen on the wire.
            Client.Capabilities &= ~SmtpCapabilities.Chunking;
        }

        public void Dispose() => Client.Dispose();
    }

    /// <summary>Asks the servers on the way, where they can (RFC 3461), to say which mail came back, and to leave its text out.</summary>
    private sealed class NotifyingClient : SmtpClient
    {
        public NotifyingClient(IProtocolLogger wire)
            : base(wire) => DeliveryStatusNotificationType = MailKit.Net.Smtp.DeliveryStatusNotificationType.HeadersOnly;

        protected override string GetEnvelopeId(MimeMessage message) => message.MessageId!;

        protected override DeliveryStatusNotification? GetDeliveryStatusNotifications(MimeMessage message, MailboxAddress mailbox) =>
            DeliveryStatusNotification.Failure;
    }

    /// <summary>Sees what went out, to tell a letter that was cut off from one whose answer was lost. Keeps five bytes and writes nothing.</summary>
    private sealed class WireWatch : IProtocolLogger
    {
        private readonly Queue<byte> _tail = new();

        public IAuthenticationSecretDetector? AuthenticationSecretDetector { get; set; }

        public bool TextBegan { get; private set; }

        public bool EndWasSent { get; private set; }

        public void BeginLetter()
        {
            _tail.Clear();
            (TextBegan, EndWasSent) = (false, false);
        }

        public void LogConnect(Uri uri) { }

        public void LogServer(byte[] buffer, int offset, int count) => TextBegan |= count >= 3 && buffer.AsSpan(offset, 3).SequenceEqual("354"u8);

        public void LogClient(byte[] buffer, int offset, int count)
        {
            foreach (var one in buffer.AsSpan(offset + Math.Max(0, count - 5), Math.Min(count, 5)))
            {
                _tail.Enqueue(one);
                if (_tail.Count > 5)
                {
                    _tail.Dequeue();
                }
            }

            EndWasSent |= TextBegan && _tail.SequenceEqual("\r\n.\r\n"u8.ToArray());
        }

        public void Dispose() { }
    }
}
