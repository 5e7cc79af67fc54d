using GroupTherapy.Tests.Support;
using SmtpServer.Protocol;

namespace GroupTherapy.Notifications.Tests;

/// <summary>An SMTP server that refuses, hangs or dies: nothing is lost, nothing arrives twice where the kind does not say so.</summary>
public sealed class MisbehavingServerTests
{
    private readonly Guid _group = Guid.CreateVersion7();

    [Theory]
    [InlineData(Behaviour.NeverGreets)]
    [InlineData(Behaviour.RefusesService)]
    [InlineData(Behaviour.Greylists)]
    [InlineData(Behaviour.DiesInData)]
    [InlineData(Behaviour.Drips)]
    [InlineData(Behaviour.PutsOffText)]
    public async Task A_server_that_has_not_taken_the_mail_gets_it_again_and_it_arrives_once(Behaviour first)
    {
        await using var server = new HostileServer(first);
        await using var world = await World.StartAsync(server.Port);
        var session = await world.SessionAsync(_group, TimeSpan.FromDays(2));
        await world.CancelAsync(session);
        await Eventually.Async(
            async () => (await world.StateAsync(world.Lead, "session-cancelled")).StartsWith("waiting ", StringComparison.Ordinal),
            () => "the first attempt did not fail", TimeSpan.FromSeconds(30));
        Assert.Empty(server.Mails);

        await world.TryNowAsync();
        await world.StateIsAsync(world.Lead, "session-cancelled", "sent");
        Assert.Single(server.Mails);
    }

    [Theory]
    [InlineData(Behaviour.DiesAfterData)]
    [InlineData(Behaviour.HangsAfterData)]
    public async Task A_mail_in_doubt_is_sent_again_with_the_same_id_where_its_kind_says_so(Behaviour first)
    {
        await using var server = new HostileServer(first);
        await using var world = await World.StartAsync(server.Port);
        await world.CancelAsync(await world.SessionAsync(_group, TimeSpan.FromDays(2)));
        await Eventually.Async(
            async () => (await world.StateAsync(world.Lead, "session-cancelled")).StartsWith("waiting ", StringComparison.Ordinal),
            () => "the first attempt did not fail", TimeSpan.FromSeconds(30));
        await world.TryNowAsync();
        await world.StateIsAsync(world.Lead, "session-cancelled", "sent");
        Assert.Equal(2, server.Mails.Count);
        Assert.Single(server.Mails.Select(m => m.Split('\n').Single(l => l.StartsWith("Message-Id:", StringComparison.OrdinalIgnoreCase))).Distinct());
    }

    [Fact]
    public async Task A_text_that_is_refused_for_good_is_not_tried_again_and_its_address_stays_good()
    {
        await using var server = new HostileServer(Behaviour.RefusesText);
        await using var world = await World.StartAsync(server.Port);
        await world.CancelAsync(await world.SessionAsync(_group, TimeSpan.FromDays(2)));
        await world.StateIsAsync(world.Lead, "session-cancelled", "refused 554 5.7.1");
        Assert.Empty(server.Mails);
        Assert.Equal(0, await world.Db.FirstOrDefaultAsync<int>("select count(*)::int from bounces"));
    }

    [Fact]
    public async Task A_reminder_in_doubt_is_not_sent_again()
    {
        await using var server = new HostileServer(Behaviour.DiesAfterData);
        await using var world = await World.StartAsync(server.Port);
        await world.SessionAsync(_group, TimeSpan.FromHours(20));
        await world.StateIsAsync(world.Lead, "reminder-24h", "in-doubt connection");
        await world.TryNowAsync();
        Assert.Single(server.Mails);
    }

    [Fact]
    public async Task A_process_that_died_while_sending_leaves_a_mail_that_its_kind_sends_again_or_not()
    {
        await using var server = new MailServer();
        await using var world = await World.StartAsync(server.Port);
        await world.SessionAsync(_group, TimeSpan.FromHours(30));
        world.Neighbours.Away = true;
        world.Clock.Advance(TimeSpan.FromHours(6) + TimeSpan.FromMinutes(1));
        await world.CancelAsync(await world.SessionAsync(Guid.CreateVersion7(), TimeSpan.FromDays(3)));
        await world.StateIsAsync(world.Lead, "session-cancelled", "waiting identity-away");
        await Eventually.Async(async () => (await world.StateAsync(world.Lead, "reminder-24h")).Length > 0, () => "no reminder was planned");
        await using (var work = await world.Db.BeginAsync(Platform.Security.Caller.System("test")))
        {
            await work.ExecuteAsync("update mails set state = 'sending' where kind in ('reminder-24h', 'session-cancelled')");
            await work.CommitAsync();
        }

        world.Neighbours.Away = false;
        await Eventually.Async(
            async () =>
            {
                await world.TryNowAsync();
                return await world.StateAsync(world.Lead, "session-cancelled") == "sent";
            },
            () => "the cancellation was not sent again");
        await world.StateIsAsync(world.Lead, "reminder-24h", "in-doubt process-died");
        Assert.Single(server.Mails);
    }

    [Fact]
    public async Task An_address_that_is_refused_for_good_harms_no_other_and_is_not_tried_again_for_a_while()
    {
        await using var server = new MailServer();
        await using var world = await World.StartAsync(server.Port);
        server.Refuses["gone@people.test"] = SmtpReplyCode.MailboxUnavailable;
        var (gone, _) = await world.MemberAsync(_group, "gone");
        var (here, _) = await world.MemberAsync(_group, "here");
        await world.StateIsAsync(gone, "enrolled", "refused 550");
        await world.StateIsAsync(here, "enrolled", "sent");

        await world.CancelAsync(await world.SessionAsync(_group, TimeSpan.FromDays(2)));
        await world.StateIsAsync(gone, "session-cancelled", "refused bounced-before");
        await world.StateIsAsync(here, "session-cancelled", "sent");
        Assert.Equal(1, server.Asked["gone@people.test"]);
        Assert.Equal(0, await world.Db.FirstOrDefaultAsync<int>("select count(*)::int from mails where mails::text like '%people.test%'"));

        // Another address of the same person is a new one.
        world.Neighbours.Addresses[gone] = "found@people.test";
        await world.CancelAsync(await world.SessionAsync(_group, TimeSpan.FromDays(3)));
        await server.MailToAsync("found@people.test");
    }

    [Fact]
    public async Task A_greylisted_recipient_delays_no_other()
    {
        await using var server = new MailServer();
        await using var world = await World.StartAsync(server.Port);
        server.Refuses["slow@people.test"] = (SmtpReplyCode)451;
        var (slow, _) = await world.MemberAsync(_group, "slow");
        var (fast, _) = await world.MemberAsync(_group, "fast");
        await world.StateIsAsync(fast, "enrolled", "sent");
        await world.StateIsAsync(slow, "enrolled", "waiting 451");
        server.Refuses.Clear();
        await world.TryNowAsync();
        await world.StateIsAsync(slow, "enrolled", "sent");
        Assert.Single(server.To("slow@people.test"));
    }

    [Theory]
    [InlineData("maya@people.test\r\nBcc: other@people.test")]
    [InlineData("Maya <maya@people.test>")]
    [InlineData("a@people.test, b@people.test")]
    [InlineData("")]
    public async Task An_address_that_is_more_or_less_than_one_address_reaches_no_header(string address)
    {
        await using var server = new MailServer();
        await using var world = await World.StartAsync(server.Port);
        world.Neighbours.Addresses[world.Lead] = address;
        await world.CancelAsync(await world.SessionAsync(_group, TimeSpan.FromDays(2)));
        await world.StateIsAsync(world.Lead, "session-cancelled", "refused not-an-address");
        Assert.Empty(server.Mails);
    }
}
