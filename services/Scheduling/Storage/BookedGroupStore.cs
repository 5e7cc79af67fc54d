using GroupTherapy.Platform.Data;
using GroupTherapy.Scheduling.Series;

namespace GroupTherapy.Scheduling.Storage;

/// <summary>Reads and writes groups of one seat that members booked.</summary>
internal static class BookedGroupStore
{
    /// <summary>Practices of the facilitator that offer this class of service somewhere.</summary>
    public static Task<IReadOnlyList<string>> PracticesAsync(UnitOfWork work, Guid facilitator, string serviceClass) =>
        work.QueryAsync<string>(
            """
            select p from facilitators f cross join unnest(f.practices) p
            where f.id = @facilitator and exists (select 1 from practice_offers o where o.practice = p and o.service_class = @serviceClass) order by p
            """,
            new { facilitator, serviceClass }
        );

    /// <summary>Bookings of a member whose seat is not confirmed yet.</summary>
    public static Task<int> OpenAsync(UnitOfWork work, Guid member) =>
        work.FirstOrDefaultAsync<int>(
            """
            select count(*)::int from groups g where g.booked_by = @member and g.closed_at is null
                and not exists (select 1 from enrollments e where e.group_id = g.id and e.confirmed_at is not null)
            """,
            new { member }
        );

    public static Task InsertAsync(UnitOfWork work, Guid id, string practice, string serviceClass, Guid facilitator, WeeklySeries series, int weeks) =>
        work.ExecuteAsync(
            """
            insert into groups (id, practice, name, topic, service_class, summary, capacity, minimum_age, modality, part2, intake_first,
                lead_facilitator_id, co_facilitator_ids, starts_on, local_time, time_zone, duration_minutes, weeks, anchor_on, anchor_meetings, interval_weeks,
                program, camera, late_arrivals, chat_retention_days, minimum_quorum, series_ends_at, version, created_at, booked_by)
            values (@id, @practice, @name, 'individual', @serviceClass, '', 1, 18, 'video', false, false, @facilitator, '{}', @StartsOn, @time, @zone,
                @DurationMinutes, @weeks, @StartsOn, @Meetings, 1, '[]', 'optional', true, 30, 1, @end, 1, @Now, @AccountId)
            """,
            new
            {
                id,
                practice,
                name = serviceClass == "intake" ? "First conversation" : "Individual session",
                serviceClass,
                facilitator,
                series.StartsOn,
                time = SeriesRules.Text(series.LocalTime),
                zone = series.Zone.Id,
                series.DurationMinutes,
                weeks,
                series.Meetings,
                end = SeriesRules.EndOf(series),
                work.Now,
                work.Caller.AccountId,
            }
        );

    /// <summary>Whether a booked group has its member: a confirmed seat that is not over.</summary>
    public static Task<bool> HasMemberAsync(UnitOfWork work, Guid group) =>
        work.FirstOrDefaultAsync<bool>(
            "select exists (select 1 from enrollments where group_id = @group and confirmed_at is not null and ended_at is null)",
            new { group }
        );

    /// <summary>The group is one that a member booked.</summary>
    public static Task<bool> IsBookedAsync(UnitOfWork work, Guid group) =>
        work.FirstOrDefaultAsync<bool>("select exists (select 1 from groups where id = @group and booked_by is not null and closed_at is null)", new { group });
}
