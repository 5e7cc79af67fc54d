using GroupTherapy.Contracts.Scheduling.V1;
using GroupTherapy.Notifications.Domain;
using GroupTherapy.Platform.Data;

namespace GroupTherapy.Notifications.Storage;

/// <summary>A session as last reported.</summary>
/// <param name="TimeVersion">The version at which its time last changed.</param>
/// <param name="AdmitsNew">New members may begin with it.</param>
public sealed record PlannedSession(
    Guid Id,
    Guid GroupId,
    string Practice,
    DateTimeOffset StartsAt,
    DateTimeOffset EndsAt,
    string TimeZone,
    Guid[] Staff,
    Guid LeadId,
    bool InPerson,
    string? Venue,
    int Sequence,
    DateTimeOffset ReplannedAt,
    bool Cancelled,
    long Version,
    long TimeVersion,
    bool AdmitsNew
)
{
    public MailFacts Facts(Guid account, DateTimeOffset? was = null) =>
        new(
            Id,
            GroupId,
            StartsAt: StartsAt,
            EndsAt: EndsAt,
            Was: was == StartsAt ? null : was,
            TimeZone: TimeZone,
            TimeVersion: TimeVersion,
            Leads: Staff.Contains(account),
            InPerson: InPerson
        );
}

/// <summary>Sessions, who leads them and who will be absent, as Scheduling reports them.</summary>
public static class SessionStore
{
    private const string Columns = """
        id, group_id, practice, starts_at, ends_at, time_zone, staff, lead_id, in_person, venue, sequence, replanned_at, cancelled, version, time_version,
        admits_new
        """;

    /// <summary>Saves a newer snapshot, and schedules the session's reminders where its time is new.</summary>
    /// <returns>The session before (null when it was not known) and after; an older snapshot changes nothing.</returns>
    public static async Task<(PlannedSession? Before, PlannedSession After)> SaveAsync(UnitOfWork work, SessionSnapshot s, DateTimeOffset at)
    {
        // Two reports of one session that is not known yet would both find nothing to lock.
        await work.ExecuteAsync("select pg_advisory_xact_lock(hashtextextended(@key, 7))", new { key = s.SessionId.ToString() });
        var before = await FindAsync(work, s.SessionId);
        if (before is not null && before.Version >= s.Version)
        {
            return (before, before);
        }

        var after = new PlannedSession(
            s.SessionId,
            s.GroupId,
            s.Practice,
            s.StartsAt,
            s.EndsAt,
            s.TimeZone,
            [s.LeadFacilitatorId, .. s.CoFacilitatorIds],
            s.LeadFacilitatorId,
            s.Modality == Modalities.InPerson,
            s.Venue,
            s.Sequence,
            s.ReplannedAt ?? at,
            s.Cancelled,
            s.Version,
            before?.StartsAt == s.StartsAt ? before.TimeVersion : s.Version,
            s.AdmitsNew
        );
        await work.ExecuteAsync(
            $"""
            insert into sessions ({Columns}, changed_at) values (@Id, @GroupId, @Practice, @StartsAt, @EndsAt, @TimeZone, @Staff, @LeadId, @InPerson, @Venue,
                @Sequence, @ReplannedAt, @Cancelled, @Version, @TimeVersion, @AdmitsNew, @at)
            on conflict (id) do update set starts_at = excluded.starts_at, ends_at = excluded.ends_at, time_zone = excluded.time_zone, staff = excluded.staff,
                lead_id = excluded.lead_id, in_person = excluded.in_person, venue = excluded.venue, sequence = excluded.sequence,
                replanned_at = excluded.replanned_at, cancelled = excluded.cancelled, version = excluded.version, time_version = excluded.time_version,
                admits_new = excluded.admits_new, changed_at = excluded.changed_at
            """,
            new
            {
                after.Id,
                after.GroupId,
                after.Practice,
                after.StartsAt,
                after.EndsAt,
                after.TimeZone,
                after.Staff,
                after.LeadId,
                after.InPerson,
                after.Venue,
                after.Sequence,
                after.ReplannedAt,
                after.Cancelled,
                after.Version,
                after.TimeVersion,
                after.AdmitsNew,
                at,
            }
        );
        if (after.Cancelled)
        {
            work.Unschedule(ScheduledWork.PlanReminders, after.Id.ToString());
        }
        else if (
            (before is null || before.Cancelled || (before.StartsAt, before.LeadId, before.AdmitsNew) != (after.StartsAt, after.LeadId, after.AdmitsNew))
            && after.StartsAt > work.Now
        )
        {
            ScheduleReminders(work, after.Id, after.StartsAt);
        }

        return (before, after);
    }

    public static Task<PlannedSession?> FindAsync(UnitOfWork work, Guid id) =>
        work.FirstOrDefaultAsync<PlannedSession>($"select {Columns} from sessions where id = @id", new { id });

    /// <summary>Sessions of a group that are not over.</summary>
    public static Task<IReadOnlyList<PlannedSession>> ComingAsync(UnitOfWork work, Guid group) =>
        work.QueryAsync<PlannedSession>(
            $"select {Columns} from sessions where group_id = @group and ends_at > @Now order by starts_at",
            new { group, work.Now }
        );

    /// <summary>Sessions to come of a seat that were cancelled after an instant.</summary>
    public static Task<IReadOnlyList<PlannedSession>> CancelledSinceAsync(UnitOfWork work, Guid enrollment, DateTimeOffset since) =>
        work.QueryAsync<PlannedSession>(
            $"""
            select {Columns} from sessions where cancelled and ends_at > @Now and changed_at >= @since
                and id in (select session_id from seat_sessions where enrollment_id = @enrollment)
            """,
            new
            {
                enrollment,
                since,
                work.Now,
            }
        );

    /// <summary>Saves whether no facilitator may lead a session, by the newer report.</summary>
    public static Task SaveUncoveredAsync(UnitOfWork work, Guid session, bool uncovered, DateTimeOffset at) =>
        work.ExecuteAsync(
            "update sessions set uncovered = @uncovered, uncovered_at = @at where id = @session and (uncovered_at is null or uncovered_at < @at)",
            new
            {
                session,
                uncovered,
                at,
            }
        );

    public static void ScheduleReminders(UnitOfWork work, Guid session, DateTimeOffset startsAt)
    {
        var due = startsAt - ReminderRules.PlannedBefore;
        work.Schedule(ScheduledWork.PlanReminders, session.ToString(), due > work.Now ? due : work.Now);
    }

    /// <summary>Saves what a member said last about coming to a session.</summary>
    public static Task SaveAbsenceAsync(UnitOfWork work, Guid session, Guid account, bool away, long version) =>
        work.ExecuteAsync(
            """
            insert into absences (session_id, account_id, away, version) values (@session, @account, @away, @version)
            on conflict (session_id, account_id) do update set away = excluded.away, version = excluded.version where absences.version < excluded.version
            """,
            new
            {
                session,
                account,
                away,
                version,
            }
        );
}
