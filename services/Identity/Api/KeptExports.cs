using GroupTherapy.Identity.Storage;
using GroupTherapy.Platform.Data;
using GroupTherapy.Platform.Problems;
using GroupTherapy.Platform.Security;
using GroupTherapy.Platform.Web;
using Microsoft.AspNetCore.Mvc;

namespace GroupTherapy.Identity.Api;

/// <summary>
/// <c>/internal/me/exports</c>: where gateways leave a person's copy of everything and find it again, all in the person's own name. Only the sign-in that
/// asked for it reads it.
/// </summary>
internal static class KeptExports
{
    private const int Largest = 32 * 1024 * 1024;
    private static readonly Problem Failed = new(409, "export-failed", "Not every service answered.");

    /// <param name="Collect">The caller is to collect it now.</param>
    public sealed record Begun(Guid Id, DateTimeOffset ExpiresAt, bool Collect);

    public static void MapKeptExports(this IEndpointRouteBuilder app)
    {
        app.MapPost(
                "/internal/me/exports",
                async (Caller caller, Db db, CancellationToken ct) =>
                {
                    await using var work = await db.BeginAsync(caller, ct);
                    return await AnswerAsync(work, await ExportStore.BeginAsync(work), ct);
                }
            )
            .ForSignedIn()
            .ExcludeFromDescription();
        app.MapPost("/internal/me/exports/{id:guid}", OpenAsync).ForSignedIn().ExcludeFromDescription();
        app.MapPut("/internal/me/exports/{id:guid}", KeepAsync).ForSignedIn().ExcludeFromDescription().WithMetadata(new RequestSizeLimitAttribute(Largest));
        app.MapPost(
                "/internal/me/exports/{id:guid}/failed",
                async (Guid id, Caller caller, Db db, CancellationToken ct) =>
                {
                    await using var work = await db.BeginAsync(caller, ct);
                    if (await ExportStore.FindAsync(work, id) is { } row)
                    {
                        await ExportStore.FailAsync(work, row);
                        await work.CommitAsync(ct);
                    }

                    return TypedResults.NoContent();
                }
            )
            .ForSignedIn()
            .ExcludeFromDescription();
    }

    private static async Task<IResult> OpenAsync(Guid id, Caller caller, Db db, ExportStore exports, CancellationToken ct)
    {
        await using var work = await db.BeginAsync(caller, ct);
        if (await ExportStore.FindAsync(work, id) is not { } row)
        {
            return Problem.NotFound();
        }

        if (exports.Open(row) is { } json)
        {
            // A grave read: on the record with the read itself.
            work.Audit("export.read", caller.AccountId, id);
            await work.CommitAsync(ct);
            return TypedResults.Bytes(json, "application/json");
        }

        if (row.Failed)
        {
            await ExportStore.ForgetFailureAsync(work, row);
            await work.CommitAsync(ct);
            return Failed;
        }

        return await AnswerAsync(work, row, ct);
    }

    private static async Task<IResult> KeepAsync(Guid id, Caller caller, HttpRequest request, Db db, ExportStore exports, CancellationToken ct)
    {
        using var body = new MemoryStream();
        await request.Body.CopyToAsync(body, ct);
        await using var work = await db.BeginAsync(caller, ct);
        if (body.Length == 0 || await ExportStore.FindAsync(work, id) is not { } row)
        {
            return Problem.NotFound();
        }

        await exports.KeepAsync(work, row, body.ToArray());
        await work.CommitAsync(ct);
        return TypedResults.NoContent();
    }

    private static async Task<IResult> AnswerAsync(UnitOfWork work, ExportRow row, CancellationToken ct)
    {
        var begun = new Begun(row.Id, row.ExpiresAt, await ExportStore.ClaimAsync(work, row));
        await work.CommitAsync(ct);
        return TypedResults.Accepted((string?)null, begun);
    }
}
