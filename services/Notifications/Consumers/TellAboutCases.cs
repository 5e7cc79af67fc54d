using GroupTherapy.Contracts.Enrollment.V1;
using GroupTherapy.Notifications.Domain;
using GroupTherapy.Notifications.Storage;
using GroupTherapy.Platform.Data;
using GroupTherapy.Platform.Messaging;

namespace GroupTherapy.Notifications.Consumers;

/// <summary>Tells a member that they wait for a seat.</summary>
public sealed class TellWhenEnrollmentWaitlisted(Db db) : TransactionalConsumer<EnrollmentWaitlisted>(db)
{
    protected override async Task HandleAsync(UnitOfWork work, EnrollmentWaitlisted m, CancellationToken ct)
    {
        if (await Seats.SaveAsync(work, m.EnrollmentId, m.GroupId, m.MemberId, EnrollmentStatus.Waitlisted, m.Version, m.At))
        {
            await NoticeStore.TellAsync(
                work,
                MailKinds.Waitlisted,
                $"{m.EnrollmentId}",
                m.MemberId,
                m.Practice,
                new MailFacts(GroupId: m.GroupId, EnrollmentId: m.EnrollmentId)
            );
        }
    }
}

/// <summary>Tells a member that their request is being looked at, and the practice's operators that it waits for them.</summary>
public sealed class TellWhenEnrollmentHeld(Db db) : TransactionalConsumer<EnrollmentHeld>(db)
{
    protected override async Task HandleAsync(UnitOfWork work, EnrollmentHeld m, CancellationToken ct)
    {
        if (!await Seats.SaveAsync(work, m.EnrollmentId, m.GroupId, m.MemberId, EnrollmentStatus.Held, m.Version, m.At))
        {
            return;
        }

        var (key, facts) = ($"{m.EnrollmentId}:{m.Version}", new MailFacts(GroupId: m.GroupId, EnrollmentId: m.EnrollmentId));
        await NoticeStore.TellAsync(work, MailKinds.RequestHeld, key, m.MemberId, m.Practice, facts);
        await NoticeStore.TellAsync(work, MailKinds.CaseHeld, key, await PeopleStore.OperatorsAsync(work, [m.Practice]), m.Practice, facts);
    }
}

/// <summary>Knows where an enrollment stands, so that what is settled is not mailed about.</summary>
public sealed class KnowStatusWhenEnrollmentReconsidered(Db db) : TransactionalConsumer<EnrollmentReconsidered>(db)
{
    protected override Task HandleAsync(UnitOfWork work, EnrollmentReconsidered m, CancellationToken ct) =>
        Seats.SaveAsync(work, m.EnrollmentId, m.GroupId, m.MemberId, m.Status, m.Version, m.At);
}

/// <summary>Tells a facilitator, and the operators of each practice they work for, that a credential ends.</summary>
public sealed class TellWhenCredentialEnding(Db db) : TransactionalConsumer<CredentialEnding>(db)
{
    protected override async Task HandleAsync(UnitOfWork work, CredentialEnding m, CancellationToken ct)
    {
        // Noon is the same day on every clock of the continent.
        var ends = new DateTimeOffset(m.ValidTo.ToDateTime(new TimeOnly(17, 0)), TimeSpan.Zero);
        var (key, facts) = ($"{m.CredentialId}:{m.ValidTo:yyyy-MM-dd}:{m.Days}", new MailFacts(Until: ends, Days: m.Days));
        var practice = m.Practices.Count > 0 ? m.Practices[0] : null;
        await NoticeStore.TellAsync(work, MailKinds.CredentialEnding, key, m.FacilitatorId, practice, facts);
        foreach (var of in m.Practices)
        {
            await NoticeStore.TellAsync(work, MailKinds.CredentialEndingStaff, key, await PeopleStore.OperatorsAsync(work, [of]), of, facts);
        }
    }
}
