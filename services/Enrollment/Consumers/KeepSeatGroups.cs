using GroupTherapy.Contracts.Enrollment.V1;
using GroupTherapy.Contracts.Scheduling.V1;
using GroupTherapy.Enrollment.Domain;
using GroupTherapy.Enrollment.Licensing;
using GroupTherapy.Enrollment.Storage;
using GroupTherapy.Platform.Data;
using GroupTherapy.Platform.Messaging;

namespace GroupTherapy.Enrollment.Consumers;

public sealed class KeepSeatsWhenGroupOpened(Db db, SeatLedger ledger, OfferSeats offers, ILogger<KeepSeatsWhenGroupOpened> log) : TransactionalConsumer<GroupOpened>(db)
{
    protected override Task HandleAsync(UnitOfWork work, GroupOpened message, CancellationToken ct) => SeatGroups.KeepAsync(work, ledger, offers, message.Group, log);
}

public sealed class KeepSeatsWhenGroupChanged(Db db, SeatLedger ledger, OfferSeats offers, ILogger<KeepSeatsWhenGroupChanged> log) : TransactionalConsumer<GroupChanged>(db)
{
    protected override Task HandleAsync(UnitOfWork work, GroupChanged message, CancellationToken ct) => SeatGroups.KeepAsync(work, ledger, offers, message.Group, log);
}

public sealed class EndEnrollmentsWhenGroupClosed(Db db, SeatLedger ledger, OfferSeats offers, ILogger<EndEnrollmentsWhenGroupClosed> log) : TransactionalConsumer<GroupClosed>(db)
{
    protected override Task HandleAsync(UnitOfWork work, GroupClosed message, CancellationToken ct) => SeatGroups.KeepAsync(work, ledger, offers, message.Group, log);
}

/// <summary>A group as Scheduling owns it, with the seats that are counted here. Older versions change nothing.</summary>
internal static class SeatGroups
{
    /// <summary>Of a message that is set aside, in the log and in the record.</summary>
    public const string CapacityImpossible = "capacity-impossible";

    public static async Task KeepAsync(UnitOfWork work, SeatLedger ledger, OfferSeats offers, GroupSnapshot g, ILogger log)
    {
        if (Impossible(g) is { } code)
        {
            // Scheduling announces no such group, so it says nothing that could be acted on: what was known stays, and the group's next version is kept as ever.
            log.LogError("Group {Group} version {Version} is set aside: {Code}", g.GroupId, g.Version, code);
            await work.AuditAsync("group.set-aside", reference: g.GroupId, data: new { code, g.Version, g.Capacity });
            return;
        }

        await SeatLedger.LockSeatedAsync(work, g.GroupId);
        var before = await GroupStore.FindAsync(work, g.GroupId);
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
            if (before is not null && IsAnotherQuestion(before, g))
            {
                // Every enrolment is decided again as of now, and who was passed over may be eligible.
                await PermitSql.LookAgainAtStaysOfGroupAsync(work, g.GroupId);
                await work.ExecuteAsync("update enrollments set passed_until = null where group_id = @GroupId and status = 'waitlisted' and passed_until is not null", new { g.GroupId });
            }

            await offers.ToTheLineAsync(work, g.GroupId);
            await PermitSql.LookAgainAtGroupAsync(work, g.GroupId);
        }

        await ledger.TellSeatsAsync(work, g.GroupId);
    }

    private static string? Impossible(GroupSnapshot g) =>
        g.Capacity < 1 ? CapacityImpossible
        : g.MinimumAge is < 0 or > Bounds.OldestAge ? "minimum-age-impossible"
        : g.SeriesEndsAt is { } ends && !Bounds.Holds(ends) ? "series-end-impossible"
        : null;

    private static bool IsAnotherQuestion(SeatGroup before, GroupSnapshot now) =>
        (before.ServiceClass, before.MinimumAge, before.LeadId, before.SeriesEndsAt) != (now.ServiceClass, now.MinimumAge, now.LeadFacilitatorId, now.SeriesEndsAt) || !before.CoIds.SequenceEqual(now.CoFacilitatorIds);
}
