using GroupTherapy.Contracts.Enrollment.V1;
using GroupTherapy.Contracts.Scheduling.V1;
using GroupTherapy.Enrollment.Decisions;
using GroupTherapy.Enrollment.Licensing;
using GroupTherapy.Enrollment.Permits;
using GroupTherapy.Enrollment.Seats;
using GroupTherapy.Platform.Data;
using GroupTherapy.Platform.Messaging;

namespace GroupTherapy.Enrollment.Groups;

public sealed class KeepSeatsWhenGroupOpened(Db db, SeatLedger ledger, DecisionDesk desk) : TransactionalConsumer<GroupOpened>(db)
{
    protected override Task HandleAsync(UnitOfWork work, GroupOpened message, CancellationToken ct) => SeatGroups.KeepAsync(work, ledger, desk, message.Group);
}

public sealed class KeepSeatsWhenGroupChanged(Db db, SeatLedger ledger, DecisionDesk desk) : TransactionalConsumer<GroupChanged>(db)
{
    protected override Task HandleAsync(UnitOfWork work, GroupChanged message, CancellationToken ct) => SeatGroups.KeepAsync(work, ledger, desk, message.Group);
}

public sealed class EndEnrollmentsWhenGroupClosed(Db db, SeatLedger ledger, DecisionDesk desk) : TransactionalConsumer<GroupClosed>(db)
{
    protected override Task HandleAsync(UnitOfWork work, GroupClosed message, CancellationToken ct) => SeatGroups.KeepAsync(work, ledger, desk, message.Group);
}

/// <summary>A group as Scheduling owns it, with the seats that are counted here. Older versions change nothing.</summary>
internal static class SeatGroups
{
    public static async Task KeepAsync(UnitOfWork work, SeatLedger ledger, DecisionDesk desk, GroupSnapshot g)
    {
        var before = await work.FirstOrDefaultAsync<string>("select service_class from seat_groups where group_id = @GroupId", new { g.GroupId });
        if (await work.ExecuteAsync(
            """
            insert into seat_groups (group_id, practice, name, service_class, minimum_age, part2, intake_first, lead_id, co_ids, series_ends_at, closed, group_version, capacity)
            values (@GroupId, @Practice, @Name, @ServiceClass, @MinimumAge, @Part2, @IntakeFirst, @LeadFacilitatorId, @cos, @SeriesEndsAt, @Closed, @Version, @Capacity)
            on conflict (group_id) do update set name = excluded.name, service_class = excluded.service_class, minimum_age = excluded.minimum_age, part2 = excluded.part2,
                intake_first = excluded.intake_first, lead_id = excluded.lead_id, co_ids = excluded.co_ids, series_ends_at = excluded.series_ends_at, closed = excluded.closed,
                group_version = excluded.group_version, capacity = excluded.capacity, version = seat_groups.version + 1
            where seat_groups.group_version < excluded.group_version
            """,
            new
            {
                g.GroupId, g.Practice, g.Name, g.ServiceClass, g.MinimumAge, g.Part2, g.IntakeFirst, g.LeadFacilitatorId, cos = g.CoFacilitatorIds.ToArray(),
                g.SeriesEndsAt, g.Closed, g.Version, g.Capacity,
            }) == 0)
        {
            return;
        }

        if (g.Closed)
        {
            await ledger.EndAllAsync(work, g.GroupId, "group-closed");
        }
        else
        {
            await ledger.OfferFreeSeatsAsync(work, g.GroupId);
            await PermitSql.LookAgainAtGroupAsync(work, g.GroupId);
            if (before is not null && before != g.ServiceClass)
            {
                await DecideAgainAsync(work, desk, g.GroupId);
            }
        }

        await ledger.TellSeatsAsync(work, g.GroupId);
    }

    // Another kind of service is another question: every enrolment is asked again as of now. What it was enrolled under stays on record beside it.
    private static async Task DecideAgainAsync(UnitOfWork work, DecisionDesk desk, Guid groupId)
    {
        var group = (await SeatGroup.FindAsync(work, groupId))!;
        foreach (var stay in await work.QueryAsync<Stay>("select id, member_id from enrollments where group_id = @groupId and status = 'enrolled' order by id", new { groupId }))
        {
            await desk.DecideAsync(work, Points.Enrol, group, stay.MemberId, stay.Id);
        }
    }

    private sealed record Stay(Guid Id, Guid MemberId);
}
