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
            var members = await PeopleStore.MembersAsync(work, session, message.At);
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
        if (session.Cancelled || session.StartsAt != message.Session.StartsAt)
        {
            return;
        }

        if (message.Cause is PlanCauses.SeriesChanged or PlanCauses.ZoneRules)
        {
            await StaffNotices.TellAsync(work, before?.Staff ?? [], session, $"{message.Session.Version}");
            return;
        }

        var was = message.PreviousStartsAt ?? before?.StartsAt;
        var members = await PeopleStore.MembersAsync(work, session, message.At);
        await NoticeStore.TellAsync(
            work,
            MailKinds.SessionMoved,
            session,
            members.Concat(session.Staff),
            $"{message.Session.Version}",
            person => session.Facts(person, was)
        );
    }
}

/// <summary>
/// Tells members that another person leads, the substitute that a session is theirs, and who was replaced. Of a whole series members learn once, by
/// <see cref="TellWhenSeriesChanged"/>.
/// </summary>
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
        if (message.Cause == PlanCauses.SeriesChanged)
        {
            await StaffNotices.TellAsync(work, before?.Staff ?? [], session, key);
            return;
        }

        var people = await PeopleStore.MembersAsync(work, session, message.At);
        await NoticeStore.TellAsync(
            work,
            MailKinds.FacilitatorChanged,
            session,
            people.Concat(session.Staff).Concat(before?.Staff ?? []).Where(p => p != session.LeadId),
            key
        );
        await NoticeStore.TellAsync(work, MailKinds.SessionAssigned, session, [session.LeadId], key);
    }
}

/// <summary>Tells facilitators which sessions of a changed series are theirs now, and which are not any more.</summary>
internal static class StaffNotices
{
    /// <param name="before">The previous lead; empty where it was not known.</param>
    public static async Task TellAsync(UnitOfWork work, Guid[] before, PlannedSession session, string key)
    {
        if (before.Length > 0)
        {
            await NoticeStore.TellAsync(work, MailKinds.FacilitatorChanged, session, before.Except(session.Staff), key);
            await NoticeStore.TellAsync(work, MailKinds.SessionAssigned, session, session.Staff.Except(before), key);
        }
    }
}

/// <summary>
/// Tells members and facilitators once that their series has another plan. Facilitators learn by the sessions themselves who of them leads, so a change of
/// that alone is no change of the series to them.
/// </summary>
public sealed class TellWhenSeriesChanged(Db db) : TransactionalConsumer<SeriesChanged>(db)
{
    protected override async Task HandleAsync(UnitOfWork work, SeriesChanged message, CancellationToken ct)
    {
        var (key, from) = ($"{message.GroupId}:{message.Version}", new DateTimeOffset(message.From.ToDateTime(new TimeOnly(12, 0)), TimeSpan.Zero));
        var facts = new MailFacts(
            GroupId: message.GroupId,
            StartsAt: message.FirstStartsAt,
            Until: from,
            TimeZone: message.TimeZone,
            NewLead: message.Changes.Contains("facilitator"),
            NewVenue: message.Changes.Contains("venue")
        );
        var members = await PeopleStore.MembersAsync(work, message.GroupId, message.At);
        await NoticeStore.TellAsync(work, MailKinds.SeriesChanged, key, members, message.Practice, facts);
        if (message.Changes.All(c => c == "facilitator"))
        {
            return;
        }

        var coming = await SessionStore.ComingAsync(work, message.GroupId);
        await NoticeStore.TellAsync(
            work,
            MailKinds.SeriesChanged,
            key,
            coming.SelectMany(s => s.Staff).Append(message.LeadFacilitatorId).Except(members),
            message.Practice,
            facts with
            {
                Leads = true,
                NewLead = false,
            }
        );
    }
}

/// <summary>
/// Tells the operators at once that no facilitator may lead a session as it stands, and its members in time when that stays so.
/// </summary>
public sealed class TellWhenSessionUnattended(Db db) : TransactionalConsumer<SessionUnattended>(db)
{
    protected override async Task HandleAsync(UnitOfWork work, SessionUnattended message, CancellationToken ct)
    {
        var (_, session) = await SessionStore.SaveAsync(work, message.Session, message.At);
        if (session.Cancelled)
        {
            return;
        }

        await SessionStore.SaveUncoveredAsync(work, session.Id, uncovered: true, message.At);
        var key = $"{message.Session.Version}:{message.At.ToUnixTimeSeconds()}";
        await NoticeStore.TellAsync(work, MailKinds.SessionUncovered, session, await PeopleStore.OperatorsAsync(work, [session.Practice]), key);
        await NoticeStore.TellAsync(
            work,
            MailKinds.SessionUnsure,
            session,
            await PeopleStore.MembersAsync(work, session, message.At),
            key,
            dueAt: UncoveredRules.ToldAt(session.StartsAt, work.Now),
            until: session.StartsAt
        );
    }
}

/// <summary>A facilitator may lead the session again: mails that wait about it are dropped.</summary>
public sealed class KnowCoverWhenSessionAttended(Db db) : TransactionalConsumer<SessionAttended>(db)
{
    protected override async Task HandleAsync(UnitOfWork work, SessionAttended message, CancellationToken ct)
    {
        await SessionStore.SaveAsync(work, message.Session, message.At);
        await SessionStore.SaveUncoveredAsync(work, message.Session.SessionId, uncovered: false, message.At);
    }
}

/// <summary>Tells the operators that a session runs without a facilitator, while they can still do something about it.</summary>
public sealed class TellWhenSubstitutesSought(Db db) : TransactionalConsumer<SubstitutesSought>(db)
{
    protected override async Task HandleAsync(UnitOfWork work, SubstitutesSought message, CancellationToken ct)
    {
        if (await SessionStore.FindAsync(work, message.SessionId) is { } session && message.HeldUntil > work.Now)
        {
            await NoticeStore.TellAsync(
                work,
                MailKinds.SessionHeld,
                $"{session.Id}:{message.HeldUntil.ToUnixTimeSeconds()}",
                await PeopleStore.OperatorsAsync(work, [session.Practice]),
                session.Practice,
                session.Facts(Guid.Empty) with
                {
                    Until = message.HeldUntil,
                },
                message.HeldUntil
            );
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
            work,
            MailKinds.QuorumAsked,
            session,
            session.Staff,
            key,
            person => session.Facts(person) with { Count = message.Expected, Until = message.AnswerBy }
        );
        await NoticeStore.TellAsync(work, MailKinds.QuorumOpen, session, await PeopleStore.MembersAsync(work, session, message.At), key);
    }
}
