using GroupTherapy.Contracts.Scheduling.V1;
using GroupTherapy.Notifications.Domain;
using GroupTherapy.Notifications.Storage;
using GroupTherapy.Platform.Data;
using GroupTherapy.Platform.Messaging;

namespace GroupTherapy.Notifications.Consumers;

/// <summary>Knows a session and plans its reminders. A new session causes reminders only.</summary>
public sealed class PlanRemindersWhenSessionScheduled(Db db) : TransactionalConsumer<SessionScheduled>(db)
{
    protected override Task HandleAsync(UnitOfWork work, SessionScheduled message, CancellationToken ct) =>
        SessionStore.SaveAsync(work, message.Session, message.At);
}

/// <summary>Tells members and facilitators that a session will not take place.</summary>
public sealed class TellWhenSessionCancelled(Db db) : TransactionalConsumer<SessionCancelled>(db)
{
    protected override async Task HandleAsync(UnitOfWork work, SessionCancelled message, CancellationToken ct)
    {
        var (_, session) = await SessionStore.SaveAsync(work, message.Session, message.At);
        if (session.Cancelled)
        {
            var members = await PeopleStore.MembersAsync(work, session.GroupId, message.At);
            await NoticeStore.TellAsync(work, MailKinds.SessionCancelled, session, members.Concat(session.Staff), "");
        }
    }
}

/// <summary>Tells members and facilitators the new time. A whole series that moved causes one mail, by <see cref="TellWhenSeriesChanged"/>.</summary>
public sealed class TellWhenSessionRescheduled(Db db) : TransactionalConsumer<SessionRescheduled>(db)
{
    protected override async Task HandleAsync(UnitOfWork work, SessionRescheduled message, CancellationToken ct)
    {
        var (before, session) = await SessionStore.SaveAsync(work, message.Session, message.At);
        // An older message may arrive after a newer one: the mail goes out only if this start is still the saved one.
        if (session.Cancelled || session.StartsAt != message.Session.StartsAt || message.Cause is "series-changed" or "zone-rules")
        {
            return;
        }

        var was = message.PreviousStartsAt ?? before?.StartsAt;
        var members = await PeopleStore.MembersAsync(work, session.GroupId, message.At);
        await NoticeStore.TellAsync(
            work, MailKinds.SessionMoved, session, members.Concat(session.Staff), $"{message.Session.Version}", person => session.Facts(person, was));
    }
}

/// <summary>Tells members that another person leads, the substitute that a session is theirs, and who was replaced.</summary>
public sealed class TellWhenFacilitatorSubstituted(Db db) : TransactionalConsumer<FacilitatorSubstituted>(db)
{
    protected override async Task HandleAsync(UnitOfWork work, FacilitatorSubstituted message, CancellationToken ct)
    {
        var (before, session) = await SessionStore.SaveAsync(work, message.Session, message.At);
        if (session.Cancelled || session.LeadId != message.Session.LeadFacilitatorId)
        {
            return;
        }

        var key = $"{message.Session.Version}";
        var people = await PeopleStore.MembersAsync(work, session.GroupId, message.At);
        await NoticeStore.TellAsync(
            work, MailKinds.FacilitatorChanged, session, people.Concat(session.Staff).Concat(before?.Staff ?? []).Where(p => p != session.LeadId), key);
        await NoticeStore.TellAsync(work, MailKinds.SessionAssigned, session, [session.LeadId], key);
    }
}

/// <summary>Tells members and facilitators once that their series has another plan.</summary>
public sealed class TellWhenSeriesChanged(Db db) : TransactionalConsumer<SeriesChanged>(db)
{
    protected override async Task HandleAsync(UnitOfWork work, SeriesChanged message, CancellationToken ct)
    {
        var members = await PeopleStore.MembersAsync(work, message.GroupId, message.At);
        var from = new DateTimeOffset(message.From.ToDateTime(new TimeOnly(12, 0)), TimeSpan.Zero);
        await NoticeStore.TellAsync(
            work, MailKinds.SeriesChanged, $"{message.GroupId}:{message.Version}", members.Append(message.LeadFacilitatorId), message.Practice,
            new MailFacts(GroupId: message.GroupId, StartsAt: message.FirstStartsAt, Until: from, TimeZone: message.TimeZone));
    }
}

/// <summary>Tells the operators that no facilitator may lead a session as it stands.</summary>
public sealed class TellWhenSessionUnattended(Db db) : TransactionalConsumer<SessionUnattended>(db)
{
    protected override async Task HandleAsync(UnitOfWork work, SessionUnattended message, CancellationToken ct)
    {
        var (_, session) = await SessionStore.SaveAsync(work, message.Session, message.At);
        if (!session.Cancelled)
        {
            var operators = await PeopleStore.OperatorsAsync(work, [session.Practice]);
            await NoticeStore.TellAsync(work, MailKinds.SessionUncovered, session, operators, $"{message.Session.Version}:{message.At.ToUnixTimeSeconds()}");
        }
    }
}

/// <summary>Asks the facilitators whether a session with few members takes place, and tells the members that it may not.</summary>
public sealed class TellWhenQuorumAsked(Db db) : TransactionalConsumer<QuorumAsked>(db)
{
    protected override async Task HandleAsync(UnitOfWork work, QuorumAsked message, CancellationToken ct)
    {
        var (_, session) = await SessionStore.SaveAsync(work, message.Session, message.At);
        if (session.Cancelled || session.StartsAt != message.Session.StartsAt)
        {
            return;
        }

        var key = $"{session.TimeVersion}";
        await NoticeStore.TellAsync(
            work, MailKinds.QuorumAsked, session, session.Staff, key,
            person => session.Facts(person) with { Count = message.Expected, Until = message.AnswerBy });
        await NoticeStore.TellAsync(work, MailKinds.QuorumOpen, session, await PeopleStore.MembersAsync(work, session.GroupId, message.At), key);
    }
}
