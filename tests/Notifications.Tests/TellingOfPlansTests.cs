using GroupTherapy.Contracts.Enrollment.V1;
using GroupTherapy.Contracts.Scheduling.V1;
using GroupTherapy.Notifications.Consumers;
using GroupTherapy.Notifications.Storage;
using GroupTherapy.Tests.Support;
using MimeKit;

namespace GroupTherapy.Notifications.Tests;

/// <summary>The mails about changed plans: a whole series, a group that admits at marked sessions, a session that no facilitator may lead.</summary>
public sealed class TellingOfPlansTests : IAsyncLifetime
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
    public async Task A_new_facilitator_of_a_series_is_one_mail_to_each_member_and_to_each_facilitator()
    {
        var sessions = new[] { await _world.SessionAsync(_group, TimeSpan.FromDays(3)), await _world.SessionAsync(_group, TimeSpan.FromDays(10)) };
        var (nell, _) = await _world.MemberAsync(_group, "nell");
        await _world.StateIsAsync(nell, "enrolled", "sent");
        var lead = _world.Person("next");
        foreach (var session in sessions)
        {
            await _world.DeliverAsync(
                new TellWhenFacilitatorSubstituted(_world.Db),
                new FacilitatorSubstituted(session with { LeadFacilitatorId = lead, Version = 2 }, _world.Now, _world.Lead, "series-changed")
            );
        }

        await SeriesAsync(lead, "facilitator");
        await _world.StateIsAsync(nell, "series-changed", "sent");
        await _world.StateIsAsync(lead, "session-assigned", "sent, merged");
        await _world.StateIsAsync(_world.Lead, "facilitator-changed", "sent, merged");
        Assert.Contains(
            "Another facilitator leads them from then on.",
            _server.To("nell@people.test").Single(m => m.Subject == "Your sessions have changed").TextBody
        );
        Assert.Equal("", await _world.StateAsync(nell, "facilitator-changed") + await _world.StateAsync(lead, "series-changed"));
    }

    [Fact]
    public async Task A_series_that_takes_another_hour_and_facilitator_tells_who_led_it_and_who_leads_it()
    {
        var session = await _world.SessionAsync(_group, TimeSpan.FromDays(3));
        var (finn, _) = await _world.MemberAsync(_group, "finn");
        var lead = _world.Person("after");
        await _world.DeliverAsync(
            new TellWhenSessionRescheduled(_world.Db),
            new SessionRescheduled(
                session with
                {
                    StartsAt = session.StartsAt.AddHours(1),
                    EndsAt = session.EndsAt.AddHours(1),
                    LeadFacilitatorId = lead,
                    Version = 2,
                },
                _world.Now,
                session.StartsAt,
                "series-changed"
            )
        );
        await SeriesAsync(lead, "time", "facilitator");

        await _world.StateIsAsync(_world.Lead, "facilitator-changed", "sent");
        await _world.StateIsAsync(lead, "session-assigned", "sent");
        await _world.StateIsAsync(finn, "series-changed", "sent");
        Assert.Equal("", await _world.StateAsync(finn, "session-moved"));
    }

    [Fact]
    public async Task A_member_who_begins_with_a_marked_session_gets_no_mail_about_earlier_ones()
    {
        var (before, first) = (
            _world.Snapshot(_group, World.Start.AddHours(20)) with
            {
                AdmitsNew = false,
            },
            _world.Snapshot(_group, World.Start.AddHours(188))
        );
        foreach (var session in new[] { before, first })
        {
            await _world.DeliverAsync(new PlanRemindersWhenSessionScheduled(_world.Db), new SessionScheduled(session, _world.Now));
        }

        var (amy, _) = await _world.MemberAsync(_group, "amy");
        await _world.StateIsAsync(_world.Lead, "reminder-24h", "sent");
        await _world.CancelAsync(before);
        await _world.CancelAsync(first);
        await _world.StateIsAsync(amy, "session-cancelled", "sent");
        await _world.StateIsAsync(_world.Lead, "session-cancelled", "sent, merged");
        Assert.Contains("Thursday, January 15", _server.To("amy@people.test").Single(m => m.Subject == "A session was cancelled").TextBody);
        Assert.Equal("", await _world.StateAsync(amy, "reminder-24h"));
    }

    [Fact]
    public async Task A_member_who_confirms_while_the_session_is_being_cancelled_is_told()
    {
        var session = await _world.SessionAsync(_group, TimeSpan.FromDays(2));
        await using var cancelling = await _world.Db.BeginAsync(Platform.Security.Caller.System("test"));
        var (_, cancelled) = await SessionStore.SaveAsync(cancelling, session with { Cancelled = true, Version = 2 }, _world.Now.AddMinutes(1));
        Assert.Empty(await PeopleStore.MembersAsync(cancelling, cancelled, _world.Now));
        var confirming = _world.MemberAsync(_group, "late");
        await cancelling.CommitAsync();
        var (late, _) = await confirming;
        await _world.StateIsAsync(late, "session-cancelled", "sent");
    }

    [Fact]
    public async Task Members_are_told_in_time_of_a_session_without_an_eligible_facilitator_unless_a_substitute_is_found()
    {
        var (lost, found) = (await _world.SessionAsync(_group, TimeSpan.FromHours(30)), await _world.SessionAsync(_group, TimeSpan.FromHours(31)));
        var (ida, _) = await _world.MemberAsync(_group, "ida");
        var admin = await _world.OperatorAsync("admin");
        foreach (var session in new[] { lost, found })
        {
            await _world.DeliverAsync(new TellWhenSessionUnattended(_world.Db), new SessionUnattended(session with { Version = 2 }, "away", _world.Now));
        }

        await _world.StateIsAsync(admin, "session-uncovered", "sent, sent");
        Assert.Equal("waiting, waiting", await _world.StateAsync(ida, "session-unsure"));
        _world.Clock.Advance(TimeSpan.FromHours(2));
        await _world.DeliverAsync(new KnowCoverWhenSessionAttended(_world.Db), new SessionAttended(found with { Version = 3 }, _world.Now));
        _world.Clock.Advance(TimeSpan.FromHours(25.1));
        await _world.StateIsAsync(ida, "session-unsure", "sent, dropped covered");
        Assert.Contains(
            "who can lead the session on Thursday, January 8 at 6:00 PM EST",
            _server.To("ida@people.test").Single(m => m.Subject == "Your session may not take place").TextBody
        );
    }

    [Fact]
    public async Task What_was_to_go_out_with_a_mail_that_is_not_wanted_any_more_goes_out_by_itself()
    {
        await using var server = new HostileServer(Behaviour.PutsOffText);
        await using var world = await World.StartAsync(server.Port);
        var (one, two) = (await world.SessionAsync(_group, TimeSpan.FromDays(2)), await world.SessionAsync(_group, TimeSpan.FromDays(9)));
        foreach (var session in new[] { one, two })
        {
            await MoveAsync(session, 2, 2);
        }

        await Eventually.Async(
            async () => await world.StateAsync(world.Lead, "session-moved") is "waiting 451 4.3.0, merged" or "merged, waiting 451 4.3.0",
            () => "the first attempt did not fail",
            TimeSpan.FromSeconds(30)
        );
        // Whichever mail carried the other, its session moves again.
        var carrier = await world.Db.FirstOrDefaultAsync<Guid>(
            "select (facts ->> 'sessionId')::uuid from mails where kind = 'session-moved' and state = 'waiting'"
        );
        await MoveAsync(carrier == one.SessionId ? one : two, 3, 3);
        await Eventually.Async(
            async () =>
            {
                await world.TryNowAsync();
                return (await world.StateAsync(world.Lead, "session-moved")).Split(", ").Order(StringComparer.Ordinal).ToArray()
                    is ["dropped moved-again", "merged", "sent"]
                        or ["dropped moved-again", "sent", "sent"];
            },
            () => "the other session's move was not told",
            TimeSpan.FromSeconds(30)
        );
        var mail = string.Join('\n', server.Mails);
        Assert.Contains("January 9", mail);
        Assert.Contains("January 16", mail);

        Task MoveAsync(SessionSnapshot session, int hours, int version) =>
            world.DeliverAsync(
                new TellWhenSessionRescheduled(world.Db),
                new SessionRescheduled(
                    session with
                    {
                        StartsAt = session.StartsAt.AddHours(hours),
                        EndsAt = session.EndsAt.AddHours(hours),
                        Version = version,
                    },
                    world.Now,
                    session.StartsAt
                )
            );
    }

    private Task SeriesAsync(Guid lead, params string[] changes) =>
        _world.DeliverAsync(
            new TellWhenSeriesChanged(_world.Db),
            new SeriesChanged(
                _group,
                "grouport",
                new DateOnly(2026, 1, 10),
                "saturday",
                "12:00",
                "America/New_York",
                60,
                1,
                lead,
                World.Start.AddDays(3),
                changes,
                "changed",
                2,
                _world.Now
            )
        );
}
