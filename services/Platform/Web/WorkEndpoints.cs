using GroupTherapy.Platform.Data;
using GroupTherapy.Platform.Messaging;
using GroupTherapy.Platform.Problems;
using GroupTherapy.Platform.Security;
using GroupTherapy.Platform.Work;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;

namespace GroupTherapy.Platform.Web;

/// <summary>
/// What failed in the background, for operators: scheduled work that comes again, messages in error queues, and ways to have them tried now.
/// The gateway joins the services' answers.
/// </summary>
public static class WorkEndpoints
{
    private const int MaxListed = 500;

    /// <summary>Scheduled work as operators see it. Keys and errors hold ids, codes and type names only.</summary>
    public sealed record Entry(string Service, string Kind, string Key, DateTimeOffset DueAt, DateTimeOffset NextAttemptAt, int Attempts, string? LastError);

    /// <summary>Messages in the error queue of one consumer.</summary>
    public sealed record Failed(string Service, string Queue, int Messages);

    /// <summary>Which row to try now.</summary>
    public sealed record Retry(string Kind, string Key);

    /// <summary>Whose error queue to put back.</summary>
    public sealed record Replay(string Queue);

    /// <param name="others">As for <see cref="AuditEndpoints.MapAudit"/>: rows carry no practice, so only an operator of all practices sees them.</param>
    /// <param name="role">Who may read and retry.</param>
    public static void MapWork(this IEndpointRouteBuilder app, string service, string others, string role)
    {
        var work = app.MapGroup("/internal").AddEndpointFilter(async (context, next) =>
        {
            var http = context.HttpContext;
            var db = http.RequestServices.GetRequiredService<Db>();
            var speaksOfOthers = await AuditEndpoints.SpeaksOfOthersAsync(db, Caller.From(http.User), others, role, http.RequestAborted);
            return speaksOfOthers ? AuditEndpoints.NotYours : await next(context);
        });
        work.MapGet("/work", async (DueWorkStore store, CancellationToken ct) =>
        {
            var rows = await store.FailingAsync(MaxListed, ct);
            return TypedResults.Ok(new Page<Entry>(
                [.. rows.Select(r => new Entry(service, r.Kind, r.Key, r.DueAt, r.NextAttemptAt, r.Attempts, r.LastError))], null));
        }).For(role).ExcludeFromDescription();

        work.MapPost("/work/retry", async Task<IResult> (Retry request, Caller caller, Db db, CancellationToken ct) =>
        {
            await using var unit = await db.BeginAsync(caller, ct);
            if (!await DueWorkStore.RetryAsync(unit, request.Kind, request.Key))
            {
                return Problem.NotFound();
            }

            await unit.AuditAsync("work.retried", data: new { request.Kind, request.Key });
            await unit.CommitAsync(ct);
            return TypedResults.NoContent();
        }).For(role).ExcludeFromDescription();

        work.MapGet("/errors", async ([FromServices] ErrorQueues queues, CancellationToken ct) => TypedResults.Ok(new Page<Failed>(
            [.. (await queues.ListAsync(ct)).Select(q => new Failed(service, q.Queue, (int)q.Messages))], null))).For(role).ExcludeFromDescription();

        work.MapPost("/errors/replay", async Task<IResult> (Replay request, Caller caller, Db db, [FromServices] ErrorQueues queues, CancellationToken ct) =>
        {
            if (await queues.ReplayAsync(request.Queue, ct) is not { } moved)
            {
                return Problem.NotFound();
            }

            await using var unit = await db.BeginAsync(caller, ct);
            await unit.AuditAsync("errors.replayed", data: new { request.Queue, moved });
            await unit.CommitAsync(ct);
            return TypedResults.Ok(new { moved });
        }).For(role).ExcludeFromDescription();
    }
}
