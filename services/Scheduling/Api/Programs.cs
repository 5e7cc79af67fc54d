using System.ComponentModel;
using GroupTherapy.Contracts.Identity;
using GroupTherapy.Description;
using GroupTherapy.Platform.Data;
using GroupTherapy.Platform.Idempotency;
using GroupTherapy.Platform.Problems;
using GroupTherapy.Platform.Security;
using GroupTherapy.Platform.Web;
using GroupTherapy.Scheduling.Domain;
using GroupTherapy.Scheduling.Storage;

namespace GroupTherapy.Scheduling.Api;

/// <summary>
/// The programs of a practice, which groups begin with (<c>programId</c> in <c>POST /api/groups</c>). A change makes a new version; groups keep their copy.
/// </summary>
internal static class Programs
{
    public static void MapPrograms(this IEndpointRouteBuilder app)
    {
        app.MapGet("/api/practices/{id}/programs", (Delegate)ListAsync)
            .For(Roles.Facilitator, Roles.Operator)
            .Produces<Page<ProgramInBrief>>()
            .Describe("listPrograms", Tag.Practices, "Programs of a practice");
        app.MapPost("/api/practices/{id}/programs", (Delegate)AddAsync)
            .For(Roles.Operator)
            .Produces<ProgramDetail>(201)
            .Describe("addProgram", Tag.Practices, "Add a program");
        app.MapGet("/api/practices/{id}/programs/{programId}", (Delegate)GetAsync)
            .For(Roles.Facilitator, Roles.Operator)
            .Produces<ProgramDetail>()
            .Describe("getProgram", Tag.Practices, "One program, in its newest or an earlier version");
        app.MapPut("/api/practices/{id}/programs/{programId}", (Delegate)ChangeAsync)
            .For(Roles.Operator)
            .Produces<ProgramDetail>()
            .Describe("changeProgram", Tag.Practices, "Make a new version of a program")
            .WithIfMatch();
    }

    private static async Task<IResult> ListAsync(string id, Db db, Caller caller, Paging page, CancellationToken ct)
    {
        if (!MaySee(caller, id))
        {
            return Problem.NotFound();
        }

        var rows = await ProgramStore.ListAsync(db, id, page.AfterId(), page.Limit + 1, ct);
        return TypedResults.Ok(page.PageOf(rows, p => [p.Id.ToString()]));
    }

    private static async Task<IResult> GetAsync(
        string id,
        Guid programId,
        Db db,
        Caller caller,
        HttpContext http,
        [Description("An earlier version; left out, the newest.")] long? version,
        CancellationToken ct
    )
    {
        await using var work = await db.BeginAsync(caller, ct);
        if (!MaySee(caller, id) || await ProgramStore.FindAsync(work, id, programId, version) is not { } program)
        {
            return Problem.NotFound();
        }

        http.Response.Headers.ETag = $"\"{program.Version}\"";
        return TypedResults.Ok(program);
    }

    private static Task<IResult> AddAsync(string id, SaveProgramRequest request, Caller caller, Writes writes, HttpContext http) =>
        writes.RunAsync(
            http,
            caller,
            request,
            async work =>
            {
                if (!caller.Is(Roles.Operator, id) || await PracticeStore.FindAsync(work, id) is null)
                {
                    return Reply.Refused(Problem.NotFound());
                }

                var errors = ProgramRules.Check(request);
                if (errors.Any)
                {
                    return Reply.Refused(errors.ToProblem());
                }

                var program = await ProgramStore.SaveAsync(work, id, work.NewId(), request);
                http.Response.Headers.ETag = $"\"{program.Version}\"";
                return Reply.Created($"/api/practices/{id}/programs/{program.Id}", program);
            }
        );

    private static Task<IResult> ChangeAsync(string id, Guid programId, ChangeProgramRequest request, Caller caller, Writes writes, HttpContext http) =>
        writes.RunAsync(
            http,
            caller,
            request,
            async work =>
            {
                if (!caller.Is(Roles.Operator, id) || !await ProgramStore.LockAsync(work, id, programId))
                {
                    return Reply.Refused(Problem.NotFound());
                }

                var before = (await ProgramStore.FindAsync(work, id, programId))!;
                if (IfMatch.Refuse(http, $"\"{before.Version}\"", Refusals.StaleProgram) is { } stale)
                {
                    return Reply.Refused(stale);
                }

                var errors = ProgramRules.Check(request, before);
                if (errors.Any)
                {
                    return Reply.Refused(errors.ToProblem());
                }

                var saved = ProgramStore.IsSame(before, request) ? before : await ProgramStore.SaveAsync(work, id, programId, request);
                http.Response.Headers.ETag = $"\"{saved.Version}\"";
                return Reply.Ok(saved);
            }
        );

    private static bool MaySee(Caller caller, string practice) => caller.Is(Roles.Operator, practice) || caller.Is(Roles.Facilitator, practice);
}
