using System.ComponentModel;
using GroupTherapy.Contracts.Identity;
using GroupTherapy.Description;
using GroupTherapy.Enrollment.Storage;
using GroupTherapy.Platform.Data;
using GroupTherapy.Platform.Problems;
using GroupTherapy.Platform.Security;
using GroupTherapy.Platform.Web;

namespace GroupTherapy.Enrollment.Api;

/// <summary>The members with a seat in a group, for its facilitators, those of its next sessions and the practice's operators. Each read is audited.</summary>
internal static class GetRoster
{
    /// <param name="Alias">Neutral, stable within the group.</param>
    /// <param name="State">Jurisdiction of residence.</param>
    /// <param name="GraceUntil">The rules do not let this member join any more; the seat is kept until then.</param>
    /// <param name="LegalName">Null while the member has no profile.</param>
    /// <param name="PreferredName">Their latest alias in this group's rooms; null when they never came, or while Room cannot be asked.</param>
    /// <param name="FirstSession">They have not been in a session of this group yet; null while Room cannot be asked.</param>
    /// <param name="ParticipantId">In the next session; null before they first asked to join it, or while Room cannot be asked.</param>
    /// <param name="Absent">They said that they will not come to the next session; null while Room cannot be asked.</param>
    public sealed record Item(
        Guid EnrollmentId,
        Guid MemberId,
        string Alias,
        string? State,
        string Status,
        DateTimeOffset? GraceUntil,
        string? LegalName,
        string? PreferredName = null,
        bool? FirstSession = null,
        Guid? ParticipantId = null,
        bool? Absent = null
    );

    public static void MapRoster(this IEndpointRouteBuilder app) =>
        app.MapGet("/api/groups/{id:guid}/roster", HandleAsync)
            .For(Roles.Facilitator, Roles.Operator)
            .Produces<Page<Item>>()
            .Describe("listRoster", Tag.Seats, "Who is in a group");

    private static async Task<IResult> HandleAsync(
        Guid id,
        [Description("Those too who had a seat that has ended; left out, no.")] bool? former,
        Db db,
        HttpContext http,
        RoomParticipants rooms,
        Caller caller,
        Paging page,
        CancellationToken ct
    )
    {
        await using var work = await db.BeginAsync(caller, ct);
        if (await GroupStore.FindReadAsync(work, id) is null)
        {
            return Problem.NotYetKnown();
        }

        var rows = await work.QueryAsync<Item>(
            """
            select * from (
                select e.id as enrollment_id, e.member_id, 'Member ' || row_number() over (order by e.created_at, e.id) as alias,
                       (select r.jurisdiction from residences r where r.member_id = e.member_id order by r.recorded_at desc, r.id desc
                           limit 1) as state, e.status,
                       case when e.status = 'enrolled' then e.grace_until end as grace_until, m.legal_name,
                       null::text as preferred_name, null::boolean as first_session, null::uuid as participant_id,
                       null::boolean as absent
                from enrollments e left join members m on m.id = e.member_id
                where e.group_id = @id
                  and (e.status <> 'ended' or (@former and exists (select 1 from consents c where c.enrollment_id = e.id)))) listed
            where @after::uuid is null or enrollment_id > @after order by enrollment_id limit @more
            """,
            new
            {
                id,
                former = former == true,
                after = page.AfterId(),
                more = page.Limit + 1,
            }
        );
        work.Audit("roster.read", reference: id);
        await work.CommitAsync(ct);
        var (items, next) = page.PageOf(rows, r => [r.EnrollmentId.ToString()]);
        var known = items.Count == 0 ? null : await rooms.FindAsync(http, id, ct);
        return TypedResults.Ok(
            new Page<Item>(
                [
                    .. items.Select(item =>
                        known is null ? item
                        : known.TryGetValue(item.MemberId, out var p)
                            ? item with
                            {
                                PreferredName = p.Alias,
                                FirstSession = !p.Attended,
                                ParticipantId = p.ParticipantId,
                                Absent = p.Absent,
                            }
                        : item with { FirstSession = true, Absent = false }
                    ),
                ],
                next
            )
        );
    }
}
