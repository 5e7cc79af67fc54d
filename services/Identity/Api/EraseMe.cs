using System.ComponentModel.DataAnnotations;
using System.Text.Json;
using GroupTherapy.Contracts.Identity;
using GroupTherapy.Description;
using GroupTherapy.Identity.Storage;
using GroupTherapy.Platform.Data;
using GroupTherapy.Platform.Json;
using GroupTherapy.Platform.Problems;
using GroupTherapy.Platform.Security;
using GroupTherapy.Platform.Web;

namespace GroupTherapy.Identity.Api;

/// <summary>
/// A person's erasure. It takes the password again, or any other proof of the last ten minutes; it ends every seat at once and every sign-in at the end.
/// Data that is kept is listed with its duty and end. The receipt, given once, reads the proof after the account is gone.
/// </summary>
public static class EraseMe
{
    private const int MostWrong = 5;

    /// <param name="Password">The account's, once more: nothing of this can be undone. Without it: a proof of the last ten minutes.</param>
    public sealed record ErasureRequest(string? Password = null);

    /// <param name="Receipt">The answer to the request for erasure.</param>
    public sealed record ProofRequest([Required] string? Receipt);

    /// <param name="Status"><c>running</c>, or <c>done</c> once every service has erased.</param>
    /// <param name="Receipt">Only in the first answer.</param>
    public sealed record ErasureState(
        Guid Id,
        string Status,
        DateTimeOffset AskedAt,
        DateTimeOffset? DoneAt,
        string? Receipt,
        IReadOnlyList<ErasureOfService> Services
    );

    /// <param name="At">Null while the service has not answered.</param>
    public sealed record ErasureOfService(string Service, DateTimeOffset? At, IReadOnlyList<ErasedPart> Erased, IReadOnlyList<KeptPart> Kept);

    public static void MapEraseMe(this IEndpointRouteBuilder app)
    {
        app.MapPost("/api/me/erasure", BeginAsync)
            .ForSignedIn()
            .Produces<ErasureState>(202)
            .Describe("eraseMe", Tag.Account, "Erase me everywhere")
            .Refuses(403, "password-wrong", "step-up-required")
            .Refuses(409, "staff-account");
        app.MapGet(
                "/api/me/erasure",
                async (Caller caller, Db db, CancellationToken ct) =>
                {
                    await using var work = await db.BeginAsync(caller, ct);
                    return await ErasureStore.FindAsync(work, caller.AccountId) is { } row
                        ? TypedResults.Ok(await StateAsync(work, row, null))
                        : (IResult)Problem.NotFound();
                }
            )
            .ForSignedIn()
            .Produces<ErasureState>()
            .Describe("getMyErasure", Tag.Account, "How far my erasure is")
            .Refuses(404, "not-found");
        app.MapPost(
                "/api/erasures/proof",
                async (ProofRequest request, Db db, CancellationToken ct) =>
                {
                    await using var work = await db.BeginAsync(Caller.Anonymous, ct);
                    return request.Receipt is { Length: > 0 and < 200 } receipt && await ErasureStore.ByReceiptAsync(work, receipt) is { } row
                        ? TypedResults.Ok(await StateAsync(work, row, null))
                        : (IResult)Problem.NotFound();
                }
            )
            .ForAnyone()
            .Produces<ErasureState>()
            .Describe("proveErasure", Tag.Account, "What was erased and what is kept, by its receipt")
            .Refuses(404, "not-found");
    }

    private static async Task<IResult> BeginAsync(
        ErasureRequest request,
        Caller caller,
        HttpContext http,
        Db db,
        PasswordVerifier passwords,
        CancellationToken ct
    )
    {
        if (request.Password is { Length: > 1000 })
        {
            return Problem.Invalid("password", "This is too long.");
        }

        await using var work = await db.BeginAsync(caller, ct);
        if (await AccountStore.ByIdAsync(work, caller.AccountId) is not { } account)
        {
            return Problem.NotFound();
        }

        if (account.Memberships.Length > 0)
        {
            return new Problem(409, "staff-account", "You work for a practice. Ask one of its operators to withdraw your roles first.");
        }

        if (request.Password is not { Length: > 0 } password)
        {
            // Asked of a demonstration's people too: nothing of this can be undone.
            return caller.AuthenticatedAt >= work.Now - Caller.ProofCountsFor ? await ErasingAsync(work, caller, http, ct) : StepUp.Required;
        }

        var wrong = await work.FirstOrDefaultAsync<int>(
            "select count(*)::int from audit_entries where subject = @AccountId and act = 'person.erasure-refused' and at > @since",
            new { caller.AccountId, since = work.Now.AddHours(-1) }
        );
        if (wrong >= MostWrong)
        {
            return new Problem(429, "too-many-requests", "Too many wrong passwords. Please wait an hour.", RetryAfter: 3600);
        }

        if (passwords.Verify(account.PasswordHash, password) == Microsoft.AspNetCore.Identity.PasswordVerificationResult.Failed)
        {
            work.Audit("person.erasure-refused", caller.AccountId);
            await work.CommitAsync(ct);
            return new Problem(403, "password-wrong", "The password is not right.");
        }

        return await ErasingAsync(work, caller, http, ct);
    }

    private static async Task<IResult> ErasingAsync(UnitOfWork work, Caller caller, HttpContext http, CancellationToken ct)
    {
        var (row, receipt) = await ErasureStore.BeginAsync(work, caller.AccountId);
        var state = await StateAsync(work, row, receipt);
        await work.CommitAsync(ct);
        http.Response.Headers.CacheControl = "no-store";
        return TypedResults.Accepted("/api/me/erasure", state);
    }

    private static async Task<ErasureState> StateAsync(UnitOfWork work, ErasureRow row, string? receipt)
    {
        var told = (await ErasureStore.PartsAsync(work, row.Id))
            .Select(p => new ErasureOfService(
                p.Service,
                p.At,
                JsonSerializer.Deserialize<ErasedPart[]>(p.Erased, ContractJson.Options)!,
                JsonSerializer.Deserialize<KeptPart[]>(p.Kept, ContractJson.Options)!
            ))
            .ToList();
        var missing = ErasureStore.Services.Append("identity").Except(told.Select(t => t.Service)).Select(s => new ErasureOfService(s, null, [], []));
        return new ErasureState(row.Id, row.DoneAt is null ? "running" : "done", row.AskedAt, row.DoneAt, receipt, [.. told, .. missing]);
    }
}
