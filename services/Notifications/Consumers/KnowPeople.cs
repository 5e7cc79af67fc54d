using GroupTherapy.Contracts.Identity.V1;
using GroupTherapy.Contracts.Scheduling.V1;
using GroupTherapy.Notifications.Storage;
using GroupTherapy.Platform.Data;
using GroupTherapy.Platform.Messaging;

namespace GroupTherapy.Notifications.Consumers;

/// <summary>Knows who operates a practice.</summary>
public sealed class KnowStaffWhenRolesChanged(Db db) : TransactionalConsumer<RolesChanged>(db)
{
    protected override Task HandleAsync(UnitOfWork work, RolesChanged message, CancellationToken ct) => PeopleStore.SaveRolesAsync(work, message);
}

/// <summary>Knows a practice's name for invitations, and its zone for its operators.</summary>
public sealed class KnowPracticeWhenPracticeChanged(Db db) : TransactionalConsumer<PracticeChanged>(db)
{
    protected override Task HandleAsync(UnitOfWork work, PracticeChanged message, CancellationToken ct) => PeopleStore.SavePracticeAsync(work, message);
}

/// <summary>Knows the practice of a group.</summary>
public sealed class KnowGroupWhenGroupOpened(Db db) : TransactionalConsumer<GroupOpened>(db)
{
    protected override Task HandleAsync(UnitOfWork work, GroupOpened message, CancellationToken ct) => PeopleStore.SaveGroupAsync(work, message.Group);
}

/// <summary>Knows the practice of a group, also where its opening was missed.</summary>
public sealed class KnowGroupWhenGroupChanged(Db db) : TransactionalConsumer<GroupChanged>(db)
{
    protected override Task HandleAsync(UnitOfWork work, GroupChanged message, CancellationToken ct) => PeopleStore.SaveGroupAsync(work, message.Group);
}

/// <summary>A member will not come: the reminders of that session stop.</summary>
public sealed class StopRemindersWhenAbsenceTold(Db db) : TransactionalConsumer<AbsenceTold>(db)
{
    protected override Task HandleAsync(UnitOfWork work, AbsenceTold message, CancellationToken ct) =>
        SessionStore.SaveAbsenceAsync(work, message.SessionId, message.AccountId, away: true, message.Version);
}

/// <summary>A member comes after all: the reminders that are still due go out.</summary>
public sealed class ResumeRemindersWhenAbsenceWithdrawn(Db db) : TransactionalConsumer<AbsenceWithdrawn>(db)
{
    protected override async Task HandleAsync(UnitOfWork work, AbsenceWithdrawn message, CancellationToken ct)
    {
        await SessionStore.SaveAbsenceAsync(work, message.SessionId, message.AccountId, away: false, message.Version);
        if (await SessionStore.FindAsync(work, message.SessionId) is { Cancelled: false } session && session.StartsAt > work.Now)
        {
            SessionStore.ScheduleReminders(work, session.Id, session.StartsAt);
        }
    }
}
