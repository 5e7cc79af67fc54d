using GroupTherapy.Platform.Data;

namespace GroupTherapy.Enrollment.Storage;

/// <summary>
/// Schedules what a changed fact may change: permits and reevaluations of enrolled members, and another offer to waitlisted members who were passed over.
/// A use case that changes such a fact calls this in the same transaction.
/// </summary>
internal static class Rechecks
{
    private const string Led = """
        group_id in (select group_id from seat_groups where lead_id = @id or @id = any(co_ids)
            union select group_id from planned_sessions where ends_at > @at and (lead_id = @id or @id = any(co_ids)))
        """;

    public static Task OfEnrollmentAsync(UnitOfWork work, Guid id) => ScheduleAsync(work, "id = @id", new { id, at = work.Now });

    public static Task OfMemberAsync(UnitOfWork work, Guid id) => ScheduleAsync(work, "member_id = @id", new { id, at = work.Now });

    /// <summary>A session or the capacity changed: members who were passed over on the waitlist are not checked again.</summary>
    public static Task OfGroupAsync(UnitOfWork work, Guid id) => ScheduleAsync(work, "group_id = @id", new { id, at = work.Now }, alsoPassedOver: false);

    public static Task OfFacilitatorAsync(UnitOfWork work, Guid id) => ScheduleAsync(work, Led, new { id, at = work.Now });

    public static Task OfEnrollmentsAsync(UnitOfWork work, Guid[] ids) => ScheduleAsync(work, "id = any(@ids)", new { ids, at = work.Now });

    /// <summary>The next enrollments that are not over, in the order of their ids.</summary>
    /// <param name="after">Null from the first on.</param>
    public static async Task<Guid[]> NextEnrollmentsAsync(UnitOfWork work, Guid? after, int most) =>
        [
            .. await work.QueryAsync<Guid>(
                "select id from enrollments where status <> 'ended' and (@after::uuid is null or id > @after) order by id limit @most",
                new { after, most }
            ),
        ];

    /// <summary>Reevaluates every enrollment of a group, those without a seat too: the group they asked for has changed.</summary>
    public static async Task OfReclassifiedGroupAsync(UnitOfWork work, Guid id)
    {
        await work.ExecuteAsync(
            ScheduledWork.ScheduleSql(
                ScheduledWork.Reevaluate,
                "select id as key from enrollments where group_id = @id and status <> 'ended' order by id::text"
            ),
            new { id, at = work.Now }
        );
        work.WakeAfterCommit(ScheduledWork.Reevaluate);
        await ScheduleAsync(work, "group_id = @id", new { id, at = work.Now });
    }

    private static async Task ScheduleAsync(UnitOfWork work, string which, object args, bool alsoPassedOver = true)
    {
        var enrolled = $"select id as key from enrollments where status = 'enrolled' and {which} order by id::text";
        await work.ExecuteAsync(
            $"""
            {ScheduledWork.ScheduleSql(ScheduledWork.IssuePermits, enrolled)};
            {ScheduledWork.ScheduleSql(ScheduledWork.Reevaluate, enrolled)}
            """,
            args
        );
        if (alsoPassedOver)
        {
            await work.ExecuteAsync(
                $"""
                with cleared as (
                    update enrollments set passed_until = null
                    where id in (select id from enrollments where status = 'waitlisted' and passed_until is not null and {which} order by id for no key update)
                        returning group_id)
                {ScheduledWork.ScheduleSql(ScheduledWork.OfferSeats, "select distinct group_id as key from cleared order by 1")}
                """,
                args
            );
            work.WakeAfterCommit(ScheduledWork.OfferSeats);
        }

        work.WakeAfterCommit(ScheduledWork.IssuePermits);
        work.WakeAfterCommit(ScheduledWork.Reevaluate);
        ScheduledWork.WakeCoverage(work);
    }
}
