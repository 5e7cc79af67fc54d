using GroupTherapy.Platform.Data;
using GroupTherapy.Platform.Security;
using GroupTherapy.Room.Domain;

namespace GroupTherapy.Room.Storage;

/// <summary>One break-glass opening of a group.</summary>
/// <param name="WrappedKey">Seals the reasons of the opening and of its disclosures: it outlives the keys of the sessions.</param>
public sealed record BreakGlassOpening(
    Guid OpeningId, string Practice, Guid GroupId, string ByRole, DateTimeOffset At, DateTimeOffset Until, byte[] WrappedKey);

/// <summary>Reads break-glass openings.</summary>
public static class BreakGlassStore
{
    /// <summary>The context that a reason is sealed with, beside its opening.</summary>
    public const string ReasonContext = "break-glass";

    private const string Columns = "o.opening_id, o.practice, o.group_id, o.by_role, o.at, o.until, o.wrapped_key";

    /// <summary>The caller's present opening of this group, while they still belong to its practice; null for none.</summary>
    public static async Task<BreakGlassOpening?> FindOpenAsync(UnitOfWork work, Caller caller, Guid group) =>
        await work.FirstOrDefaultAsync<BreakGlassOpening>(
            $"""
            select {Columns} from break_glass_openings o where o.group_id = @group and o.by_account = @AccountId and o.until > @Now order by o.at desc limit 1
            """,
            new { group, caller.AccountId, work.Now }
        )
            is { } opening
        && RoleIn(caller, opening.Practice) is not null
            ? opening
            : null;

    /// <summary>The caller's role in a practice; null for members and for callers of other practices.</summary>
    public static string? RoleIn(Caller caller, string practice) =>
        caller.Is(AccountRoles.Facilitator, practice) ? AccountRoles.Facilitator
        : caller.Is(AccountRoles.Operator, practice) ? AccountRoles.Operator
        : null;

    /// <summary>The number of groups the caller opened within the window. Simultaneous openings of one caller wait for each other here.</summary>
    public static async Task<int> LockAndCountAsync(UnitOfWork work, Caller caller)
    {
        await work.ExecuteAsync("select pg_advisory_xact_lock(hashtextextended('break-glass:' || @who, 0))", new { who = caller.AccountId.ToString() });
        return await work.FirstOrDefaultAsync<int>(
            "select count(*)::int from break_glass_openings where by_account = @AccountId and at > @since",
            new { caller.AccountId, since = work.Now - BreakGlassRules.Window }
        );
    }
}
