using GroupTherapy.Contracts.Enrollment.V1;
using GroupTherapy.Notifications.Domain;
using GroupTherapy.Notifications.Storage;
using GroupTherapy.Platform.Data;
using GroupTherapy.Platform.Messaging;

namespace GroupTherapy.Notifications.Consumers;

/// <summary>
/// Tells a member before the session that they could not join it from home, most often because of who leads it; and that they can after all, if they were told
/// otherwise. Nobody is to learn it at the door.
/// </summary>
public sealed class TellWhenEligibilityChanged(Db db) : TransactionalConsumer<EligibilityChanged>(db)
{
    private static readonly string[] LetIn = ["allow", "allow_with_conditions"];

    protected override async Task HandleAsync(UnitOfWork work, EligibilityChanged m, CancellationToken ct)
    {
        var letsIn = LetIn.Contains(m.Outcome);
        if (!await EligibilityStore.SaveAsync(work, m.EnrollmentId, m.SessionId, m.MemberId, letsIn, m.Version)
            || m.StartsAt <= work.Now || (letsIn && !await EligibilityStore.WasToldAsync(work, m.EnrollmentId, m.SessionId)))
        {
            return;
        }

        var session = await SessionStore.FindAsync(work, m.SessionId);
        var facts = session?.Facts(m.MemberId) ?? new MailFacts(m.SessionId, m.GroupId, StartsAt: m.StartsAt);
        await NoticeStore.TellAsync(
            work, letsIn ? MailKinds.CanJoinAgain : MailKinds.CannotJoin, $"{m.EnrollmentId}:{m.SessionId}:{m.Version}", m.MemberId,
            session?.Practice ?? await PeopleStore.PracticeOfGroupAsync(work, m.GroupId), facts with { EnrollmentId = m.EnrollmentId }, until: m.StartsAt);
    }
}
