using GroupTherapy.Contracts.Enrollment.V1;
using GroupTherapy.Notifications.Domain;
using GroupTherapy.Notifications.Storage;
using GroupTherapy.Platform.Data;
using GroupTherapy.Platform.Messaging;

namespace GroupTherapy.Notifications.Consumers;

/// <summary>
/// Tells a member before the session that they could not join it from home, most often because of who leads it, so that they do not learn it when they join.
/// Tells them as well when they can after all.
/// </summary>
public sealed class TellWhenEligibilityChanged(Db db) : TransactionalConsumer<EligibilityChanged>(db)
{
    protected override async Task HandleAsync(UnitOfWork work, EligibilityChanged m, CancellationToken ct)
    {
        var letsIn = EligibilityRules.LetsIn(m.Outcome);
        var (isNewer, before) = await EligibilityStore.SaveAsync(work, m.EnrollmentId, m.SessionId, m.MemberId, letsIn, m.Version);
        var wasToldOtherwise =
            before is { LetsIn: false } && await MailStore.WentOutAsync(work, NoticeStore.KeyOf(MailKinds.CannotJoin, KeyOf(m, before.Version), m.MemberId));
        if (!isNewer || m.StartsAt <= work.Now || EligibilityRules.NoticeOf(letsIn, wasToldOtherwise) is not { } kind)
        {
            return;
        }

        var session = await SessionStore.FindAsync(work, m.SessionId);
        var facts = session?.Facts(m.MemberId) ?? new MailFacts(m.SessionId, m.GroupId, StartsAt: m.StartsAt);
        await NoticeStore.TellAsync(
            work,
            kind,
            KeyOf(m, m.Version),
            m.MemberId,
            session?.Practice ?? await PeopleStore.PracticeOfGroupAsync(work, m.GroupId),
            facts with
            {
                EnrollmentId = m.EnrollmentId,
            },
            until: m.StartsAt
        );
    }

    private static string KeyOf(EligibilityChanged m, long version) => $"{m.EnrollmentId}:{m.SessionId}:{version}";
}
