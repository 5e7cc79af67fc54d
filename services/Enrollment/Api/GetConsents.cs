using GroupTherapy.Description;
using GroupTherapy.Enrollment.Domain;
using GroupTherapy.Enrollment.Storage;
using GroupTherapy.Platform.Data;
using GroupTherapy.Platform.Problems;
using GroupTherapy.Platform.Web;

namespace GroupTherapy.Enrollment.Api;

/// <summary>The texts that a group asks its members to agree to.</summary>
internal static class GetConsents
{
    public sealed record Answer(IReadOnlyList<ConsentDocument> Items, string? NextCursor);

    public static void MapConsents(this IEndpointRouteBuilder app) =>
        app.MapGet(
                "/api/groups/{id:guid}/consents",
                async Task<IResult> (Guid id, Db db, CancellationToken ct) =>
                    await db.FirstOrDefaultAsync<Asked>("select practice, part2 from seat_groups where group_id = @id", new { id }, ct) is { } asked
                        ? TypedResults.Ok(
                            new Answer(
                                ConsentTexts.NeededBy(await db.QueryAsync<ConsentDocument>(ConsentStore.InForceSql, null, ct), asked.Practice, asked.Part2),
                                null
                            )
                        )
                        : Problem.NotYetKnown()
            )
            .ForSignedIn()
            .Produces<Answer>()
            .Describe("getConsents", Tag.Seats, "The texts that a seat needs agreement to");

    private sealed record Asked(string Practice, bool Part2);
}
