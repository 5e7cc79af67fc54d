using GroupTherapy.Platform.Messaging;
using GroupTherapy.Platform.Problems;
using GroupTherapy.Platform.Work;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.Routing;

namespace GroupTherapy.Platform.Web;

/// <summary>
/// Scheduled work that failed, for operators: what, why, when it comes again, and a way to have it tried now. The gateway joins the services' answers.
/// </summary>
public static class WorkEndpoints
{
    private const int MaxListed = 500;

    /// <summary>Scheduled work as operators see it. Keys and errors hold ids, codes and type names only.</summary>
    public sealed record Entry(string Service, string Kind, string Key, DateTimeOffset DueAt, DateTimeOffset NextAttemptAt, int Attempts, string? LastError);

    /// <summary>Which row to try now.</summary>
    public sealed record Retry(string Kind, string Key);

    /// <summary>Whose error queue to put back.</summary>
    public sealed record Replay(string Queue);

    /// <param name="role">Who may read and retry.</param>
    public static void MapWork(this IEndpointRouteBuilder app, string service, string role)
    {
        app.MapGet("/internal/work", async (DueWorkStore store, CancellationToken ct) =>
        {
            var rows = await store.FailingAsync(MaxListed, ct);
            return TypedResults.Ok(new Page<Entry>(
                [.. rows.Select(r => new Entry(service, r.Kind, r.Key, r.DueAt, r.NextAttemptAt, r.Attempts, r.LastError))], null));
        }).For(role).ExcludeFromDescription();

        app.MapPost("/internal/work/retry", async Task<IResult> (Retry request, DueWorkStore store, CancellationToken ct) =>
            await store.RetryAsync(request.Kind, request.Key, ct) ? TypedResults.NoContent() : Problem.NotFound()).For(role).ExcludeFromDescription();

        app.MapGet("/internal/errors", async ([FromServices] ErrorQueues queues, CancellationToken ct) =>
            TypedResults.Ok(new Page<ErrorQueue>(await queues.ListAsync(ct), null))).For(role).ExcludeFromDescription();

        app.MapPost("/internal/errors/replay", async Task<IResult> (Replay request, [FromServices] ErrorQueues queues, CancellationToken ct) =>
            await queues.ReplayAsync(request.Queue, ct) is { } moved ? TypedResults.Ok(new { moved }) : Problem.NotFound()).For(role).ExcludeFromDescription();
    }
}
