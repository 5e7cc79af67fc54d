using System.Buffers;
using System.Collections.Concurrent;
using System.Net;
using System.Security.Cryptography.X509Certificates;
using GroupTherapy.Tests.Support;
using MimeKit;
using SmtpServer;
using SmtpServer.Authentication;
using SmtpServer.Mail;
using SmtpServer.Protocol;
using SmtpServer.Storage;

namespace GroupTherapy.Notifications.Tests;

/// <summary>A real SMTP server that keeps what it takes.</summary>
public sealed class MailServer : IAsyncDisposable
{
    private readonly CancellationTokenSource _stop = new();
    private readonly Task _running;

    public MailServer(X509Certificate2? certificate = null, string? password = null, int? port = null)
    {
        Port = port ?? Engines.FreePort();
        var options = new SmtpServerOptionsBuilder()
            .ServerName("mail.test")
            .Endpoint(e =>
            {
                e.Endpoint(new IPEndPoint(IPAddress.Loopback, Port));
                if (certificate is not null)
                {
                    e.Certificate(certificate);
                }

                e.AuthenticationRequired(password is not null);
            })
            .Build();
        var services = new SmtpServer.ComponentModel.ServiceProvider();
        services.Add((IMessageStore)new Store(this));
        services.Add((IMailboxFilter)new Filter(this));
        services.Add((IUserAuthenticator)new DelegatingUserAuthenticator((_, user, given) => user == "sender" && given == password));
        _running = new SmtpServer.SmtpServer(options, services).StartAsync(_stop.Token);
    }

    public int Port { get; }

    public ConcurrentQueue<MimeMessage> Mails { get; } = new();

    /// <summary>Addresses that are refused, with the answer to each attempt.</summary>
    public ConcurrentDictionary<string, SmtpReplyCode> Refuses { get; } = new();

    /// <summary>Counts attempts to name a recipient.</summary>
    public ConcurrentDictionary<string, int> Asked { get; } = new();

    public IReadOnlyList<MimeMessage> To(string address) => [.. Mails.Where(m => m.To.Mailboxes.Single().Address == address)];

    public async Task<MimeMessage> MailToAsync(string address)
    {
        await Eventually.Async(() => To(address).Count > 0, () => $"no mail came to {address}", TimeSpan.FromSeconds(30));
        return Assert.Single(To(address));
    }

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        try
        {
            await _running;
        }
        catch (OperationCanceledException) { }

        _stop.Dispose();
    }

    private sealed class Store(MailServer server) : MessageStore
    {
        public override async Task<SmtpResponse> SaveAsync(
            ISessionContext context,
            IMessageTransaction transaction,
            ReadOnlySequence<byte> buffer,
            CancellationToken cancellationToken
        )
        {
            using var stream = new MemoryStream(buffer.ToArray());
            server.Mails.Enqueue(await MimeMessage.LoadAsync(stream, cancellationToken));
            return SmtpResponse.Ok;
        }
    }

    private sealed class Filter(MailServer server) : MailboxFilter
    {
        public override Task<bool> CanDeliverToAsync(ISessionContext context, IMailbox to, IMailbox from, CancellationToken cancellationToken)
        {
            var address = to.AsAddress();
            server.Asked.AddOrUpdate(address, 1, (_, n) => n + 1);
            return server.Refuses.TryGetValue(address, out var code)
                ? throw new SmtpResponseException(new SmtpResponse(code, $"<{address}> is not taken"))
                : Task.FromResult(true);
        }
    }
}
