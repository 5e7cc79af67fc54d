using System.ComponentModel.DataAnnotations;
using GroupTherapy.Contracts.Identity;
using GroupTherapy.Description;
using GroupTherapy.Enrollment.Domain;
using GroupTherapy.Platform.Data;
using GroupTherapy.Platform.Idempotency;
using GroupTherapy.Platform.Problems;
using GroupTherapy.Platform.Security;
using GroupTherapy.Platform.Web;

namespace GroupTherapy.Enrollment.Api;

/// <summary>An intake: the practice has spoken with a member before the first group. Some groups require it.</summary>
internal static class Intakes
{
    /// <param name="DoneOn">The day of the talk.</param>
    /// <param name="Note">For operators only; at most 500 characters.</param>
    public sealed record Request([Required] string? Practice = null, [Required] string? DoneOn = null, string? Note = null);

    public sealed record Item(Guid Id, string Practice, DateOnly DoneOn, string? Note, DateTimeOffset RecordedAt, string RecordedBy);

    public static void MapIntakes(this IEndpointRouteBuilder app) =>
        app.MapPost("/api/members/{id:guid}/intakes", RecordAsync).For(Roles.Operator).Produces<Item>(201)
            .Describe("recordIntake", Tag.Members, "Record a talk that comes before a seat");

    /// <summary>Those with some practices, the latest talk first.</summary>
    internal static Task<IReadOnlyList<Item>> OfAsync(Db db, Caller caller, Guid memberId, string[] practices, CancellationToken ct) => db.QueryAsync<Item>(
        caller,
        """
        select id, practice, done_on, note, recorded_at, recorded_by from intakes where member_id = @memberId and practice = any(@practices)
            order by done_on desc, recorded_at desc limit 100
        """, new { memberId, practices }, ct);

    private static async Task<IResult> RecordAsync(Guid id, Request request, HttpContext http, Writes writes, Caller caller, TimeProvider clock)
    {
        // A day may have begun where the operator is although it has not in UTC.
        var latest = DateOnly.FromDateTime(clock.GetUtcNow().UtcDateTime.AddHours(14));
        var errors = new FieldErrors()
            .Check(request.Practice is not null && caller.Is(Roles.Operator, request.Practice), "practice", "One of the practices that you work for.")
            .Check(ProfileRules.TryDate(request.DoneOn, out var doneOn) && doneOn <= latest, "doneOn",
                "A real date like 2026-01-31 that is not in the future.");
        if (request.Note is not null)
        {
            errors.Text(request.Note, "note", 500);
        }

        return errors.Any ? errors.ToProblem() : await writes.RunAsync(http, caller, request, async work =>
        {
            if (!await work.FirstOrDefaultAsync<bool>(
                """
                select exists (
                    select 1 from enrollments e join seat_groups g using (group_id) where e.member_id = @id and g.practice = @Practice)
                """,
                new { id, request.Practice }))
            {
                return Reply.Refused(Problem.NotFound());
            }

            var item = new Item(work.NewId(), request.Practice!, doneOn, request.Note, work.Now, work.Caller.Who);
            await work.ExecuteAsync(
                """
                insert into intakes (id, member_id, practice, done_on, note, recorded_at, recorded_by)
                values (@intake, @id, @Practice, @DoneOn, @Note, @RecordedAt, @RecordedBy)
                """, new { intake = item.Id, id, item.Practice, item.DoneOn, item.Note, item.RecordedAt, item.RecordedBy });
            work.Audit("intake.recorded", id, item.Id, new { item.Practice, request.DoneOn });
            return Reply.Created($"/api/members/{id}/intakes/{item.Id}", item);
        });
    }
}
