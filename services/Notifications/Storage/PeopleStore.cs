using GroupTherapy.Contracts.Identity.V1;
using GroupTherapy.Contracts.Scheduling.V1;
using GroupTherapy.Notifications.Delivery;
using GroupTherapy.Notifications.Domain;
using GroupTherapy.Platform.Data;

namespace GroupTherapy.Notifications.Storage;

/// <summary>The people of each group and practice, and how each wants to be written to.</summary>
public static class PeopleStore
{
    /// <summary>Saves a newer report of an enrollment.</summary>
    /// <returns>False for an older one.</returns>
    public static async Task<bool> SaveEnrollmentAsync(UnitOfWork work, Guid id, Guid group, Guid member, string status, long version, DateTimeOffset at)
    {
        await LockAsync(work, group);
        return await work.ExecuteAsync(
                $"""
                insert into enrollments (id, group_id, member_id, status, confirmed_at, ended_at, version)
                values (@id, @group, @member, @status, case @status when '{EnrollmentStatus.Enrolled}' then @at end,
                    case @status when '{EnrollmentStatus.Ended}' then @at end, @version)
                on conflict (id) do update set status = excluded.status, confirmed_at = coalesce(enrollments.confirmed_at, excluded.confirmed_at),
                    ended_at = coalesce(enrollments.ended_at, excluded.ended_at), version = excluded.version where enrollments.version < excluded.version
                """,
                new
                {
                    id,
                    group,
                    member,
                    status,
                    version,
                    at,
                }
            ) == 1;
    }

    /// <summary>Members who take part in a session, or did until after an instant.</summary>
    /// <param name="until">Members whose enrollment ended because of this change count.</param>
    public static async Task<IReadOnlyList<Guid>> MembersAsync(UnitOfWork work, PlannedSession session, DateTimeOffset until)
    {
        await LockAsync(work, session.GroupId);
        return await work.QueryAsync<Guid>(
            "select distinct member_id from seat_sessions where session_id = @Id and (ended_at is null or ended_at > @until) order by 1",
            new { session.Id, until }
        );
    }

    // A seat and a change of its session that are reported at once would each miss the other.
    private static Task LockAsync(UnitOfWork work, Guid group) =>
        work.ExecuteAsync("select pg_advisory_xact_lock(hashtextextended(@key, 8))", new { key = group.ToString() });

    /// <summary>Members of a group who have a seat, or had one until after an instant.</summary>
    /// <param name="until">Members whose enrollment ended because of this change count.</param>
    public static Task<IReadOnlyList<Guid>> MembersAsync(UnitOfWork work, Guid group, DateTimeOffset until) =>
        work.QueryAsync<Guid>(
            """
            select distinct member_id from enrollments
            where group_id = @group and confirmed_at is not null and (ended_at is null or ended_at > @until) order by 1
            """,
            new { group, until }
        );

    public static async Task<string?> PracticeOfGroupAsync(UnitOfWork work, Guid group) =>
        await work.FirstOrDefaultAsync<string>("select practice from groups where id = @group", new { group });

    public static async Task<string?> NameOfPracticeAsync(Db db, string practice, CancellationToken ct) =>
        await db.FirstOrDefaultAsync<string>("select name from practices where id = @practice", new { practice }, ct);

    public static Task SaveGroupAsync(UnitOfWork work, GroupSnapshot g) =>
        work.ExecuteAsync(
            """
            insert into groups (id, practice, staff, closed, version) values (@GroupId, @Practice, @staff, @Closed, @Version)
            on conflict (id) do update set practice = excluded.practice, staff = excluded.staff, closed = excluded.closed, version = excluded.version
                where groups.version < excluded.version
            """,
            new
            {
                g.GroupId,
                g.Practice,
                staff = (Guid[])[g.LeadFacilitatorId, .. g.CoFacilitatorIds],
                g.Closed,
                g.Version,
            }
        );

    public static Task SavePracticeAsync(UnitOfWork work, PracticeChanged p) =>
        work.ExecuteAsync(
            """
            insert into practices (id, name, time_zone, version) values (@Practice, @Name, @TimeZone, @Version)
            on conflict (id) do update set name = excluded.name, time_zone = excluded.time_zone, version = excluded.version
                where practices.version < excluded.version
            """,
            new
            {
                p.Practice,
                p.Name,
                p.TimeZone,
                p.Version,
            }
        );

    /// <summary>Replaces the roles of an account in practices by a newer report.</summary>
    public static async Task SaveRolesAsync(UnitOfWork work, RolesChanged m)
    {
        if (
            await work.ExecuteAsync(
                """
                insert into staff_versions (account_id, version) values (@AccountId, @Version)
                on conflict (account_id) do update set version = excluded.version where staff_versions.version < excluded.version
                """,
                new { m.AccountId, m.Version }
            ) == 0
        )
        {
            return;
        }

        var memberships = m.Memberships ?? [.. m.Practices.Select(p => new Membership(p, m.Roles))];
        await work.ExecuteAsync("delete from staff where account_id = @AccountId", new { m.AccountId });
        foreach (var membership in memberships)
        {
            await work.ExecuteAsync(
                "insert into staff (account_id, practice, roles) values (@AccountId, @Practice, @roles)",
                new
                {
                    m.AccountId,
                    membership.Practice,
                    roles = membership.Roles.ToArray(),
                }
            );
        }
    }

    public static Task<IReadOnlyList<Guid>> OperatorsAsync(UnitOfWork work, IEnumerable<string> practices) =>
        work.QueryAsync<Guid>(
            "select distinct account_id from staff where practice = any(@practices) and 'operator' = any(roles) order by 1",
            new { practices = practices.ToArray() }
        );

    /// <summary>Each person's own choices, and the values of their profile.</summary>
    public static async Task<IReadOnlyDictionary<Guid, (StoredPreferences? Own, StoredPreferences? Profile)>> WishesAsync(UnitOfWork work, Guid[] accounts) =>
        (
            await work.QueryAsync<Row>(
                """
                select a.id, p.account_id is not null as has_own, p.language, p.time_zone, p.quiet_from, p.quiet_to, p."off", f.language as profile_language,
                    f.time_zone as profile_zone
                from unnest(@accounts) as a (id) left join preferences p on p.account_id = a.id left join profiles f on f.account_id = a.id
                """,
                new { accounts }
            )
        ).ToDictionary(r => r.Id, r => (r.Own, r.Profile));

    /// <summary>Saves what the person chose.</summary>
    public static Task SaveAsync(UnitOfWork work, Guid account, StoredPreferences chosen) =>
        work.ExecuteAsync(
            """
            insert into preferences (account_id, language, time_zone, quiet_from, quiet_to, "off")
            values (@account, @Language, @TimeZone, @QuietFrom, @QuietTo, @Off)
            on conflict (account_id) do update set language = excluded.language, time_zone = excluded.time_zone, quiet_from = excluded.quiet_from,
                quiet_to = excluded.quiet_to, "off" = excluded."off"
            """,
            new
            {
                account,
                chosen.Language,
                chosen.TimeZone,
                chosen.QuietFrom,
                chosen.QuietTo,
                chosen.Off,
            }
        );

    /// <summary>Switches one optional kind off.</summary>
    public static Task SwitchOffAsync(UnitOfWork work, Guid account, string kind) =>
        work.ExecuteAsync(
            """
            insert into preferences (account_id, "off") values (@account, array[@kind])
            on conflict (account_id) do update set "off" = array(select distinct k from unnest(preferences."off" || @kind) k order by k)
            """,
            new { account, kind }
        );

    public static Task SaveProfilesAsync(UnitOfWork work, Guid[] asked, IReadOnlyList<ProfileWishes> found)
    {
        var known = found.ToDictionary(f => f.AccountId);
        return work.ExecuteAsync(
            """
            insert into profiles (account_id, language, time_zone, read_at) select id, language, zone, @Now from unnest(@asked, @languages, @zones)
                as p (id, language, zone)
            on conflict (account_id) do update set language = excluded.language, time_zone = excluded.time_zone, read_at = excluded.read_at
            """,
            new
            {
                asked,
                languages = asked.Select(a => known.GetValueOrDefault(a)?.Language).ToArray(),
                zones = asked.Select(a => known.GetValueOrDefault(a)?.TimeZone).ToArray(),
                work.Now,
            }
        );
    }

    private sealed record Row(
        Guid Id,
        bool HasOwn,
        string? Language,
        string? TimeZone,
        string? QuietFrom,
        string? QuietTo,
        string[]? Off,
        string? ProfileLanguage,
        string? ProfileZone
    )
    {
        public StoredPreferences? Own => HasOwn ? new StoredPreferences(Language, TimeZone, QuietFrom, QuietTo, Off) : null;

        public StoredPreferences? Profile => new(ProfileLanguage, ProfileZone, null, null, null);
    }
}
