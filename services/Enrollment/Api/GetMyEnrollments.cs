using GroupTherapy.Description;
using GroupTherapy.Enrollment.Domain;
using GroupTherapy.Enrollment.Storage;
using GroupTherapy.Platform.Data;
using GroupTherapy.Platform.Security;
using GroupTherapy.Platform.Web;

namespace GroupTherapy.Enrollment.Api;

/// <summary>A member's own enrollments, newest first.</summary>
internal static class GetMyEnrollments
{
    public static void MapMyEnrollments(this IEndpointRouteBuilder app) =>
        app.MapGet(
                "/api/me/enrollments",
                async (Db db, Caller caller, Paging page, CancellationToken ct) =>
                {
                    var rows = await EnrollmentRows.ListAsync(db, caller.AccountId, page.AfterId(), page.Limit + 1, ct);
                    var consents = await db.QueryAsync<ConsentDocument>(ConsentStore.InForceSql, null, ct);
                    var (items, next) = page.PageOf(rows, r => [r.Id.ToString()]);
                    var instead = await AlternativeGroups.FindAsync(
                        (sql, args) => db.QueryAsync<AlternativeGroups.Row>(sql, args, ct),
                        items.Select(r => (r.Practice, r.GroupId, r.Alternatives))
                    );
                    var views = items.Select(r => EnrollmentView.Of(r, consents, instead.Of(r.GroupId, r.Alternatives))).ToList();
                    return TypedResults.Ok(new Page<EnrollmentView>(views, next));
                }
            )
            .ForSignedIn()
            .Describe("listMyEnrollments", Tag.Seats, "My seats and waitlist positions");
}
