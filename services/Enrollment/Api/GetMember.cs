using GroupTherapy.Contracts.Identity;
using GroupTherapy.Description;
using GroupTherapy.Enrollment.Domain;
using GroupTherapy.Platform.Data;
using GroupTherapy.Platform.Idempotency;
using GroupTherapy.Platform.Problems;
using GroupTherapy.Platform.Security;
using GroupTherapy.Platform.Web;

namespace GroupTherapy.Enrollment.Api;

/// <summary>One member as operators see them: residence history, attested places, decisions, enrollments. Never a room's text.</summary>
internal static class GetMember
{
    public sealed record Whole(
        Guid Id,
        Profile? Profile,
        IReadOnlyList<ResidenceVersion> Residences,
        IReadOnlyList<AttestedPlace> AttestedPlaces,
        IReadOnlyList<DecisionInBrief> Decisions,
        IReadOnlyList<EnrollmentInBrief> Enrollments,
        IReadOnlyList<Intakes.Item> Intakes
    );

    public sealed record ResidenceVersion(
        string Jurisdiction,
        DateOnly? Since,
        string? PostalCode,
        string? Evidence,
        DateTimeOffset RecordedAt,
        string RecordedBy
    );

    public sealed record AttestedPlace(string Jurisdiction, DateTimeOffset? AttestedAt, Guid? SessionId, Guid DecisionId, string Outcome);

    public sealed record DecisionInBrief(Guid Id, string Point, DateTimeOffset At, Guid? GroupId, Guid? SessionId, string Outcome);

    public sealed record EnrollmentInBrief(Guid Id, Guid GroupId, string Status, DateTimeOffset CreatedAt);

    public static void MapGetMember(this IEndpointRouteBuilder app) =>
        app.MapGet("/api/members/{id:guid}", OneAsync)
            .For(Roles.Operator)
            .Produces<Whole>()
            .Describe("getMember", Tag.Members, "One member: places, decisions, seats");

    private static async Task<IResult> OneAsync(Guid id, Db db, Writes writes, HttpContext http, Caller caller, CancellationToken ct)
    {
        var practices = caller.PracticesAs(Roles.Operator);
        if (!await db.FirstOrDefaultAsync<bool>($"select {ListMembers.IsOfMyPractices}", new { id, practices }, ct))
        {
            return Problem.NotFound();
        }

        var whole = new Whole(
            id,
            await SaveProfile.FindAsync(db, id, ct),
            await db.QueryAsync<ResidenceVersion>(
                "select jurisdiction, since, postal_code, evidence, recorded_at, recorded_by from residences where member_id = @id order by recorded_at "
                    + "desc, id desc limit 100",
                new { id },
                ct
            ),
            await db.QueryAsync<AttestedPlace>(
                caller,
                """
                select inputs::jsonb -> 'request' -> 'member' -> 'location' ->> 'jurisdiction' as jurisdiction,
                    (inputs::jsonb -> 'request' -> 'member' -> 'location' ->> 'attestedAt')::timestamptz as attested_at, session_id, id as decision_id, outcome
                from decisions where member_id = @id and practice = any(@practices)
                    and jsonb_typeof(inputs::jsonb -> 'request' -> 'member' -> 'location') = 'object' order by id desc limit 100
                """,
                new { id, practices },
                ct
            ),
            await db.QueryAsync<DecisionInBrief>(
                caller,
                "select id, point, at, group_id, session_id, outcome from decisions where member_id = @id and practice = any(@practices) order by id desc "
                    + "limit 100",
                new { id, practices },
                ct
            ),
            await db.QueryAsync<EnrollmentInBrief>(
                "select e.id, e.group_id, e.status, e.created_at from enrollments e join seat_groups g using (group_id) where e.member_id = @id and "
                    + "g.practice = any(@practices) order by e.id desc limit 100",
                new { id, practices },
                ct
            ),
            await Api.Intakes.OfAsync(db, caller, id, practices, ct)
        );

        // Reading a member's record is audited.
        return await writes.RunAsync(
            http,
            caller,
            null,
            async work =>
            {
                work.Audit("member.read", id);
                return Reply.Ok(whole);
            }
        );
    }
}
