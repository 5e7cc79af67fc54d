using GroupTherapy.Contracts.Identity;
using GroupTherapy.Platform.Data;
using GroupTherapy.Platform.Security;
using GroupTherapy.Scheduling.Domain;
using GroupTherapy.Scheduling.Storage;

namespace GroupTherapy.Scheduling.Api;

/// <summary>The people of a group: its members, its facilitators, the operators of its practice.</summary>
internal static class GroupAccess
{
    /// <summary>
    /// Up to which week the caller sees a group's program whole: 0 for a visitor, for a member the present week (the first before it begins), for its staff and
    /// operators all.
    /// </summary>
    public static async Task<int> WeeksSeenByAsync(this Group group, Db db, Caller caller, CancellationToken ct)
    {
        if (!await group.IsOfAsync(db, caller, ct))
        {
            return 0;
        }

        return caller.Is(Roles.Operator, group.Practice) || caller.Is(Roles.Facilitator, group.Practice)
            ? int.MaxValue
            : await db.FirstOrDefaultAsync<int>(
                """
                select greatest(1, count(*))::int from sessions where group_id = @Id and not extra and cancelled_at is null and starts_at <= @now
                """,
                new { group.Id, now = db.Clock.GetUtcNow() },
                ct
            );
    }

    /// <summary>
    /// The group, locked for a change: operators of its practice change all of it, its facilitators its program alone. Null where the caller may change none
    /// of it.
    /// </summary>
    public static async Task<(Group? Group, bool ProgramAlone)> LockForChangeAsync(UnitOfWork work, Guid id) =>
        await GroupStore.LockAsync(work, id) is { } whole ? (whole, false) : (await GroupStore.LockLedAsync(work, id), true);

    public static async Task<bool> IsOfAsync(this Group group, Db db, Caller caller, CancellationToken ct) =>
        caller.Is(Roles.Operator, group.Practice)
        || (group.Staff.Contains(caller.AccountId) && caller.Is(Roles.Facilitator, group.Practice))
        || (
            caller.AccountId != Guid.Empty
            && (
                group.BookedBy == caller.AccountId
                || await db.FirstOrDefaultAsync<bool>(
                    """
                    select exists (select 1 from enrollments where group_id = @Id and member_id = @AccountId and confirmed_at is not null and ended_at is null)
                        or exists (select 1 from sessions where group_id = @Id and ends_at > @recently
                            and (lead_facilitator_id = @AccountId or co_facilitator_ids @> array[@AccountId]))
                    """,
                    new
                    {
                        group.Id,
                        caller.AccountId,
                        recently = db.Clock.GetUtcNow().AddDays(-1),
                    },
                    ct
                )
            )
        );
}
