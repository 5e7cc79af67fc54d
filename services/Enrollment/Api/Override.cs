using GroupTherapy.Platform.Data;
using GroupTherapy.Platform.Problems;

namespace GroupTherapy.Enrollment.Api;

/// <summary>An exception that two operators decide for one member and session.</summary>
/// <param name="Point"><c>join</c>, which covers rejoin and recheck too.</param>
/// <param name="Status"><c>asked</c>, <c>approved</c>, <c>revoked</c> or <c>expired</c>. Only an approved one counts.</param>
public sealed record Override(
    Guid Id,
    Guid MemberId,
    Guid GroupId,
    Guid SessionId,
    string Point,
    string Reason,
    string Status,
    DateTimeOffset ExpiresAt,
    Guid AskedBy,
    DateTimeOffset AskedAt,
    Guid? ApprovedBy,
    DateTimeOffset? ApprovedAt,
    Guid? RevokedBy,
    DateTimeOffset? RevokedAt,
    string? RevokedFor
)
{
    /// <summary>The statement that all reads share; takes <c>@Now</c>.</summary>
    public const string Select = """
        select o.id, o.member_id, o.group_id, o.session_id, o.point, o.reason,
               case when r.at is not null then 'revoked' when o.expires_at <= @Now then 'expired' when a.at is not null then 'approved'
                   else 'asked' end as status,
               o.expires_at, o.asked_by, o.asked_at, a.by_account as approved_by, a.at as approved_at, r.by_account as revoked_by, r.at as revoked_at,
                   r.reason as revoked_for
        from overrides o left join override_steps a on a.override_id = o.id and a.step = 'approved' left join override_steps r on r.override_id = o.id
            and r.step = 'revoked'
        """;

    internal static async Task<Override> ReadAsync(UnitOfWork work, Guid id) =>
        (await work.FirstOrDefaultAsync<Override>($"{Select} where o.id = @id", new { id, work.Now }))!;
}

/// <summary>The rules of overrides. Pure.</summary>
public static class OverridePolicy
{
    public const string Point = "join";
    public static readonly TimeSpan AfterTheEnd = TimeSpan.FromHours(1);

    public static Problem SameAuthor => new(409, "same-author", "Somebody else than who asked for it has to approve it.");

    public static Problem Over => new(409, "override-over", "This has run out or was taken back.");

    public static Problem Cancelled => new(409, "session-cancelled", "This session does not take place.");

    public static FieldErrors CheckEnd(FieldErrors errors, DateTimeOffset expiresAt, DateTimeOffset sessionEnds, DateTimeOffset now) =>
        errors
            .Check(expiresAt > now, "expiresAt", "It must end in the future.")
            .Check(expiresAt <= sessionEnds + AfterTheEnd, "expiresAt", "It ends at most an hour after the session.");

    /// <summary>Why it cannot be approved now, or null.</summary>
    public static Problem? RefuseApproval(Override asked, Guid by) =>
        asked.Status is "revoked" or "expired" ? Over
        : asked.AskedBy == by ? SameAuthor
        : null;
}
