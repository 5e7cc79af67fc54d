using GroupTherapy.Contracts.Enrollment.V1;
using GroupTherapy.Contracts.Room.V1;
using GroupTherapy.Contracts.Scheduling.V1;
using GroupTherapy.Notifications.Consumers;
using GroupTherapy.Tests.Support;
using MimeKit;

namespace GroupTherapy.Notifications.Tests;

/// <summary>From an event to a mail in somebody's mailbox, by a real SMTP server.</summary>
public sealed class TellingPeopleTests : IAsyncLifetime
{
    private readonly MailServer _server = new();
    private readonly Guid _group = Guid.CreateVersion7();
    private World _world = null!;

    public async ValueTask InitializeAsync() => _world = await World.StartAsync(_server.Port);

    public async ValueTask DisposeAsync()
    {
        await _world.DisposeAsync();
        await _server.DisposeAsync();
    }

    [Fact]
    public async Task A_cancelled_session_is_told_once_to_each_member_and_facilitator_in_their_language_and_zone()
    {
        var session = await _world.SessionAsync(_group, TimeSpan.FromDays(6));
        var (maya, _) = await _world.MemberAsync(_group, "maya", zone: "America/Los_Angeles");
        var (luz, _) = await _world.MemberAsync(_group, "luz", "es-US", "America/New_York");
        await _world.StateIsAsync(maya, "enrolled", "sent");
        await _world.StateIsAsync(luz, "enrolled", "sent");
        _server.Mails.Clear();

        await _world.CancelAsync(session);
        // The same fact again, as another message.
        await _world.CancelAsync(session);

        var mail = await _server.MailToAsync("maya@people.test");
        Assert.Equal("A session was cancelled", mail.Subject);
        Assert.Contains("Tuesday, January 13 at 9:00 AM PST will not take place", mail.TextBody);
        Assert.Contains("Tuesday, January 13 at 9:00 AM PST will not take place", mail.HtmlBody);
        var spanish = await _server.MailToAsync("luz@people.test");
        Assert.Equal("Una sesión se ha cancelado", spanish.Subject);
        Assert.Contains("martes, 13 de enero a las 12:00 EST no tendrá lugar", spanish.TextBody);
        await _server.MailToAsync("lead@people.test");
        await _world.StateIsAsync(maya, "session-cancelled", "sent");
        Assert.Equal(3, _server.Mails.Count);
    }

    [Fact]
    public async Task Nothing_in_the_headers_says_what_the_mail_is_about_and_what_must_be_told_cannot_be_unsubscribed()
    {
        var session = await _world.SessionAsync(_group, TimeSpan.FromDays(2));
        await _world.MemberAsync(_group, "nia");
        _server.Mails.Clear();
        await _world.CancelAsync(session);
        await Eventually.Async(() => _server.To("nia@people.test").Any(m => m.Subject == "A session was cancelled"), () => "no mail came");

        var mail = _server.To("nia@people.test").Single(m => m.Subject == "A session was cancelled");
        Assert.Equal(("Sessions", "no-reply@groups.test"), (mail.From.Mailboxes.Single().Name, mail.From.Mailboxes.Single().Address));
        Assert.True(string.IsNullOrEmpty(mail.To.Mailboxes.Single().Name));
        Assert.DoesNotContain(mail.Headers, h => h.Id is HeaderId.ListUnsubscribe or HeaderId.ListUnsubscribePost);
        Assert.Equal("auto-generated", mail.Headers["Auto-Submitted"]);
        Assert.DoesNotContain(
            mail.Headers,
            h =>
                h.Value.Contains("therap", StringComparison.OrdinalIgnoreCase)
                || h.Value.Contains("grouport", StringComparison.OrdinalIgnoreCase)
                || h.Value.Contains($"{_group}", StringComparison.Ordinal)
        );
    }

    [Fact]
    public async Task A_series_that_is_cancelled_is_one_mail_with_every_session()
    {
        var sessions = new List<SessionSnapshot>();
        for (var week = 1; week <= 5; week++)
        {
            sessions.Add(await _world.SessionAsync(_group, TimeSpan.FromDays(7 * week)));
        }

        var (omar, _) = await _world.MemberAsync(_group, "omar");
        await _world.StateIsAsync(omar, "enrolled", "sent");
        _server.Mails.Clear();
        foreach (var session in sessions)
        {
            await _world.CancelAsync(session);
        }

        var mail = await _server.MailToAsync("omar@people.test");
        Assert.Equal(5, mail.TextBody!.Split('\n').Count(l => l.StartsWith("- Wednesday", StringComparison.Ordinal)));
        await _world.StateIsAsync(omar, "session-cancelled", "sent, merged, merged, merged, merged");
        Assert.Single(_server.To("omar@people.test"));
    }

    [Fact]
    public async Task A_move_tells_both_times_and_a_session_that_moved_again_tells_the_last_one_alone()
    {
        var session = await _world.SessionAsync(_group, TimeSpan.FromDays(3));
        var (pat, _) = await _world.MemberAsync(_group, "pat");
        await _world.StateIsAsync(pat, "enrolled", "sent");
        _server.Mails.Clear();
        var first = session with { StartsAt = session.StartsAt.AddHours(2), EndsAt = session.EndsAt.AddHours(2), Version = 2 };
        var second = session with { StartsAt = session.StartsAt.AddHours(3), EndsAt = session.EndsAt.AddHours(3), Version = 3 };
        await _world.DeliverAsync(new TellWhenSessionRescheduled(_world.Db), new SessionRescheduled(first, _world.Now, session.StartsAt));
        await _world.DeliverAsync(new TellWhenSessionRescheduled(_world.Db), new SessionRescheduled(second, _world.Now, first.StartsAt));

        var mail = await _server.MailToAsync("pat@people.test");
        Assert.Equal("A session has a new time", mail.Subject);
        Assert.Contains("Saturday, January 10 at 3:00 PM EST", mail.TextBody);
        Assert.DoesNotContain("- ", mail.TextBody!.Split("--")[0]);
        var file = Assert.IsType<TextPart>(Assert.Single(mail.Attachments)).Text;
        Assert.Contains($"UID:{session.SessionId}", file);
        Assert.Contains("DTSTART;TZID=America/New_York:20260110T150000", file);
        Assert.DoesNotContain("therap", file, StringComparison.OrdinalIgnoreCase);
    }

    [Fact]
    public async Task A_member_learns_before_joining_that_they_could_not_join_from_home_and_that_they_can_after_all()
    {
        var session = await _world.SessionAsync(_group, TimeSpan.FromDays(3));
        var ((rosa, seat), (theo, other)) = (await _world.MemberAsync(_group, "rosa"), await _world.MemberAsync(_group, "theo"));
        await AnswerAsync(rosa, seat, "deny", 2);
        await AnswerAsync(rosa, seat, "allow", 1);
        // A change that is taken back, and a seat that is in doubt as a whole, which its own mail tells.
        await AnswerAsync(theo, other, "deny", 2);
        await _world.DeliverAsync(new TellWhenSeatGraceStarted(_world.Db), new SeatGraceStarted(other, _group, theo, _world.Now.AddDays(7), [], 3, _world.Now));
        var (lea, third) = await _world.MemberAsync(_group, "lea");
        await AnswerAsync(lea, third, "hold", 2);
        await AnswerAsync(lea, third, "allow_with_conditions", 3);

        _world.Clock.Advance(TimeSpan.FromSeconds(31));
        await _world.StateIsAsync(rosa, "cannot-join", "sent");
        await _world.StateIsAsync(theo, "cannot-join", "dropped seat-at-risk");
        await _world.StateIsAsync(lea, "cannot-join", "dropped settled");
        var mail = _server.To("rosa@people.test").Single(m => m.Subject == "Your session: please read this before you join");
        Assert.Contains("Saturday, January 10 at 12:00 PM EST from home", mail.TextBody);

        await AnswerAsync(rosa, seat, "allow", 3);
        _world.Clock.Advance(TimeSpan.FromSeconds(31));
        await _world.StateIsAsync(rosa, "can-join-again", "sent");
        Assert.Empty(await _world.StateAsync(lea, "can-join-again"));

        Task AnswerAsync(Guid member, Guid enrollment, string outcome, long version) =>
            _world.DeliverAsync(
                new TellWhenEligibilityChanged(_world.Db),
                new EligibilityChanged(enrollment, _group, member, session.SessionId, session.StartsAt, outcome, [], 1, version, _world.Now)
            );
    }

    [Fact]
    public async Task A_substitute_is_told_that_a_session_is_theirs_and_members_that_another_person_leads()
    {
        var session = await _world.SessionAsync(_group, TimeSpan.FromDays(3));
        await _world.MemberAsync(_group, "quinn");
        var substitute = _world.Person("substitute");
        await _world.DeliverAsync(
            new TellWhenFacilitatorSubstituted(_world.Db),
            new FacilitatorSubstituted(session with { LeadFacilitatorId = substitute, Version = 2 }, _world.Now)
        );

        await _world.StateIsAsync(substitute, "session-assigned", "sent");
        await _world.StateIsAsync(_world.Lead, "facilitator-changed", "sent");
        await Eventually.Async(
            () => _server.To("quinn@people.test").Any(m => m.Subject == "Your session: another person leads it"),
            () => "the member was not told"
        );
        Assert.Empty(await _world.StateAsync(substitute, "facilitator-changed"));
    }

    [Fact]
    public async Task A_member_who_confirmed_a_seat_meanwhile_gets_no_reminder_of_it_and_an_offer_that_expires_is_told()
    {
        var (rio, sam) = (_world.Person("rio"), _world.Person("sam"));
        var (kept, offered) = (Guid.CreateVersion7(), Guid.CreateVersion7());
        await _world.DeliverAsync(new RemindWhenSeatReserved(_world.Db), new SeatReserved(kept, _group, rio, _world.Now.AddMinutes(15), 1, _world.Now));
        await _world.DeliverAsync(new TellWhenWaitlistOffered(_world.Db), new WaitlistOffered(offered, _group, sam, _world.Now.AddHours(12), 2, _world.Now));
        await _world.StateIsAsync(sam, "seat-offered", "sent");
        await _world.DeliverAsync(new WelcomeWhenEnrollmentConfirmed(_world.Db), new EnrollmentConfirmed(kept, _group, rio, 2, _world.Now));
        _world.Clock.Advance(TimeSpan.FromMinutes(6));
        await _world.TryNowAsync();
        await _world.StateIsAsync(rio, "seat-reserved", "dropped settled");

        await _world.DeliverAsync(new TellWhenSeatReleased(_world.Db), new SeatReleased(offered, _group, sam, "offer-expired", 3, _world.Now));
        await _world.StateIsAsync(sam, "offer-expired", "sent");
    }

    [Fact]
    public async Task Held_requests_and_sessions_without_cover_reach_the_operators_of_that_practice_alone()
    {
        var (mine, other, member) = (await _world.OperatorAsync("op"), await _world.OperatorAsync("op2", "chicago"), _world.Person("tao"));
        await _world.DeliverAsync(new TellWhenEnrollmentHeld(_world.Db), new EnrollmentHeld(Guid.CreateVersion7(), _group, member, "grouport", 1, _world.Now));
        await _world.DeliverAsync(
            new TellWhenSessionUnattended(_world.Db),
            new SessionUnattended(_world.Snapshot(_group, _world.Now.AddDays(2)), "away", _world.Now)
        );

        await _world.StateIsAsync(mine, "case-held", "sent");
        await _world.StateIsAsync(mine, "session-uncovered", "sent");
        await _world.StateIsAsync(member, "request-held", "sent");
        Assert.Equal("", await _world.StateAsync(other, "case-held") + await _world.StateAsync(other, "session-uncovered"));
    }

    [Fact]
    [Trait("hostile", "R43")]
    public async Task Break_glass_is_mailed_to_the_operators_at_once_and_to_the_member_a_day_later_in_neutral_words()
    {
        var (mine, other, member) = (await _world.OperatorAsync("op"), await _world.OperatorAsync("op2", "chicago"), _world.Person("tao"));
        var (opening, colleague) = (Guid.CreateVersion7(), Guid.CreateVersion7());
        await _world.DeliverAsync(
            new TellWhenBreakGlassOpened(_world.Db),
            new BreakGlassOpened(opening, "grouport", _group, colleague, "facilitator", _world.Now.AddHours(1), _world.Now)
        );
        for (var sheets = 0; sheets < 2; sheets++)
        {
            await _world.DeliverAsync(new TellWhenBreakGlassDisclosed(_world.Db), new BreakGlassDisclosed(opening, "grouport", _group, member, _world.Now));
        }

        await _world.StateIsAsync(mine, "break-glass-opened", "sent");
        Assert.Equal("", await _world.StateAsync(other, "break-glass-opened"));
        Assert.Equal("waiting", await _world.StateAsync(member, "record-read"));
        _world.Clock.Advance(TimeSpan.FromHours(24.1));
        await _world.TryNowAsync();
        await _world.StateIsAsync(member, "record-read", "sent");
        var mail = await _server.MailToAsync("tao@people.test");
        var text = $"{mail.Subject} {mail.TextBody}".Replace("https://groups.test/", "", StringComparison.Ordinal);
        Assert.DoesNotMatch("(?i)emergenc|danger|facilitator|operator|group|practice", text);
    }

    [Fact]
    public async Task Operators_who_were_there_before_this_service_are_known_to_it()
    {
        var early = _world.Person("early");
        _world.Neighbours.Staff.Add((early, "grouport"));
        _world.Clock.Advance(TimeSpan.FromHours(1.1));
        await Eventually.Async(
            async () => await _world.Db.FirstOrDefaultAsync<bool>("select exists (select 1 from staff where account_id = @early)", new { early }),
            () => "the operator did not become known"
        );
        var session = _world.Snapshot(_group, _world.Now.AddDays(2));
        await _world.DeliverAsync(new TellWhenSessionUnattended(_world.Db), new SessionUnattended(session, "away", _world.Now));
        await _world.StateIsAsync(early, "session-uncovered", "sent");
    }

    [Fact]
    public async Task Mails_wait_while_Identity_is_away_and_none_is_lost()
    {
        var session = await _world.SessionAsync(_group, TimeSpan.FromDays(2));
        var (uma, _) = await _world.MemberAsync(_group, "uma");
        await _world.StateIsAsync(uma, "enrolled", "sent");
        _world.Neighbours.Away = true;
        await _world.CancelAsync(session);
        await _world.StateIsAsync(uma, "session-cancelled", "waiting identity-away");
        _world.Neighbours.Away = false;
        await Eventually.Async(
            async () =>
            {
                await _world.TryNowAsync();
                return await _world.StateAsync(uma, "session-cancelled") == "sent";
            },
            () => "the mail did not go out once Identity was back"
        );
        Assert.Equal(2, _server.To("uma@people.test").Count);
    }
}
