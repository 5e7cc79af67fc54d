using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using GroupTherapy.Platform.Audit;
using GroupTherapy.Platform.Data;
using GroupTherapy.Platform.Security;
using Microsoft.AspNetCore.Http;

namespace GroupTherapy.Platform.Web;

/// <summary>What a writing use case answers. Whether its transaction commits is part of the answer: a refusal may leave a record, or nothing.</summary>
public sealed record Reply(int Status, object? Body, string? Location, bool Commit)
{
    public static Reply Ok(object body) => new(200, body, null, true);

    public static Reply Created(string location, object body) => new(201, body, location, true);

    public static Reply NoContent() => new(204, null, null, true);

    /// <summary>A refusal that changes nothing and is forgotten: the same key may be used again.</summary>
    public static Reply Refused(Problem problem) => new(problem.Status, problem, null, false);

    /// <summary>A refusal that is itself a fact (a stored decision): it commits, and the same key answers it again.</summary>
    public static Reply RefusedOnRecord(Problem problem) => new(problem.Status, problem, null, true);
}

/// <summary>
/// Runs a writing use case in one unit of work. With an <c>Idempotency-Key</c> the key's row is claimed in that same transaction:
/// a second request with the key waits for the first, then answers what it answered; an unknown outcome is looked up, never repeated blindly.
/// </summary>
public sealed class Writes(Db db)
{
    public static readonly TimeSpan KeptFor = TimeSpan.FromHours(24);

    public async Task<IResult> RunAsync(HttpContext http, Caller caller, object? request, Func<UnitOfWork, Task<Reply>> act)
    {
        var key = http.Request.Headers["Idempotency-Key"] is { Count: > 0 } header ? header.ToString() : null;
        if (key is not null && (key.Length is 0 or > 255 || key.Any(c => c is < '!' or > '~')))
        {
            return Problem.Invalid("Idempotency-Key", "1 to 255 visible ASCII characters.");
        }

        await using var work = await db.BeginAsync(caller, http.RequestAborted);
        var hash = key is null ? [] : HashOf(http, request);
        if (key is not null && await ClaimAsync(work, caller.AccountId, key, hash) is { } answered)
        {
            return answered;
        }

        var reply = await act(work);
        var (body, type) = Render(reply);
        if (!reply.Commit)
        {
            return new Rendered(reply.Status, type, reply.Location, body, false, (reply.Body as Problem)?.RetryAfter);
        }

        if (key is not null)
        {
            await work.ExecuteAsync(
                "update idempotency_keys set status = @Status, content_type = @type, location = @Location, body = @body where caller = @AccountId and key = @key",
                new { reply.Status, type, reply.Location, body, caller.AccountId, key });
        }

        await work.CommitAsync(http.RequestAborted);
        return new Rendered(reply.Status, type, reply.Location, body, false, (reply.Body as Problem)?.RetryAfter);
    }

    private static async Task<IResult?> ClaimAsync(UnitOfWork work, Guid caller, string key, byte[] hash)
    {
        await work.ExecuteAsync(
            "delete from idempotency_keys where caller = @caller and key = @key and created_at < @expired",
            new { caller, key, expired = work.Now - KeptFor });
        if (await work.ExecuteAsync(
            "insert into idempotency_keys (caller, key, request_hash, status, created_at) values (@caller, @key, @hash, 0, @Now) on conflict do nothing",
            new { caller, key, hash, work.Now }) == 1)
        {
            return null;
        }

        var stored = await work.FirstOrDefaultAsync<Stored>(
            "select request_hash, status, content_type, location, body from idempotency_keys where caller = @caller and key = @key", new { caller, key });
        return stored is null ? Problem.TryAgain()
            : !stored.RequestHash.AsSpan().SequenceEqual(hash) ? new Problem(422, "idempotency-key-reused", "This key was used for another request.")
            : new Rendered(stored.Status, stored.ContentType, stored.Location, stored.Body, true, null);
    }

    private static byte[] HashOf(HttpContext http, object? request) =>
        SHA256.HashData(Encoding.UTF8.GetBytes($"{http.Request.Method} {http.Request.Path} {(request is null ? "" : CanonicalJson.Of(request, Json.Options))}"));

    private static (byte[]? Body, string? Type) Render(Reply reply) => reply.Body switch
    {
        null => (null, null),
        Problem problem => (JsonSerializer.SerializeToUtf8Bytes(problem.Body(), Json.Options), Problem.MediaType),
        _ => (JsonSerializer.SerializeToUtf8Bytes(reply.Body, reply.Body.GetType(), Json.Options), "application/json; charset=utf-8"),
    };

    private sealed record Stored(byte[] RequestHash, int Status, string? ContentType, string? Location, byte[]? Body);

    private sealed record Rendered(int Status, string? ContentType, string? Location, byte[]? Body, bool Replayed, int? RetryAfter) : IResult
    {
        public async Task ExecuteAsync(HttpContext httpContext)
        {
            var response = httpContext.Response;
            response.StatusCode = Status;
            if (Replayed)
            {
                response.Headers["Idempotency-Replayed"] = "true";
            }

            if (RetryAfter is { } seconds)
            {
                response.Headers.RetryAfter = seconds.ToString(System.Globalization.CultureInfo.InvariantCulture);
            }

            if (Location is not null)
            {
                response.Headers.Location = Location;
            }

            if (Body is not null)
            {
                response.ContentType = ContentType;
                response.ContentLength = Body.Length;
                await response.Body.WriteAsync(Body, httpContext.RequestAborted);
            }
        }
    }
}
