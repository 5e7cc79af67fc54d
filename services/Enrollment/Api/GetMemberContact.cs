using GroupTherapy.Contracts.Identity;
using GroupTherapy.Description;
using GroupTherapy.Platform.Data;
using GroupTherapy.Platform.Problems;
using GroupTherapy.Platform.Security;
using GroupTherapy.Platform.Web;

namespace GroupTherapy.Enrollment.Api;

/// <summary>
/// <c>GET /internal/sessions/{sessionId}/members/{memberId}/contact</c>: a member's name and whom to call, for Room in an emergency, on behalf of the
/// person whose token it passes on. Answers a facilitator of the session or its group about a member of that group, around the session's time; with
/// <c>breakGlass</c> a facilitator or operator of the practice who has just proven who they are, at any time. Room keeps the reason and the hour.
/// </summary>
internal static class GetMemberContact
{
    public sealed record Contact(string LegalName, string Phone, Person EmergencyContact);

    public sealed record Person(string Name, string Phone, string Relation);

    public static void MapMemberContact(this IEndpointRouteBuilder app) =>
        app.MapGet("/internal/sessions/{sessionId:guid}/members/{memberId:guid}/contact", HandleAsync)
            .For(Roles.Facilitator, Roles.Operator)
            .ExcludeFromDescription();

    private static async Task<IResult> HandleAsync(Guid sessionId, Guid memberId, bool? breakGlass, Caller caller, Db db, CancellationToken ct)
    {
        await using var work = await db.BeginAsync(caller, ct);
        if (breakGlass == true && !caller.SteppedUp(work.Now))
        {
            return StepUp.Required;
        }

        // Room keeps the exact times; these are the widest that they can be.
        var row = await work.FirstOrDefaultAsync<Row>(
            """
            select m.legal_name, m.phone, m.contact_name, m.contact_phone, m.contact_relation from members m
            where m.id = @memberId and exists (
                select 1 from planned_sessions s join seat_groups g using (group_id) join enrollments e on e.group_id = s.group_id and e.member_id = m.id
                where s.session_id = @sessionId and case when @breakGlass then g.practice = any (@belongs) else g.practice = any (@facilitates)
                    and (@AccountId in (s.lead_id, g.lead_id) or @AccountId = any (s.co_ids || g.co_ids))
                    and s.starts_at < @soon and s.ends_at > @lately end)
            """,
            new
            {
                sessionId,
                memberId,
                caller.AccountId,
                breakGlass = breakGlass == true,
                belongs = caller.PracticesAs(Roles.Facilitator).Union(caller.PracticesAs(Roles.Operator)).ToArray(),
                facilitates = caller.PracticesAs(Roles.Facilitator),
                soon = work.Now.AddHours(2),
                lately = work.Now.AddHours(-26),
            }
        );
        if (row is null)
        {
            return Problem.NotFound();
        }

        work.Audit("emergency.contact-given", memberId, sessionId, new { breakGlass = breakGlass == true });
        await work.CommitAsync(ct);
        return TypedResults.Ok(new Contact(row.LegalName, row.Phone, new Person(row.ContactName, row.ContactPhone, row.ContactRelation)));
    }

    private sealed record Row(string LegalName, string Phone, string ContactName, string ContactPhone, string ContactRelation);
}
