using System.Net;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using GroupTherapy.Tests.Support;
using MimeKit;

namespace GroupTherapy.Notifications.Tests;

/// <summary>Mails in a folder without a server, and connections that must be private.</summary>
public sealed class FolderAndTlsTests
{
    private readonly Guid _group = Guid.CreateVersion7();

    [Fact]
    public async Task Without_a_server_mails_lie_in_a_folder_that_its_user_alone_can_read()
    {
        var folder = Path.Combine(Engines.Folder("mails"), "mail");
        await using var world = await World.StartAsync(null, ("Mail:Folder", folder));
        await world.CancelAsync(await world.SessionAsync(_group, TimeSpan.FromDays(2)));
        await world.StateIsAsync(world.Lead, "session-cancelled", "sent");
        var mail = await MimeMessage.LoadAsync(Assert.Single(Directory.GetFiles(folder, "*.eml")));
        Assert.Equal("lead@people.test", mail.To.Mailboxes.Single().Address);
        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute, File.GetUnixFileMode(folder));
    }

    [Fact]
    public async Task With_STARTTLS_and_a_pinned_certificate_mails_and_the_password_go_over_TLS()
    {
        using var certificate = Certificate();
        await using var server = new MailServer(certificate, password: "a password");
        await using var world = await World.StartAsync(
            server.Port,
            ("Mail:Smtp:Security", "starttls"),
            ("Mail:Smtp:User", "sender"),
            ("Mail:Smtp:Password", "a password"),
            ("Mail:Smtp:CertificateSha256", certificate.GetCertHashString(HashAlgorithmName.SHA256))
        );
        await world.CancelAsync(await world.SessionAsync(_group, TimeSpan.FromDays(2)));
        await server.MailToAsync("lead@people.test");
    }

    [Theory]
    [InlineData(true, "tls")]
    [InlineData(false, "not-supported")]
    public async Task A_server_that_cannot_be_trusted_or_speaks_no_TLS_gets_nothing(bool speaksTls, string code)
    {
        using var certificate = Certificate();
        await using var server = new MailServer(speaksTls ? certificate : null);
        await using var world = await World.StartAsync(server.Port, ("Mail:Smtp:Security", "starttls"));
        await world.CancelAsync(await world.SessionAsync(_group, TimeSpan.FromDays(2)));
        await world.StateIsAsync(world.Lead, "session-cancelled", $"waiting {code}");
        Assert.Empty(server.Mails);
    }

    private static X509Certificate2 Certificate()
    {
        using var key = RSA.Create(2048);
        var request = new CertificateRequest("CN=127.0.0.1", key, HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1);
        var names = new SubjectAlternativeNameBuilder();
        names.AddIpAddress(IPAddress.Loopback);
        request.CertificateExtensions.Add(names.Build());
        var now = TimeProvider.System.GetUtcNow();
        using var made = request.CreateSelfSigned(now.AddDays(-1), now.AddDays(1));
        return X509CertificateLoader.LoadPkcs12(made.Export(X509ContentType.Pfx), null);
    }
}
