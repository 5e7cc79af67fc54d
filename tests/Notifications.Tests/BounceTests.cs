using GroupTherapy.Notifications.Delivery;
using GroupTherapy.Notifications.Domain;
using GroupTherapy.Tests.Support;
using MimeKit;
using SmtpServer.Protocol;

namespace GroupTherapy.Notifications.Tests;

/// <summary>Mails that a server takes and that come back later, and what a refusal says about an address.</summary>
public sealed class BounceTests
{
    private readonly Guid _group = Guid.CreateVersion7();

    [Theory]
    [InlineData("5.1.1", null, true)]
    [InlineData("5.1.10", null, true)]
    [InlineData("5.2.1", null, true)]
    [InlineData("5.4.4", null, true)]
    [InlineData("5.0.0", null, true)]
    [InlineData("5.2.2", null, false)]
    [InlineData("5.7.1", null, false)]
    [InlineData("5.1.8", null, false)]
    [InlineData("5.3.4", null, false)]
    [InlineData("4.4.7", null, false)]
    [InlineData("failed", null, false)]
    [InlineData(null, 550, true)]
    [InlineData(null, 552, false)]
    [InlineData(null, 554, false)]
    [InlineData("5.7.1", 550, false)]
    public void Only_what_is_the_addresss_own_fault_counts_against_it(string? status, int? reply, bool isOfAddress) =>
        Assert.Equal(isOfAddress, BounceRules.IsOfAddress(status, reply));

    [Theory]
    [InlineData("postfix", "5.1.1")]
    [InlineData("envelope-id", "5.2.1")]
    [InlineData("reference", "4.4.7")]
    [InlineData("delayed", null)]
    [InlineData("no-report", null)]
    [InlineData("no-id", null)]
    [InlineData("other-domain", null)]
    public void A_report_names_the_mail_and_its_status(string report, string? status)
    {
        var id = Guid.CreateVersion7();
        using var message = Reports.Of(report, id, "groups.test");
        Assert.Equal(status is null ? null : new Bounce(id, status), BounceReader.Of(message, "groups.test"));
    }

    [Fact]
    public async Task A_mail_that_comes_back_is_noted_and_its_address_left_alone_while_other_mail_stays_in_the_mailbox()
    {
        await using var server = new MailServer();
        await using var mailbox = new Mailbox("reader", "a password");
        await using var world = await World.StartAsync(server.Port, mailbox.Settings);
        var (gone, _) = await world.MemberAsync(_group, "gone");
        var (full, _) = await world.MemberAsync(_group, "full");
        await world.StateIsAsync(gone, "enrolled", "sent");
        await world.StateIsAsync(full, "enrolled", "sent");
        foreach (var (name, status) in new[] { ("gone", "5.1.1"), ("full", "5.2.2") })
        {
            using var report = Reports.Of("postfix", Reports.IdOf(server.To($"{name}@people.test").Single()), "groups.test", status);
            mailbox.Add(report);
            mailbox.Add(report);
        }

        mailbox.Add("From: maya@people.test\r\nSubject: I cannot come\r\n\r\nHello?\r\n");
        mailbox.Add("\0\r\nContent-Type: multipart/report; boundary=\"\r\n\r\n--\r\n");

        await Eventually.Async(
            async () =>
            {
                world.Clock.Advance(TimeSpan.FromSeconds(61));
                return await world.StateAsync(gone, "enrolled") == "bounced 5.1.1"
                    && await world.StateAsync(full, "enrolled") == "bounced 5.2.2"
                    && mailbox.Unread == 0;
            },
            () => "the mails were not noted as bounced",
            TimeSpan.FromSeconds(30)
        );
        Assert.Equal(2, mailbox.Count);

        await world.CancelAsync(await world.SessionAsync(_group, TimeSpan.FromDays(2)));
        await world.StateIsAsync(gone, "session-cancelled", "refused bounced-before");
        await world.StateIsAsync(full, "session-cancelled", "sent");
        Assert.Equal(1, await world.Db.FirstOrDefaultAsync<int>("select count(*)::int from bounces where late"));
        Assert.Equal(0, await world.Db.FirstOrDefaultAsync<int>("select count(*)::int from mails where mails::text like '%people.test%'"));
    }

    [Fact]
    public async Task A_mailbox_that_cannot_be_reached_holds_up_no_mail_and_is_read_when_it_is_back()
    {
        await using var server = new MailServer();
        var mailbox = new Mailbox("reader", "a password");
        var port = mailbox.Port;
        await mailbox.DisposeAsync();
        await using var world = await World.StartAsync(server.Port, mailbox.Settings);
        var (gone, _) = await world.MemberAsync(_group, "gone");
        await world.StateIsAsync(gone, "enrolled", "sent");
        await Eventually.Async(
            async () =>
                await world.Db.FirstOrDefaultAsync<bool>("select exists (select 1 from due_work where kind = 'bounce.read' and last_error is not null)"),
            () => "the mailbox was not asked"
        );

        await using var back = new Mailbox("reader", "a password", port);
        using var report = Reports.Of("postfix", Reports.IdOf(server.To("gone@people.test").Single()), "groups.test");
        back.Add(report);
        await Eventually.Async(
            async () =>
            {
                world.Clock.Advance(TimeSpan.FromMinutes(6));
                return await world.StateAsync(gone, "enrolled") == "bounced 5.1.1";
            },
            () => "the report was not read",
            TimeSpan.FromSeconds(30)
        );
    }

    [Fact]
    public async Task A_recipient_who_is_refused_for_a_policy_loses_that_mail_alone_and_a_sender_who_is_refused_loses_none()
    {
        await using var server = new MailServer();
        await using var world = await World.StartAsync(server.Port);
        server.Refuses["listed@people.test"] = (SmtpReplyCode)552;
        var (listed, _) = await world.MemberAsync(_group, "listed");
        await world.StateIsAsync(listed, "enrolled", "refused 552");
        server.Refuses.Clear();
        await world.CancelAsync(await world.SessionAsync(_group, TimeSpan.FromDays(2)));
        await world.StateIsAsync(listed, "session-cancelled", "sent");

        await using var strict = new HostileServer(Behaviour.RefusesSender);
        await using var other = await World.StartAsync(strict.Port);
        await other.CancelAsync(await other.SessionAsync(_group, TimeSpan.FromDays(2)));
        await other.StateIsAsync(other.Lead, "session-cancelled", "waiting 550 5.7.1");
        await other.TryNowAsync();
        await other.StateIsAsync(other.Lead, "session-cancelled", "sent");
    }
}

/// <summary>Reports as mail servers write them.</summary>
internal static class Reports
{
    public static Guid IdOf(MimeMessage mail) => Guid.ParseExact(mail.MessageId!.Split('@')[0], "n");

    public static MimeMessage Of(string kind, Guid id, string domain, string status = "5.1.1")
    {
        var message = new MimeMessage { Subject = "Undelivered Mail Returned to Sender" };
        message.From.Add(new MailboxAddress("Mail Delivery System", "MAILER-DAEMON@mx.test"));
        message.To.Add(new MailboxAddress(null, $"no-reply@{domain}"));
        var ours = $"{id:n}@{(kind == "other-domain" ? "elsewhere.test" : domain)}";
        var report = new MessageDeliveryStatus();
        report.StatusGroups.Add(Group(("Reporting-MTA", "dns; mx.test"), kind == "envelope-id" ? ("Original-Envelope-Id", ours) : ("X-Queue", "4C1234")));
        report.StatusGroups.Add(
            Group(
                ("Final-Recipient", "rfc822; gone@people.test"),
                ("Action", kind == "delayed" ? "delayed" : "failed"),
                (
                    "Status",
                    kind switch
                    {
                        "envelope-id" => "5.2.1",
                        "reference" => "4.4.7 (delivery time expired)",
                        _ => status,
                    }
                ),
                ("Diagnostic-Code", "smtp; 550 5.1.1 <gone@people.test>: user unknown")
            )
        );
        var parts = new MultipartReport("delivery-status") { new TextPart("plain") { Text = "This is the mail system at host mx.test." } };
        if (kind != "no-report")
        {
            parts.Add(report);
        }

        if (kind == "reference")
        {
            message.InReplyTo = ours;
        }
        else if (kind is not ("envelope-id" or "no-id"))
        {
            var headers = new TextRfc822Headers
            {
                Message = new MimeMessage { MessageId = ours, Subject = "Your place is confirmed" },
            };
            parts.Add(headers);
        }

        message.Body = parts;
        // As it comes over the wire.
        using var stream = new MemoryStream();
        message.WriteTo(stream);
        message.Dispose();
        stream.Position = 0;
        return MimeMessage.Load(stream);
    }

    private static HeaderList Group(params (string Name, string Value)[] fields)
    {
        var group = new HeaderList();
        foreach (var (name, value) in fields)
        {
            group.Add(name, value);
        }

        return group;
    }
}
