using System.ComponentModel.DataAnnotations;
using GroupTherapy.Contracts.Identity;
using GroupTherapy.Description;
using GroupTherapy.Enrollment.Domain;
using GroupTherapy.Enrollment.Storage;
using GroupTherapy.Platform.Idempotency;
using GroupTherapy.Platform.Problems;
using GroupTherapy.Platform.Security;
using GroupTherapy.Platform.Web;

namespace GroupTherapy.Enrollment.Api;

/// <summary>An operator records where a member lives, with evidence; the member's permits are made again at once.</summary>
internal static class CorrectResidence
{
    /// <param name="From">First day of living there.</param>
    /// <param name="Evidence">The document or record that the operator saw; 1 to 500 characters.</param>
    public sealed record Correction([Required] string? Jurisdiction = null, [Required] string? From = null, [Required] string? Evidence = null);

    public static void MapCorrectResidence(this IEndpointRouteBuilder app) =>
        app.MapPost("/api/members/{id:guid}/residence", CorrectAsync)
            .For(Roles.Operator)
            .Produces(204)
            .Describe("correctResidence", Tag.Members, "Record a member's residence with its evidence")
            .AfterStepUp();

    private static async Task<IResult> CorrectAsync(
        Guid id,
        Correction correction,
        HttpContext http,
        Writes writes,
        Caller caller,
        RuleSetCache ruleSets,
        TimeProvider clock
    )
    {
        var rules = await ruleSets.InForceAsync(clock.GetUtcNow(), http.RequestAborted);
        var errors = new FieldErrors()
            .Check(
                correction.Jurisdiction is not null && rules.IsJurisdiction(correction.Jurisdiction),
                "jurisdiction",
                "The exact code of a place, such as US-DC, FOREIGN or UNKNOWN."
            )
            .Check(ProfileRules.TryDate(correction.From, out var from), "from", "A real date like 2026-01-31.")
            .Text(correction.Evidence, "evidence", 500);
        return errors.Any
            ? errors.ToProblem()
            : await writes.RunAsync(
                http,
                caller,
                correction,
                async work =>
                {
                    if (
                        !await work.FirstOrDefaultAsync<bool>(
                            $"select {ListMembers.IsOfMyPractices}",
                            new { id, practices = caller.PracticesAs(Roles.Operator) }
                        )
                    )
                    {
                        return Reply.Refused(Problem.NotFound());
                    }

                    await work.ExecuteAsync(
                        """
                        insert into residences (id, member_id, jurisdiction, since, evidence, recorded_at, recorded_by)
                        values (@residence, @id, @Jurisdiction, @from, @Evidence, @Now, @Who)
                        """,
                        new
                        {
                            residence = work.NewId(),
                            id,
                            correction.Jurisdiction,
                            from,
                            correction.Evidence,
                            work.Now,
                            work.Caller.Who,
                        }
                    );
                    work.Audit("residence.corrected", id, data: new { correction.Jurisdiction });
                    await Rechecks.OfMemberAsync(work, id);
                    return Reply.NoContent();
                }
            );
    }
}
