using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using GroupTherapy.Platform.Data;
using GroupTherapy.Platform.Json;
using GroupTherapy.Platform.Problems;
using GroupTherapy.Platform.Security;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;

namespace GroupTherapy.Platform.Idempotency;

/// <summary>An endpoint whose handler takes this answers again what it answered to the same <c>Idempotency-Key</c>; its description says so.</summary>
public interface IAcceptsIdempotencyKey;

/// <summary>The answer of a writing use case. Whether its transaction commits is part of the answer: a refusal may leave a record, or nothing.</summary>
public sealed record Reply(int Status, object? Body, string? Location, bool Commit)
{
    public static Reply Ok(object body) => new(200, body, null, true);

    public static Reply Created(string location, object body) => new(201, body, location, true);

    public static Reply NoContent() => new(204, null, null, true);

    /// <summary>The body kept under an Idempotency-Key in place of <see cref="Body"/>, where that holds a secret that is shown once.</summary>
    public object? Kept { get; init; }

    /// <summary>A refusal that changes nothing. One of the domain (403, 409, 422) is repeated for the same key; others may be sent again.</summary>
    public static Reply Refused(Problem problem) => new(problem.Status, problem, null, false);

    /// <summary>A refusal that is itself a fact (a stored decision): it commits.</summary>
    public static Reply RefusedAndStored(Problem problem) => new(problem.Status, problem, null, true);
}

/// <summary>
/// Runs a writing use case in one unit of work. With an <c>Idempotency-Key</c> the key's row is claimed in that same transaction:
/// a second request with the key waits for the first, then answers what it answered; an unknown outcome is looked up, never repeated blindly.
/// </summary>
/// <remarks>The key is locked before any row, here and in <see cref="StoredResponses"/>: a transaction that holds rows never waits for a key.</remarks>
public sealed class Writes(Db db) : IAcceptsIdempotencyKey
{
    public static readonly TimeSpan KeptFor = TimeSpan.FromHours(24);

    public async Task<IResult> RunAsync(HttpContext http, Caller caller, object? request, Func<UnitOfWork, Task<Reply>> act)
    {
        if (KeyedRequest.Read(http, caller, request, out var keyed) is { } unusable)
        {
            return unusable;
        }

        var answer = await AttemptAsync(
            http, caller, keyed, async work => StoredResponse.Of(await act(work)) with { ETag = http.Response.Headers.ETag is [{ } tag] ? tag : null });
        // What a refused attempt did is undone. The refusal alone is kept, unless the key meanwhile stands for the answer of another attempt.
        return keyed is not null && answer is StoredResponse { IsKeptAlone: true } refused
            ? await AttemptAsync(http, caller, keyed, _ => Task.FromResult(refused with { Commit = true }))
            : answer;
    }

    private async Task<IResult> AttemptAsync(HttpContext http, Caller caller, KeyedRequest? keyed, Func<UnitOfWork, Task<StoredResponse>> act)
    {
        await using var work = await db.BeginAsync(caller, http.RequestAborted);
        if (keyed is not null && await ClaimAsync(work, keyed) is { } answered)
        {
            return answered;
        }

        var reply = await act(work);
        if (!reply.Commit)
        {
            return reply;
        }

        if (keyed is not null)
        {
            work.WithCommit(
                "update idempotency_keys set status = $1, content_type = $2, location = $3, body = $4, etag = $5 where caller = $6 and key = $7",
                reply.Status, reply.ContentType, reply.Location, keyed.Seal(reply.Kept), reply.ETag, keyed.Caller, keyed.Key);
        }

        await work.CommitAsync(http.RequestAborted);
        return reply;
    }

    private static async Task<IResult?> ClaimAsync(UnitOfWork work, KeyedRequest request)
    {
        if (await work.ExecuteAsync(
            $"""
            select pg_advisory_xact_lock({KeyedRequest.LockSql("@Caller", "@Key")});
            insert into idempotency_keys as k (caller, key, request_hash, status, created_at) values (@Caller, @Key, @Hash, 0, @Now)
            {StoredAnswer.ReplaceExpiredSql} @expired
            """, new { request.Caller, request.Key, request.Hash, work.Now, expired = work.Now - KeptFor }) == 1)
        {
            return null;
        }

        var stored = await work.FirstOrDefaultAsync<StoredAnswer>(
            $"select {StoredAnswer.Columns} from idempotency_keys where caller = @Caller and key = @Key", new { request.Caller, request.Key });
        return stored?.AnswerTo(request) ?? Problem.TryAgain();
    }
}

/// <summary>A request that carries a key.</summary>
/// <param name="Hash">Of method, path and body as it was sent, whatever its order and spacing: the same key with another one is refused.</param>
public sealed record KeyedRequest(Guid Caller, string Key, byte[] Hash)
{
    private ResponseSeal? Box { get; init; }

    internal byte[]? Seal(byte[]? body) => body is null || Box is null ? body : Box.Seal(body, $"{Caller} {Key}");

    internal byte[]? Open(byte[] body) => Box is null ? body : Box.Open(body, $"{Caller} {Key}");

    /// <summary>Number of the advisory lock that a key has while a request with it is under way.</summary>
    internal static string LockSql(string caller, string key) => $"hashtextextended({caller}::text || {key}, 2)";

    /// <param name="keyed">Null without a key.</param>
    /// <returns>The answer to give when the key is not valid.</returns>
    public static Problem? Read(HttpContext http, Caller caller, object? request, out KeyedRequest? keyed)
    {
        keyed = null;
        // A read is run and audited each time it is asked for.
        if (HttpMethods.IsGet(http.Request.Method) || http.Request.Headers["Idempotency-Key"] is not { Count: > 0 } header)
        {
            return null;
        }

        var key = header.ToString();
        if (key.Length is 0 or > 255 || key.Any(c => c is < '!' or > '~'))
        {
            return Problem.Invalid("Idempotency-Key", "1 to 255 visible ASCII characters.");
        }

        keyed = new KeyedRequest(caller.AccountId, key, HashOf(http, request)) { Box = http.RequestServices?.GetService<ResponseSeal>() };
        return null;
    }

    private static byte[] HashOf(HttpContext http, object? request) =>
        SHA256.HashData(Encoding.UTF8.GetBytes($"{http.Request.Method} {http.Request.Path} {(request is null ? "" : Sent(http.Request.Body))}"));

    // As it was sent, and not as this release reads it: a field that a later one adds leaves the hash as it is.
    private static string Sent(Stream body)
    {
        body.Position = 0;
        using var json = body.Length == 0 ? null : JsonDocument.Parse(body);
        return json is null ? "" : CanonicalJson.Of(json.RootElement);
    }
}

/// <summary>The stored answer of a key.</summary>
internal sealed record StoredAnswer(byte[] RequestHash, int Status, string? ContentType, string? Location, byte[]? Body, string? ETag)
{
    public const string Columns = "request_hash, status, content_type, location, body, etag";

    /// <summary>After an insert into <c>idempotency_keys as k</c>, and before the instant: an answer that is older makes room for the new one.</summary>
    public const string ReplaceExpiredSql = """
        on conflict (caller, key) do update set request_hash = excluded.request_hash, status = excluded.status, content_type = excluded.content_type,
            location = excluded.location, body = excluded.body, etag = excluded.etag, created_at = excluded.created_at where k.created_at <
        """;

    public IResult AnswerTo(KeyedRequest request)
    {
        var body = Body is null ? null : request.Open(Body);
        return !RequestHash.AsSpan().SequenceEqual(request.Hash) ? new Problem(422, "idempotency-key-reused", "This key was used for another request.")
            : body is null && Body is not null ? Problem.TryAgain()
            : new StoredResponse(Status, ContentType, Location, body, true, true, null) { ETag = ETag };
    }
}

/// <summary>An answer as its bytes.</summary>
public sealed record StoredResponse(int Status, string? ContentType, string? Location, byte[]? Body, bool Commit, bool Replayed, int? RetryAfter) : IResult
{
    /// <summary>The body kept under the key.</summary>
    public byte[]? Kept { get; private init; } = Body;

    public string? ETag { get; init; }

    /// <summary>Of a refusal; null for one that is answered again.</summary>
    public string? Code { get; private init; }

    /// <summary>A refusal of the domain that changed nothing: the same key answers it again, whatever has become of its reason.</summary>
    public bool IsKeptAlone => !Commit && Status is 403 or 409 or 422;

    public static StoredResponse Of(Reply reply)
    {
        var (body, type) = reply.Body switch
        {
            null => (null, null),
            Problem problem => (JsonSerializer.SerializeToUtf8Bytes(problem.Body(), ContractJson.Options), Problem.MediaType),
            _ => (JsonSerializer.SerializeToUtf8Bytes(reply.Body, reply.Body.GetType(), ContractJson.Options), "application/json; charset=utf-8"),
        };
        return new StoredResponse(reply.Status, type, reply.Location, body, reply.Commit, false, (reply.Body as Problem)?.RetryAfter)
        {
            Code = (reply.Body as Problem)?.Code,
            Kept = reply.Kept is null ? body : JsonSerializer.SerializeToUtf8Bytes(reply.Kept, reply.Kept.GetType(), ContractJson.Options),
        };
    }

    public async Task ExecuteAsync(HttpContext httpContext)
    {
        var response = httpContext.Response;
        response.StatusCode = Status;
        if (Code is not null)
        {
            Problem.Note(httpContext, Code, Status);
        }

        if (Replayed)
        {
            response.Headers["Idempotency-Replayed"] = "true";
        }

        if (RetryAfter is { } seconds)
        {
            response.Headers.RetryAfter = seconds.ToString(System.Globalization.CultureInfo.InvariantCulture);
        }

        if (ETag is not null)
        {
            response.Headers.ETag = ETag;
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
