using GroupTherapy.Platform.Data;
using GroupTherapy.Platform.Security;
using Microsoft.AspNetCore.Http;

namespace GroupTherapy.Platform.Idempotency;

/// <summary>
/// The promises of <see cref="Writes"/> for requests that share a unit of work. Keys are locked and looked up first and kept last, with their answers, in one
/// statement each.
/// The requests of one caller must follow one another by a lock of the use case's own; a key used without that lock rolls the transaction back.
/// </summary>
public static class StoredResponses
{
    /// <summary>
    /// Takes the lock of the key <c>named</c> of the caller <c>asker</c>, if there is one, or answers false while a request with it is under way
    /// elsewhere.
    /// </summary>
    public static readonly string TryLockSql = $"(named is null or pg_try_advisory_xact_lock({KeyedRequest.LockSql("asker", "named")}))";

    /// <summary>Waits for the lock. Only for a single request, in a transaction that holds no row lock.</summary>
    public static readonly string LockSql = $"(named is null or pg_advisory_xact_lock({KeyedRequest.LockSql("asker", "named")})::text = '')";

    /// <summary>Answers that are known already, with the number of the request from 1; takes <c>@callers</c>, <c>@keys</c> and <c>@expired</c>.</summary>
    public const string KnownSql = $"""
        select a.n, {StoredAnswer.Columns} from unnest(@callers, @keys) with ordinality as a (asker, named, n)
        join idempotency_keys k on k.caller = a.asker and k.key = a.named where k.created_at >= @expired
        """;

    /// <summary>A row of <see cref="KnownSql"/>.</summary>
    public sealed record Known(long N, byte[] RequestHash, int Status, string? ContentType, string? Location, byte[]? Body, string? ETag)
    {
        public IResult AnswerTo(KeyedRequest request) => new StoredAnswer(RequestHash, Status, ContentType, Location, Body, ETag).AnswerTo(request);
    }

    /// <summary>Keeps answers under their keys; one that expired makes room.</summary>
    public static void Keep(this Statements statements, DateTimeOffset now, IReadOnlyList<(KeyedRequest Request, StoredResponse Answer)> given)
    {
        if (given.Count > 0)
        {
            statements.Add(
                $"""
                insert into idempotency_keys as k (caller, key, request_hash, status, content_type, location, body, created_at)
                select caller, key, hash, status, type, location, body, $8
                from unnest($1, $2, $3, $4, $5, $6, $7) as a (caller, key, hash, status, type, location, body)
                {StoredAnswer.ReplaceExpiredSql} $9
                """,
                given.Count,
                given.Select(g => g.Request.Caller).ToArray(),
                given.Select(g => g.Request.Key).ToArray(),
                given.Select(g => g.Request.Hash).ToArray(),
                given.Select(g => g.Answer.Status).ToArray(),
                given.Select(g => g.Answer.ContentType!).ToArray(),
                given.Select(g => g.Answer.Location!).ToArray(),
                given.Select(g => g.Request.Seal(g.Answer.Kept)!).ToArray(),
                now,
                now - Writes.KeptFor
            );
        }
    }
}
