using GroupTherapy.Notifications.Domain;
using GroupTherapy.Platform.Data;

namespace GroupTherapy.Notifications.Storage;

/// <summary>Plans the reminders of sessions.</summary>
public static class ReminderStore
{
    /// <summary>Makes both reminders of every participant of the sessions. A repeat makes none twice.</summary>
    /// <returns>How many mails were made.</returns>
    public static async Task<int> PlanAsync(UnitOfWork work, Guid[] sessions)
    {
        var rows = await work.QueryAsync<Row>(
            """
            with due as (select * from sessions where id = any(@sessions) and not cancelled and starts_at > @Now),
            people as (
                select d.id as session_id, e.member_id as account_id, false as leads from due d
                join seat_sessions e on e.session_id = d.id and e.ended_at is null
                left join absences a on a.session_id = d.id and a.account_id = e.member_id and a.away where a.session_id is null
                union select d.id, s, true from due d cross join unnest(d.staff) s)
            select d.id, d.group_id, d.practice, d.starts_at, d.ends_at, d.time_zone, d.time_version, d.in_person, w.account_id, w.leads,
                p.account_id is not null as has_own, p.language, p.time_zone as own_zone, p.quiet_from, p.quiet_to, p."off", f.time_zone as profile_zone
            from people w join due d on d.id = w.session_id
            left join preferences p on p.account_id = w.account_id left join profiles f on f.account_id = w.account_id
            """,
            new { sessions, work.Now }
        );
        return await MailStore.AddAsync(
            work,
            [
                .. from r in rows
                from reminder in ReminderRules.Of(r.StartsAt, r.Person, work.Now)
                select new NewMail(
                    reminder.Kind,
                    $"{reminder.Kind.Code}:{r.Id}:{r.TimeVersion}:{r.AccountId}",
                    r.AccountId,
                    r.Practice,
                    r.Facts,
                    reminder.DueAt,
                    reminder.Until
                ),
            ]
        );
    }

    private sealed record Row(
        Guid Id,
        Guid GroupId,
        string Practice,
        DateTimeOffset StartsAt,
        DateTimeOffset EndsAt,
        string TimeZone,
        long TimeVersion,
        bool InPerson,
        Guid AccountId,
        bool Leads,
        bool HasOwn,
        string? Language,
        string? OwnZone,
        string? QuietFrom,
        string? QuietTo,
        string[]? Off,
        string? ProfileZone
    )
    {
        public Preferences Person =>
            PreferenceRules.Resolve(
                HasOwn ? new StoredPreferences(Language, OwnZone, QuietFrom, QuietTo, Off) : null,
                new StoredPreferences(null, ProfileZone, null, null, null),
                TimeZone
            );

        public MailFacts Facts =>
            new(Id, GroupId, StartsAt: StartsAt, EndsAt: EndsAt, TimeZone: TimeZone, TimeVersion: TimeVersion, Leads: Leads, InPerson: InPerson);
    }
}
