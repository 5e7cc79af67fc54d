using GroupTherapy.Host.Cli;
using GroupTherapy.Host.Options;
using Xunit;

namespace GroupTherapy.Deploy.Tests;

public sealed class ArgumentsTests
{
    [Fact]
    public void Up_without_options_is_the_demonstration_on_8080()
    {
        var up = Assert.IsType<Up>(Arguments.Parse(["up"]));

        Assert.False(up.Detach);
        Assert.Equal(new RunOptions(), up.Options);
        Assert.Equal((8080, true, 1), (up.Options.Port, up.Options.Demo, up.Options.InstancesOf("room")));
        Assert.EndsWith("/.run", up.DataFolder, StringComparison.Ordinal);
    }

    [Fact]
    public void Every_option_of_up_is_understood()
    {
        var up = Assert.IsType<Up>(
            Arguments.Parse([
                "up",
                "--detach",
                "--scale",
                "room=2",
                "--port",
                "9001",
                "--data",
                "/tmp/x",
                "--no-demo",
                "--set",
                "seat-hold=5",
                "--set",
                "offer=60",
                "--media",
                "10.0.0.7",
                "--scale",
                "janus=2",
                "--no-media",
            ])
        );

        Assert.True(up.Detach);
        Assert.Equal("/tmp/x", up.DataFolder);
        Assert.Equal((9001, false, 2, "10.0.0.7"), (up.Options.Port, up.Options.Demo, up.Options.InstancesOf("room"), up.Options.Media));
        Assert.Equal((2, false), (up.Options.InstancesOf("janus"), up.Options.WithMedia));
        var times = TimeSettings.Resolve(up.Options);
        Assert.Equal((5, 60, 900), (times["SeatHold"], times["Offer"], times["LobbyBefore"]));
    }

    [Fact]
    public void A_mail_server_is_named_and_its_password_stands_in_a_file_that_others_cannot_read()
    {
        var file = Path.GetTempFileName();
        try
        {
            File.SetUnixFileMode(file, UnixFileMode.UserRead | UnixFileMode.UserWrite);
            RunOptions Of(params string[] words) => Assert.IsType<Up>(Arguments.Parse(["up", .. words])).Options;
            Assert.Equal(
                new SmtpServer("smtp.example.org", 587, "starttls", "a@example.org", file, "no-reply@example.org"),
                Of("--smtp", "smtp://a%40example.org@smtp.example.org", "--smtp-password", file, "--mail-from", "no-reply@example.org").Smtp
            );
            Assert.Equal(
                new SmtpServer("smtp.example.org", 465, "tls", null, null, "no-reply@groups.example.org"),
                Of("--smtp", "smtps://smtp.example.org", "--public", "https://groups.example.org", "--trusted-proxy", "127.0.0.1").Smtp
            );
            Assert.Equal(new SmtpServer("127.0.0.1", 25, "none", null, null, "a@b.org"), Of("--smtp", "smtp://127.0.0.1:25", "--mail-from", "a@b.org").Smtp);
            Assert.NotEqual(Of(), Of("--smtp", "smtp://127.0.0.1:25", "--mail-from", "a@b.org"));

            File.SetUnixFileMode(file, UnixFileMode.UserRead | UnixFileMode.OtherRead);
            foreach (
                var (expected, words) in new (string, string[])[]
                {
                    ("chmod 600", ["--smtp", "smtp://a@smtp.example.org", "--smtp-password", file, "--mail-from", "a@b.org"]),
                    ("belong together", ["--smtp", "smtp://a@smtp.example.org", "--mail-from", "a@b.org"]),
                    ("--smtp-password FILE", ["--smtp", "smtp://a:a-secret@smtp.example.org", "--mail-from", "a@b.org"]),
                    ("--smtp wants", ["--smtp", "https://a:a-secret@smtp.example.org"]),
                    ("needs a sender", ["--smtp", "smtp://smtp.example.org"]),
                    ("one address", ["--smtp", "smtp://smtp.example.org", "--mail-from", "A <a@b.org>"]),
                    ("belong to --smtp", ["--mail-from", "a@b.org"]),
                }
            )
            {
                var mistake = Assert.Throws<UsageException>(() => Of(words));
                Assert.Contains(expected, mistake.Message, StringComparison.Ordinal);
                Assert.DoesNotContain("a-secret", mistake.Message, StringComparison.Ordinal);
            }
        }
        finally
        {
            File.Delete(file);
        }
    }

    [Theory]
    [InlineData("seconds", "--set", "seat-hold")]
    [InlineData("from 1 to", "--set", "seat-hold=0")]
    [InlineData("from 1 to", "--set", "seat-hold=-1")]
    [InlineData("from 1 to", "--set", "seat-hold=1.5")]
    [InlineData("there is no time 'sleep'", "--set", "sleep=5")]
    [InlineData("there is no service 'postgres' to scale", "--scale", "postgres=2")]
    [InlineData("there is no service 'coturn' to scale", "--scale", "coturn=2")]
    [InlineData("from 1 to 8", "--scale", "room=0")]
    [InlineData("from 1 to 8", "--scale", "room=9")]
    [InlineData("from 1 to 65535", "--port", "70000")]
    [InlineData("from 1 to 65535", "--port", "http")]
    [InlineData("--media wants an IP address", "--media", "example")]
    [InlineData("--data wants a value", "--data")]
    [InlineData("--data wants a value", "--data", "--detach")]
    [InlineData("up does not know '--fast'", "--fast")]
    [InlineData("up does not know 'room'", "room")]
    public void A_mistake_is_answered_with_what_is_right(string expected, params string[] words)
    {
        var mistake = Assert.Throws<UsageException>(() => Arguments.Parse(["up", .. words]));

        Assert.Contains(expected == "seconds" ? "--set wants a name and a number" : expected, mistake.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_public_address_is_no_demonstration_and_listens_on_this_machine_unless_told()
    {
        var behind = Options("--public", "https://Groups.example.org/", "--trusted-proxy", "127.0.0.1", "--trusted-proxy", "10.0.0.0/8");
        Assert.Equal((false, "https://groups.example.org", "127.0.0.1"), (behind.Demo, behind.Public!.Url, behind.Public.Listen));
        Assert.Equal(["127.0.0.1", "10.0.0.0/8"], behind.Public.ProxyList());

        var file = Path.GetTempFileName();
        var direct = Options("--public", "https://groups.example.org", "--tls-cert", file, "--tls-key", file, "--listen", "0.0.0.0", "--port", "443");
        Assert.Equal((file, "0.0.0.0", 443), (direct.Public!.Certificate, direct.Public.Listen, direct.Port));
        File.Delete(file);

        Assert.True(Options("--public", "https://demo.example.org", "--trusted-proxy", "127.0.0.1", "--demo", "--set", "seat-hold=60").Demo);
        Assert.Equal(900, Options("--public", "https://a.example", "--trusted-proxy", "::1", "--set", "seat-hold=900").Times["seat-hold"]);

        static RunOptions Options(params string[] words) => ((Up)Arguments.Parse(["up", .. words])).Options;
    }

    [Theory]
    [InlineData("needs TLS", "--public", "https://groups.example.org")]
    [InlineData("--public wants an address", "--public", "http://groups.example.org", "--trusted-proxy", "127.0.0.1")]
    [InlineData("--public wants an address", "--public", "https://groups.example.org/app", "--trusted-proxy", "127.0.0.1")]
    [InlineData("--public wants an address", "--public", "groups.example.org", "--trusted-proxy", "127.0.0.1")]
    [InlineData("--trusted-proxy wants", "--public", "https://groups.example.org", "--trusted-proxy", "proxy")]
    [InlineData("belong together", "--public", "https://groups.example.org", "--tls-cert", "/dev/null")]
    [InlineData("there is no file", "--public", "https://groups.example.org", "--tls-cert", "/no/such/file")]
    [InlineData("belong to --public", "--listen", "0.0.0.0")]
    [InlineData("belong to --public", "--trusted-proxy", "127.0.0.1")]
    [InlineData("add --demo", "--public", "https://groups.example.org", "--trusted-proxy", "127.0.0.1", "--set", "seat-hold=60")]
    public void A_public_address_that_would_not_be_safe_is_refused(string expected, params string[] words) =>
        Assert.Contains(expected, Assert.Throws<UsageException>(() => Arguments.Parse(["up", .. words])).Message, StringComparison.Ordinal);

    [Fact]
    public void The_other_commands_refuse_what_they_do_not_know()
    {
        Assert.Throws<UsageException>(() => Arguments.Parse([]));
        Assert.Throws<UsageException>(() => Arguments.Parse(["stop"]));
        Assert.Throws<UsageException>(() => Arguments.Parse(["down", "--json"]));
        Assert.Throws<UsageException>(() => Arguments.Parse(["status", "--port", "1"]));
        Assert.Throws<UsageException>(() => Arguments.Parse(["test", "Room", "Gateway"]));
        Assert.Throws<UsageException>(() => Arguments.Parse(["invite-operator", "nobody"]));
        Assert.Equal("Room", Assert.IsType<Test>(Arguments.Parse(["test", "Room"])).Name);
        var one = Assert.IsType<Test>(Arguments.Parse(["test", "Room", "--", "-method", "*Removed*"]));
        Assert.Equal(["-method", "*Removed*"], one.RunnerArguments);
        Assert.True(Assert.IsType<Status>(Arguments.Parse(["status", "--json", "--data", "x"])).Json);
        Assert.IsType<Help>(Arguments.Parse(["up", "--help"]));
    }

    [Fact]
    public void Options_compare_by_what_they_say()
    {
        var one = ((Up)Arguments.Parse(["up", "--set", "offer=60", "--scale", "room=2"])).Options;
        var same = ((Up)Arguments.Parse(["up", "--scale", "room=2", "--set", "offer=60"])).Options;
        var other = ((Up)Arguments.Parse(["up", "--scale", "room=3", "--set", "offer=60"])).Options;

        Assert.Equal(one, same);
        Assert.NotEqual(one, other);
    }
}
