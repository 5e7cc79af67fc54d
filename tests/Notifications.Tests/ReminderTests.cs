using GroupTherapy.Contracts.Enrollment.V1;
using GroupTherapy.Contracts.Scheduling.V1;
using GroupTherapy.Notifications.Consumers;
using GroupTherapy.Tests.Support;
using MimeKit;

namespace GroupTherapy.Notifications.Tests;

/// <summary>Reminders a day and an hour before a session, and what stops them.</summary>
public sealed class ReminderTests : IAsyncLifetime
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
    public async Task Both_reminders_come_in_time_and_each_can_be_stopped_with_one_click()
    {
        await _world.SessionAsync(_group, TimeSpan.FromHours(48));
        var (maya, _) = await _world.MemberAsync(_group, "maya");
        await _world.StateIsAsync(maya, "enrolled", "sent");
        Assert.Equal("", await _world.StateAsync(maya, "reminder-24h"));

        _world.Clock.Advance(TimeSpan.FromHours(24.1));
        await _world.StateIsAsync(maya, "reminder-24h", "sent");
        Assert.Equal("waiting", await _world.StateAsync(maya, "reminder-1h"));
        _world.Clock.Advance(TimeSpan.FromHours(23));
        await _world.StateIsAsync(maya, "reminder-1h", "sent");

        var mail = _server.To("maya@people.test").Single(m => m.Subject == "Your next session");
        Assert.Contains("Friday, January 9 at 12:00 PM EST", mail.TextBody);
        Assert.Equal("List-Unsubscribe=One-Click", mail.Headers[HeaderId.ListUnsubscribePost]);
        Assert.StartsWith("<https://groups.test/api/notifications/unsubscribe/", mail.Headers[HeaderId.ListUnsubscribe], StringComparison.Ordinal);
    }

    [Fact]
    public async Task Absence_cancellation_a_move_and_the_end_of_an_enrollment_stop_reminders()
    {
        var (kept, cancelled, moved) = (
            await _world.SessionAsync(_group, TimeSpan.FromHours(30)),
            await _world.SessionAsync(_group, TimeSpan.FromHours(31)),
            await _world.SessionAsync(_group, TimeSpan.FromHours(32))
        );
        var (absent, _) = await _world.MemberAsync(_group, "absent");
        var (back, _) = await _world.MemberAsync(_group, "back");
        var (leaving, enrollment) = await _world.MemberAsync(_group, "leaving");
        await _world.DeliverAsync(new StopRemindersWhenAbsenceTold(_world.Db), new AbsenceTold(kept.SessionId, _group, absent, 1, _world.Now));
        await _world.DeliverAsync(new StopRemindersWhenAbsenceTold(_world.Db), new AbsenceTold(kept.SessionId, _group, back, 1, _world.Now));
        await _world.DeliverAsync(new ResumeRemindersWhenAbsenceWithdrawn(_world.Db), new AbsenceWithdrawn(kept.SessionId, _group, back, 2, _world.Now));
        // An older word that comes late changes nothing.
        await _world.DeliverAsync(new StopRemindersWhenAbsenceTold(_world.Db), new AbsenceTold(kept.SessionId, _group, back, 1, _world.Now));
        await _world.DeliverAsync(new TellWhenEnrollmentEnded(_world.Db), new EnrollmentEnded(enrollment, _group, leaving, "cancelled", 3, _world.Now));
        await _world.CancelAsync(cancelled);
        var later = moved with { StartsAt = moved.StartsAt.AddDays(7), EndsAt = moved.EndsAt.AddDays(7), Version = 2 };
        await _world.DeliverAsync(new TellWhenSessionRescheduled(_world.Db), new SessionRescheduled(later, _world.Now, moved.StartsAt));

        _world.Clock.Advance(TimeSpan.FromHours(9));
        await _world.StateIsAsync(back, "reminder-24h", "sent");
        Assert.Equal("", await _world.StateAsync(absent, "reminder-24h"));
        Assert.Equal("", await _world.StateAsync(leaving, "reminder-24h"));
        Assert.Single(_server.To("back@people.test"), m => m.Subject == "Your next session");
    }

    [Fact]
    public async Task A_reminder_that_was_planned_is_dropped_when_its_reason_has_gone()
    {
        var session = await _world.SessionAsync(_group, TimeSpan.FromHours(20));
        var (ill, _) = await _world.MemberAsync(_group, "ill");
        var (leaving, enrollment) = await _world.MemberAsync(_group, "going");
        await _world.StateIsAsync(ill, "reminder-24h", "sent");
        await _world.StateIsAsync(leaving, "reminder-1h", "waiting");
        await _world.DeliverAsync(new StopRemindersWhenAbsenceTold(_world.Db), new AbsenceTold(session.SessionId, _group, ill, 1, _world.Now));
        await _world.DeliverAsync(new TellWhenEnrollmentEnded(_world.Db), new EnrollmentEnded(enrollment, _group, leaving, "cancelled", 3, _world.Now));

        _world.Clock.Advance(TimeSpan.FromHours(19.1));
        await _world.TryNowAsync();
        await _world.StateIsAsync(ill, "reminder-1h", "dropped absent");
        await _world.StateIsAsync(leaving, "reminder-1h", "dropped left");
        await _world.StateIsAsync(_world.Lead, "reminder-1h", "sent");
    }

    [Fact]
    public async Task A_session_that_moves_is_reminded_of_at_its_new_time()
    {
        var session = await _world.SessionAsync(_group, TimeSpan.FromHours(20));
        var (ada, _) = await _world.MemberAsync(_group, "ada");
        await _world.StateIsAsync(ada, "reminder-24h", "sent");
        var later = session with { StartsAt = session.StartsAt.AddHours(2), EndsAt = session.EndsAt.AddHours(2), Version = 2 };
        await _world.DeliverAsync(new TellWhenSessionRescheduled(_world.Db), new SessionRescheduled(later, _world.Now, session.StartsAt));
        await _world.StateIsAsync(ada, "reminder-24h", "sent, sent");

        _world.Clock.Advance(TimeSpan.FromHours(21.1));
        await _world.TryNowAsync();
        // What was planned for the old time says so; the new time has its own.
        await Eventually.Async(
            async () => await _world.StateAsync(ada, "reminder-1h") is "dropped moved, sent" or "dropped too-late, sent",
            () => "the last reminder did not come"
        );
    }
}
