using System.Net.Security;
using GroupTherapy.Host.Checks;
using GroupTherapy.Host.Cli;
using GroupTherapy.Host.Options;
using GroupTherapy.Host.State;
using GroupTherapy.Tests.Support;
using Xunit;

namespace GroupTherapy.Deploy.Tests;

/// <summary>What <c>deploy/check</c> makes of the facts.</summary>
public sealed class CheckTests
{
    private static readonly DateTimeOffset Now = new(2026, 11, 30, 12, 0, 0, TimeSpan.Zero);
    private readonly DataFolder folder = new(Engines.Folder("check"));

    public CheckTests() => folder.Create();

    [Theory]
    [InlineData(60, SslPolicyErrors.None, Standing.Ok, "good until 2027-01-29")]
    [InlineData(13, SslPolicyErrors.None, Standing.Missing, "less than 14 days")]
    [InlineData(-1, SslPolicyErrors.None, Standing.Missing, "ended on 2026-11-29")]
    [InlineData(60, SslPolicyErrors.RemoteCertificateNameMismatch, Standing.Missing, "another name")]
    [InlineData(60, SslPolicyErrors.RemoteCertificateChainErrors, Standing.Missing, "not signed")]
    public void A_certificate_is_for_the_name_known_and_good_for_two_weeks(int days, SslPolicyErrors errors, Standing standing, string text)
    {
        var finding = AddressChecks.Certificate(Now.AddDays(days), errors, Now);
        Assert.Equal(standing, finding.Standing);
        Assert.Contains(text, finding.Text, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("Redis server v=7.0.15 sha=00000000:0 malloc=jemalloc-5.3.0 bits=64", Standing.Ok)]
    [InlineData("/usr/lib/rabbitmq/lib/rabbitmq_server-6.2.1", Standing.Missing)]
    [InlineData("", Standing.Advice)]
    public void An_engine_is_new_enough_or_named(string said, Standing standing) =>
        Assert.Equal(standing, EngineChecks.Judge("redis", "Redis", said, new Version(7, 0)).Standing);

    [Fact]
    public void A_secret_that_others_may_read_is_named()
    {
        var file = Path.Combine(folder.SecretsOf("room"), "room-master.key");
        File.WriteAllText(file, "x");
        File.SetUnixFileMode(file, UnixFileMode.UserRead | UnixFileMode.UserWrite);
        Assert.Equal(Standing.Ok, MachineChecks.Files(folder).Standing);
        File.SetUnixFileMode(file, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.GroupRead);
        var finding = MachineChecks.Files(folder);
        Assert.Equal(Standing.Missing, finding.Standing);
        Assert.Contains(file, finding.Text, StringComparison.Ordinal);
    }

    [Fact]
    public void A_backup_is_known_by_its_mark_and_grows_old()
    {
        Assert.Equal(Standing.Missing, MachineChecks.Backup(folder, Now).Standing);
        File.WriteAllText(folder.BackupMark, "");
        File.SetLastWriteTimeUtc(folder.BackupMark, Now.UtcDateTime.AddHours(-25));
        Assert.Equal(Standing.Ok, MachineChecks.Backup(folder, Now).Standing);
        Assert.Equal(Standing.Missing, MachineChecks.Backup(folder, Now.AddHours(2)).Standing);
    }

    [Fact]
    public async Task Without_a_public_address_members_cannot_come_and_a_demonstration_is_not_for_them()
    {
        var findings = await AddressChecks.RunAsync(new RunOptions(), Now, CancellationToken.None);
        Assert.Equal(["public-address", "media"], findings.Where(f => f.Standing == Standing.Missing).Select(f => f.Check));
        Assert.Equal(Standing.Missing, MachineChecks.Demonstration(new RunOptions()).Standing);
        Assert.Equal(Standing.Ok, MachineChecks.Demonstration(new RunOptions { Demo = false }).Standing);
        Assert.Equal("times", MachineChecks.Demonstration(((Up)Arguments.Parse(["up", "--no-demo", "--set", "offer=60"])).Options).Check);
    }

    [Fact]
    public async Task An_SMTP_server_is_greeted()
    {
        Assert.Equal(Standing.Missing, (await MailChecks.RunAsync(folder, "notifications", CancellationToken.None)).Standing);
        using var server = new System.Net.Sockets.TcpListener(System.Net.IPAddress.Loopback, 0);
        server.Start();
        var port = ((System.Net.IPEndPoint)server.LocalEndpoint).Port;
        var settings = $"{{\"Mail\":{{\"Smtp\":{{\"Host\":\"127.0.0.1\",\"Port\":{port},\"Security\":\"starttls\"}}}}}}";
        await File.WriteAllTextAsync(folder.SettingsOf("notifications-1"), settings);
        foreach (var (greeting, standing) in new[] { ("220 mail.example.test\r\n", Standing.Ok), ("SSH-2.0\r\n", Standing.Missing) })
        {
            var asked = MailChecks.RunAsync(folder, "notifications", CancellationToken.None);
            using var client = await server.AcceptTcpClientAsync();
            await client.GetStream().WriteAsync(System.Text.Encoding.ASCII.GetBytes(greeting));
            Assert.Equal(standing, (await asked).Standing);
        }

        server.Stop();
        Assert.Contains("cannot be reached", (await MailChecks.RunAsync(folder, "notifications", CancellationToken.None)).Text, StringComparison.Ordinal);
    }
}
