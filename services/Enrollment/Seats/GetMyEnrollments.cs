using GroupTherapy.Enrollment.Consents;
using GroupTherapy.Platform.Data;
using GroupTherapy.Platform.Security;
using GroupTherapy.Platform.Web;

namespace GroupTherapy.Enrollment.Seats;

/// <summary>A member's own stays, newest first.</summary>
internal static class GetMyEnrollments
{
    public static void MapMyEnrollments(this IEndpointRouteBuilder app) =>
        app.MapGet("/api/me/enrollments", async (Db db, Caller caller, Paging page, CancellationToken ct) =>
        {
            var rows = await EnrollmentView.ListAsync(db, caller.AccountId, page.AfterId(), page.Limit + 1, ct);
            var consents = await ConsentDocument.NeededAsync((sql, args) => db.QueryAsync<ConsentDocument>(sql, args, ct), part2: true);
            var (items, next) = page.PageOf(rows, r => [r.Id.ToString()]);
            return TypedResults.Ok(new Page<EnrollmentView>([.. items.Select(r => r.View([.. consents.Where(c => r.Part2 || c.Document != "part-2")], null))], next));
        }).ForSignedIn();
}
