using GroupTherapy.Contracts.Scheduling.V1;
using GroupTherapy.Enrollment.Domain;
using GroupTherapy.Enrollment.Licensing;
using GroupTherapy.Enrollment.Storage;
using GroupTherapy.Platform.Data;
using GroupTherapy.Platform.Messaging;

namespace GroupTherapy.Enrollment.Consumers;

public sealed class UpsertSeatGroupWhenGroupOpened(Db db, SeatTransaction seats, ILogger<UpsertSeatGroupWhenGroupOpened> log)
    : TransactionalConsumer<GroupOpened>(db)
{
    protected override Task HandleAsync(UnitOfWork work, GroupOpened message, CancellationToken ct) => SeatGroups.UpsertAsync(work, seats, message.Group, log);
}

public sealed class UpsertSeatGroupWhenGroupChanged(Db db, SeatTransaction seats, ILogger<UpsertSeatGroupWhenGroupChanged> log)
    : TransactionalConsumer<GroupChanged>(db)
{
    protected override Task HandleAsync(UnitOfWork work, GroupChanged message, CancellationToken ct) => SeatGroups.UpsertAsync(work, seats, message.Group, log);
}

public sealed class EndEnrollmentsWhenGroupClosed(Db db, SeatTransaction seats, ILogger<EndEnrollmentsWhenGroupClosed> log)
    : TransactionalConsumer<GroupClosed>(db)
{
    protected override Task HandleAsync(UnitOfWork work, GroupClosed message, CancellationToken ct) =>
        SeatGroups.UpsertAsync(work, seats, message.Group, log, isOver: message.Group.SeriesEndsAt <= message.At);
}

/// <summary>A group as Scheduling owns it, with the seats that are counted here. Older versions change nothing.</summary>
internal static class SeatGroups
{
    /// <summary>Of a message that is set aside, in the log and in the audit log.</summary>
    public const string CapacityImpossible = "capacity-impossible";

    /// <param name="isOver">It closes because its last session has ended.</param>
    public static async Task UpsertAsync(UnitOfWork work, SeatTransaction seats, GroupSnapshot g, ILogger log, bool isOver = false)
    {
        if (Impossible(g) is { } code)
        {
            // Scheduling announces no such group, so no act can follow from it: the known state stays, and the group's next version counts as ever.
            log.LogError("Group {Group} version {Version} is set aside: {Code}", g.GroupId, g.Version, code);
            work.Audit(
                "group.set-aside",
                reference: g.GroupId,
                data: new
                {
                    code,
                    g.Version,
                    g.Capacity,
                }
            );
            return;
        }

        var before = await GroupStore.LockAsync(work, g.GroupId);
        if (!await GroupStore.UpsertAsync(work, g))
        {
            return;
        }

        if (!g.Closed)
        {
            await (
                before is not null && IsAnotherQuestion(before, g) ? Rechecks.OfReclassifiedGroupAsync(work, g.GroupId) : Rechecks.OfGroupAsync(work, g.GroupId)
            );
        }

        await seats.RunAsync(work, [new SeatRequest(work.Caller, g.GroupId, new ApplyGroupChange(g.Closed, isOver))], LockWait.WaitForGroups);
        ScheduledWork.WakeCoverage(work);
    }

    private static string? Impossible(GroupSnapshot g) =>
        g.Capacity < 1 ? CapacityImpossible
        : g.MinimumAge is < 0 or > Bounds.OldestAge ? "minimum-age-impossible"
        : g.SeriesEndsAt is { } ends && !Bounds.Holds(ends) ? "series-end-impossible"
        : null;

    // Then every enrollment is decided again as of now: one that was passed over may be eligible.
    private static bool IsAnotherQuestion(SeatGroup before, GroupSnapshot now) =>
        (before.ServiceClass, before.MinimumAge, before.LeadId, before.SeriesEndsAt)
            != (now.ServiceClass, now.MinimumAge, now.LeadFacilitatorId, now.SeriesEndsAt)
        || !before.CoIds.SequenceEqual(now.CoFacilitatorIds);
}
