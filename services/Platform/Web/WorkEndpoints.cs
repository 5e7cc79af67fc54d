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
/// Background failures, for operators: scheduled work that is retried, messages in error queues, and ways to have them tried now.
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

    /// <summary>The queue whose error queue to put back.</summary>
    public sealed record Replay(string Queue);

    /// <param name="sight">An operator of one practice among several sees the rows whose key names a thing of theirs, and how many messages failed.</param>
    public static void MapWork(this IEndpointRouteBuilder app, string service, Oversight sight)
    {
        var work = app.MapGroup("/internal");
        work.MapGet(
                "/work",
                async (DueWorkStore store, Db db, Caller caller, CancellationToken ct) =>
                {
                    var rows = await store.FailingAsync(MaxListed, await sight.PracticesAsync(db, caller, ct), ct);
                    return TypedResults.Ok(
                        new Page<Entry>([.. rows.Select(r => new Entry(service, r.Kind, r.Key, r.DueAt, r.NextAttemptAt, r.Attempts, r.LastError))], null)
                    );
                }
            )
            .For(sight.Role)
            .ExcludeFromDescription();

        work.MapPost(
                "/work/retry",
                async Task<IResult> (Retry request, Caller caller, Db db, CancellationToken ct) =>
                {
                    var practices = await sight.PracticesAsync(db, caller, ct);
                    await using var unit = await db.BeginAsync(caller, ct);
                    if (!await DueWorkStore.RetryAsync(unit, request.Kind, request.Key, practices))
                    {
                        return Problem.NotFound();
                    }

                    unit.Audit("work.retried", data: new { request.Kind, request.Key });
                    await unit.CommitAsync(ct);
                    return TypedResults.NoContent();
                }
            )
            .For(sight.Role)
            .ExcludeFromDescription();

        work.MapGet(
                "/errors",
                async ([FromServices] ErrorQueues queues, CancellationToken ct) =>
                    TypedResults.Ok(new Page<Failed>([.. (await queues.ListAsync(ct)).Select(q => new Failed(service, q.Queue, (int)q.Messages))], null))
            )
            .For(sight.Role)
            .ExcludeFromDescription();

        work.MapPost(
                "/errors/replay",
                async Task<IResult> (Replay request, Caller caller, Db db, [FromServices] ErrorQueues queues, CancellationToken ct) =>
                {
                    if (await sight.PracticesAsync(db, caller, ct) is not null)
                    {
                        return Oversight.NotYours;
                    }

                    if (await queues.ReplayAsync(request.Queue, ct) is not { } moved)
                    {
                        return Problem.NotFound();
                    }

                    await using var unit = await db.BeginAsync(caller, ct);
                    unit.Audit("errors.replayed", data: new { request.Queue, moved });
                    await unit.CommitAsync(ct);
                    return TypedResults.Ok(new { moved });
                }
            )
            .For(sight.Role)
            .ExcludeFromDescription();
    }
}
