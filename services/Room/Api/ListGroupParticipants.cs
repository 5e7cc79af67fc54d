using GroupTherapy.Contracts.Identity;
using GroupTherapy.Platform.Data;
using GroupTherapy.Platform.Problems;
using GroupTherapy.Platform.Security;
using GroupTherapy.Platform.Web;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace GroupTherapy.Room.Api;

/// <summary>
/// <c>GET /internal/groups/{id}/participants</c>: who the members of a group are in its next session, for Enrollment's roster, on behalf of the facilitator
/// or operator whose token it passes on.
/// </summary>
public static class ListGroupParticipants
{
    /// <param name="ParticipantId">In the next session, or the one that runs; null before the member first asked to join it.</param>
    /// <param name="Alias">The member's latest alias in this group; null when they never came.</param>
    /// <param name="Attended">They were in an earlier session of the group.</param>
    /// <param name="Absent">They said that they will not come to the next session.</param>
    public sealed record Item(Guid MemberId, Guid? ParticipantId, string? Alias, bool Attended, bool Absent);

    public static void MapListGroupParticipants(this IEndpointRouteBuilder app) =>
        app.MapGet(
                "/internal/groups/{id}/participants",
                async (Guid id, Caller caller, Db db, CancellationToken ct) =>
                {
                    await using var work = await db.BeginAsync(caller, ct);
                    if (
                        !await work.FirstOrDefaultAsync<bool>(
                            MaySql,
                            new
                            {
                                id,
                                caller.AccountId,
                                operates = caller.PracticesAs(Roles.Operator),
                                facilitates = caller.PracticesAs(Roles.Facilitator),
                                since = work.Now.AddDays(-1),
                            }
                        )
                    )
                    {
                        return (IResult)Problem.NotFound();
                    }

                    return TypedResults.Ok(await work.QueryAsync<Item>(Sql, new { id, since = work.Now.AddHours(-1) }));
                }
            )
            .For(Roles.Facilitator, Roles.Operator)
            .ExcludeFromDescription();

    private const string MaySql = """
        select exists (select 1 from sessions s where s.group_id = @id and (s.practice = any(@operates) or (s.practice = any(@facilitates)
            and s.ends_at > @since and exists (select 1 from session_staff f where f.session_id = s.session_id and f.account_id = @AccountId))))
        """;

    private const string Sql = """
        with next as (
            select session_id from sessions where group_id = @id and not cancelled and phase <> 'ended' and ends_at > @since order by starts_at limit 1),
        known as (
            select session_id, account_id, participant_id, alias, admitted_seq from participants
             where role = 'member' and session_id in (select session_id from sessions where group_id = @id)
            union all select a.session_id, a.member_id, null, null, 0 from absences a join next using (session_id) where a.absent)
        select p.account_id as member_id,
               (array_agg(p.participant_id) filter (where p.participant_id is not null and p.session_id in (select session_id from next)))[1] as participant_id,
               (array_agg(p.alias order by s.starts_at desc) filter (where p.alias is not null))[1] as alias,
               coalesce(bool_or(s.phase = 'ended' and p.admitted_seq > 0), false) as attended,
               exists (select 1 from absences a join next using (session_id) where a.member_id = p.account_id and a.absent) as absent
        from known p join sessions s using (session_id) group by p.account_id order by p.account_id
        """;
}
