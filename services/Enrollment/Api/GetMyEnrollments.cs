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
        app.MapGet("/api/me/enrollments", async (Db db, Caller caller, Paging page, CancellationToken ct) =>
        {
            var rows = await EnrollmentRows.ListAsync(db, caller.AccountId, page.AfterId(), page.Limit + 1, ct);
            var consents = await db.QueryAsync<ConsentDocument>(ConsentStore.InForceSql, null, ct);
            var (items, next) = page.PageOf(rows, r => [r.Id.ToString()]);
            var views = new List<EnrollmentView>(items.Count);
            foreach (var row in items)
            {
                var instead = await AlternativeGroups.FindAsync((sql, args) => db.QueryAsync<AlternativeGroup>(sql, args, ct), row.Practice, row.GroupId,
                    row.Alternatives);
                views.Add(EnrollmentView.Of(row, consents, instead));
            }

            return TypedResults.Ok(new Page<EnrollmentView>(views, next));
        }).ForSignedIn()
            .Describe("listMyEnrollments", Tag.Seats, "My seats and places in a line");
}
