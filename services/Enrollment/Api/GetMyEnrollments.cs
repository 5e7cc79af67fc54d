using GroupTherapy.Enrollment.Domain;
using GroupTherapy.Enrollment.Licensing;
using GroupTherapy.Enrollment.Storage;
using GroupTherapy.Enrollment.Workers;
using GroupTherapy.Platform.Data;
using GroupTherapy.Platform.Security;
using GroupTherapy.Platform.Web;

namespace GroupTherapy.Enrollment.Api;

/// <summary>A member's own stays, newest first.</summary>
internal static class GetMyEnrollments
{
    public static void MapMyEnrollments(this IEndpointRouteBuilder app) =>
        app.MapGet("/api/me/enrollments", async (Db db, Caller caller, Paging page, CancellationToken ct) =>
        {
            var rows = await EnrollmentView.ListAsync(db, caller.AccountId, page.AfterId(), page.Limit + 1, ct);
            var consents = await ConsentStore.NeededAsync((sql, args) => db.QueryAsync<ConsentDocument>(sql, args, ct), part2: true);
            var (items, next) = page.PageOf(rows, r => [r.Id.ToString()]);
            var views = new List<EnrollmentView>(items.Count);
            foreach (var row in items)
            {
                views.Add(row.View([.. consents.Where(c => row.Part2 || c.Document != "part-2")], null, await row.InsteadAsync((sql, args) => db.QueryAsync<AlternativeGroup>(sql, args, ct))));
            }

            return TypedResults.Ok(new Page<EnrollmentView>(views, next));
        }).ForSignedIn();
}
