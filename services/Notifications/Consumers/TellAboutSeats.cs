using GroupTherapy.Contracts.Enrollment.V1;
using GroupTherapy.Notifications.Domain;
using GroupTherapy.Notifications.Storage;
using GroupTherapy.Platform.Data;
using GroupTherapy.Platform.Messaging;

namespace GroupTherapy.Notifications.Consumers;

/// <summary>Reminds a member of a seat that is kept for them, after a third of its time: most confirm at once and need no mail.</summary>
public sealed class RemindWhenSeatReserved(Db db) : TransactionalConsumer<SeatReserved>(db)
{
    protected override async Task HandleAsync(UnitOfWork work, SeatReserved m, CancellationToken ct)
    {
        if (await Seats.SaveAsync(work, m.EnrollmentId, m.GroupId, m.MemberId, EnrollmentStatus.Reserved, m.Version, m.At))
        {
            await Seats.TellAsync(work, MailKinds.SeatReserved, m.EnrollmentId, m.GroupId, m.MemberId, m.Version, m.HeldUntil, m.At + (m.HeldUntil - m.At) / 3);
        }
    }
}

/// <summary>Tells a member at once that a seat is theirs to take.</summary>
public sealed class TellWhenWaitlistOffered(Db db) : TransactionalConsumer<WaitlistOffered>(db)
{
    protected override async Task HandleAsync(UnitOfWork work, WaitlistOffered m, CancellationToken ct)
    {
        if (await Seats.SaveAsync(work, m.EnrollmentId, m.GroupId, m.MemberId, EnrollmentStatus.Offered, m.Version, m.At))
        {
            await Seats.TellAsync(work, MailKinds.SeatOffered, m.EnrollmentId, m.GroupId, m.MemberId, m.Version, m.OfferExpiresAt);
        }
    }
}

/// <summary>Tells a member that a seat, an offer or a request is over, unless they ended it themselves.</summary>
public sealed class TellWhenSeatReleased(Db db) : TransactionalConsumer<SeatReleased>(db)
{
    protected override async Task HandleAsync(UnitOfWork work, SeatReleased m, CancellationToken ct)
    {
        var kind = m.Reason switch
        {
            "cancelled" => null,
            "expired" => MailKinds.SeatReleased,
            "offer-expired" => MailKinds.OfferExpired,
            _ => MailKinds.RequestEnded,
        };
        if (await Seats.SaveAsync(work, m.EnrollmentId, m.GroupId, m.MemberId, EnrollmentStatus.Ended, m.Version, m.At) && kind is not null)
        {
            await Seats.TellAsync(work, kind, m.EnrollmentId, m.GroupId, m.MemberId, m.Version);
        }
    }
}

/// <summary>Tells a member that they have their seat, and plans the reminders of sessions that begin within a day.</summary>
public sealed class WelcomeWhenEnrollmentConfirmed(Db db) : TransactionalConsumer<EnrollmentConfirmed>(db)
{
    protected override async Task HandleAsync(UnitOfWork work, EnrollmentConfirmed m, CancellationToken ct)
    {
        work.Schedule(ScheduledWork.ReadProfile, m.MemberId.ToString(), work.Now);
        if (!await Seats.SaveAsync(work, m.EnrollmentId, m.GroupId, m.MemberId, EnrollmentStatus.Enrolled, m.Version, m.At))
        {
            return;
        }

        await Seats.TellAsync(work, MailKinds.Enrolled, m.EnrollmentId, m.GroupId, m.MemberId, m.Version);
        foreach (var session in await SessionStore.ComingAsync(work, m.GroupId))
        {
            if (!session.Cancelled && session.StartsAt > work.Now && session.StartsAt - ReminderRules.PlannedBefore <= work.Now)
            {
                SessionStore.ScheduleReminders(work, session.Id, session.StartsAt);
            }
        }

        // A session that was cancelled after the confirmation, whose event came here first, was reported to the others only.
        foreach (var session in await SessionStore.CancelledSinceAsync(work, m.EnrollmentId, m.At))
        {
            await NoticeStore.TellAsync(work, MailKinds.SessionCancelled, session, [m.MemberId], "");
        }
    }
}

/// <summary>Tells a member that they do not take part any more; reminders stop with it. A group that closed has told its members by its sessions.</summary>
public sealed class TellWhenEnrollmentEnded(Db db) : TransactionalConsumer<EnrollmentEnded>(db)
{
    protected override async Task HandleAsync(UnitOfWork work, EnrollmentEnded m, CancellationToken ct)
    {
        if (
            await Seats.SaveAsync(work, m.EnrollmentId, m.GroupId, m.MemberId, EnrollmentStatus.Ended, m.Version, m.At)
            && m.Reason is not ("group-closed" or "series-over")
        )
        {
            await Seats.TellAsync(work, MailKinds.EnrollmentEnded, m.EnrollmentId, m.GroupId, m.MemberId, m.Version);
        }
    }
}

/// <summary>Tells a member until when something about their seat must be settled.</summary>
public sealed class TellWhenSeatGraceStarted(Db db) : TransactionalConsumer<SeatGraceStarted>(db)
{
    protected override async Task HandleAsync(UnitOfWork work, SeatGraceStarted m, CancellationToken ct)
    {
        await EligibilityStore.SaveRiskAsync(work, m.EnrollmentId, m.MemberId, atRisk: true, m.Version);
        await Seats.TellAsync(work, MailKinds.SeatAtRisk, m.EnrollmentId, m.GroupId, m.MemberId, m.Version, m.Until);
    }
}

/// <summary>Tells a member that they keep their seat.</summary>
public sealed class TellWhenSeatGraceEnded(Db db) : TransactionalConsumer<SeatGraceEnded>(db)
{
    protected override async Task HandleAsync(UnitOfWork work, SeatGraceEnded m, CancellationToken ct)
    {
        await EligibilityStore.SaveRiskAsync(work, m.EnrollmentId, m.MemberId, atRisk: false, m.Version);
        await Seats.TellAsync(work, MailKinds.SeatSafe, m.EnrollmentId, m.GroupId, m.MemberId, m.Version);
    }
}

internal static class Seats
{
    public static Task<bool> SaveAsync(UnitOfWork work, Guid enrollment, Guid group, Guid member, string status, long version, DateTimeOffset at) =>
        PeopleStore.SaveEnrollmentAsync(work, enrollment, group, member, status, version, at);

    /// <param name="until">A deadline, after which the mail is of no use.</param>
    public static async Task TellAsync(
        UnitOfWork work,
        MailKind kind,
        Guid enrollment,
        Guid group,
        Guid member,
        long version,
        DateTimeOffset? until = null,
        DateTimeOffset? dueAt = null
    ) =>
        await NoticeStore.TellAsync(
            work,
            kind,
            $"{enrollment}:{version}",
            member,
            await PeopleStore.PracticeOfGroupAsync(work, group),
            new MailFacts(GroupId: group, EnrollmentId: enrollment, Until: until),
            dueAt,
            until
        );
}
