using System.ComponentModel;
using GroupTherapy.Contracts.Identity;
using GroupTherapy.Description;
using GroupTherapy.Platform.Data;
using GroupTherapy.Platform.Problems;
using GroupTherapy.Platform.Security;
using GroupTherapy.Platform.Web;

namespace GroupTherapy.Enrollment.Api;

/// <summary>Credentials in force that need a look: they end soon or have ended, are restricted, or are not active.</summary>
internal static class ListEndingCredentials
{
    private const int UsualDays = 90;
    private const int MostDays = 730;

    /// <param name="FacilitatorId">Whose it is: the account's id.</param>
    /// <param name="ValidTo">Last day, included; it ends at midnight in the zone of the issuing state's capital.</param>
    /// <param name="Encumbered">Whether the board restricts the practice.</param>
    public sealed record Item(
        Guid FacilitatorId,
        Guid Id,
        string Kind,
        string Jurisdiction,
        string? Type,
        string Status,
        DateOnly ValidTo,
        bool Encumbered
    );

    public static void MapEndingCredentials(this IEndpointRouteBuilder app) =>
        app.MapGet("/api/facilitators/credentials", ListAsync)
            .For(Roles.Operator)
            .Produces<Page<Item>>()
            .Describe("listEndingCredentials", Tag.Facilitators, "Credentials of my practices' facilitators that end soon, are restricted or not active");

    private static async Task<IResult> ListAsync(
        Db db,
        Caller caller,
        Paging page,
        TimeProvider clock,
        [Description("How many days ahead, 0 to 730; 90 unless told.")] int? days,
        CancellationToken ct
    )
    {
        if (days is < 0 or > MostDays)
        {
            return Problem.Invalid("days", $"A whole number from 0 to {MostDays}.");
        }

        var rows = await db.QueryAsync<Item>(
            """
            select facilitator_id, id, kind, jurisdiction, type, status, valid_to, encumbered
            from (
                select c.*, c.version = max(c.version) over (partition by c.id) as in_force
                from credentials c join facilitators f on f.id = c.facilitator_id
                where f.practices && @practices
            ) known
            where in_force and (valid_to <= @last or status <> 'active' or encumbered) and (@after::uuid is null or id > @after)
            order by id limit @more
            """,
            new
            {
                practices = caller.PracticesAs(Roles.Operator),
                last = DateOnly.FromDateTime(clock.GetUtcNow().UtcDateTime).AddDays(days ?? UsualDays),
                after = page.AfterId(),
                more = page.Limit + 1,
            },
            ct
        );
        return TypedResults.Ok(page.PageOf(rows, r => [r.Id.ToString()]));
    }
}
