using GroupTherapy.Contracts.Identity;
using GroupTherapy.Contracts.Scheduling.V1;
using GroupTherapy.Enrollment.Domain;
using GroupTherapy.Enrollment.Licensing;
using GroupTherapy.Platform.Data;

namespace GroupTherapy.Enrollment.Storage;

/// <summary>Reads groups.</summary>
internal static class GroupStore
{
    public const string Columns =
        "group_id, practice, name, service_class, minimum_age, part2, intake_first, lead_id, co_ids, series_ends_at, closed, "
        + "capacity, taken, version, admits_until, reserved_for";

    public static Task<SeatGroup?> FindAsync(UnitOfWork work, Guid groupId) =>
        work.FirstOrDefaultAsync<SeatGroup>($"select {Columns} from seat_groups where group_id = @groupId", new { groupId });

    /// <summary>
    /// The group, for the operators of its practice and for its facilitators there, those of its sessions from yesterday on among them; null for others.
    /// </summary>
    public static Task<SeatGroup?> FindReadAsync(UnitOfWork work, Guid groupId) =>
        work.FirstOrDefaultAsync<SeatGroup>(
            $"""
            select {Columns} from seat_groups where group_id = @groupId
                and (practice = any(@operates) or (practice = any(@facilitates) and (lead_id = @AccountId or @AccountId = any(co_ids)
                    or exists (select 1 from planned_sessions s where s.group_id = @groupId and not s.cancelled and s.ends_at > @lately
                        and (s.lead_id = @AccountId or @AccountId = any(s.co_ids))))))
            """,
            new
            {
                groupId,
                operates = work.Caller.PracticesAs(Roles.Operator),
                facilitates = work.Caller.PracticesAs(Roles.Facilitator),
                work.Caller.AccountId,
                lately = work.Now.AddDays(-1),
            }
        );

    /// <summary>The group, locked against every other change of its seats; null when it is not known.</summary>
    public static Task<SeatGroup?> LockAsync(UnitOfWork work, Guid groupId) =>
        work.FirstOrDefaultAsync<SeatGroup>($"select {Columns} from seat_groups where group_id = @groupId for no key update", new { groupId });

    /// <summary>The group of each enrollment; unknown enrollments are left out.</summary>
    public static async Task<Dictionary<Guid, Guid>> OfEnrollmentsAsync(Db db, Guid[] enrollments, CancellationToken ct) =>
        (await db.QueryAsync<Of>("select id, group_id from enrollments where id = any(@enrollments)", new { enrollments }, ct)).ToDictionary(
            r => r.Id,
            r => r.GroupId
        );

    /// <summary>Writes a group as Scheduling says it is.</summary>
    /// <returns>False for a version that is not newer.</returns>
    public static async Task<bool> UpsertAsync(UnitOfWork work, GroupSnapshot g) =>
        await work.ExecuteAsync(
            """
            insert into seat_groups (group_id, practice, name, service_class, minimum_age, part2, intake_first, lead_id, co_ids, series_ends_at, closed,
                group_version, capacity, admits_until, reserved_for)
            values (@GroupId, @Practice, @Name, @ServiceClass, @MinimumAge, @Part2, @IntakeFirst, @LeadFacilitatorId, @cos, @SeriesEndsAt, @Closed, @Version,
                @Capacity, @AdmitsUntil, @ReservedFor)
            on conflict (group_id) do update set name = excluded.name, service_class = excluded.service_class, minimum_age = excluded.minimum_age,
                part2 = excluded.part2,
                intake_first = excluded.intake_first, lead_id = excluded.lead_id, co_ids = excluded.co_ids, series_ends_at = excluded.series_ends_at,
                    closed = excluded.closed,
                group_version = excluded.group_version, capacity = excluded.capacity, admits_until = excluded.admits_until,
                reserved_for = excluded.reserved_for, version = seat_groups.version + 1
            where seat_groups.group_version < excluded.group_version
            """,
            new
            {
                g.GroupId,
                g.Practice,
                g.Name,
                g.ServiceClass,
                g.MinimumAge,
                g.Part2,
                g.IntakeFirst,
                g.LeadFacilitatorId,
                cos = g.CoFacilitatorIds.ToArray(),
                g.SeriesEndsAt,
                g.Closed,
                g.Version,
                g.Capacity,
                g.AdmitsUntil,
                g.ReservedFor,
            }
        ) == 1;

    /// <summary>Which services the open groups of each practice offer.</summary>
    public static Task<IReadOnlyList<ServiceInUse>> ServicesInUseAsync(Db db, CancellationToken ct) =>
        db.QueryAsync<ServiceInUse>(
            "select practice, service_class, count(*)::int as groups from seat_groups where not closed group by practice, service_class order by practice, "
                + "service_class",
            null,
            ct
        );

    private sealed record Of(Guid Id, Guid GroupId);
}
