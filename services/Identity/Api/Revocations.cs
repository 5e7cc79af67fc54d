using GroupTherapy.Platform.Data;
using GroupTherapy.Platform.Time;
using GroupTherapy.Platform.Web;

namespace GroupTherapy.Identity.Api;

/// <summary>
/// <c>GET /internal/revocations?after=</c>: revoked sign-ins whose tokens could still be valid. The gateway asks every two seconds, so that
/// a sign-out counts with the broker down. Ids only.
/// </summary>
public static class Revocations
{
    /// <summary>A revocation carries the instant at which its transaction began and is seen when that committed: look back further than any takes.</summary>
    private static readonly TimeSpan Overlap = TimeSpan.FromMinutes(1);

    /// <param name="AsOf">The value for <c>after</c> in the next request.</param>
    public sealed record RevocationList(DateTimeOffset AsOf, IReadOnlyList<RevokedSignIn> Items);

    public sealed record RevokedSignIn(Guid SignInId, DateTimeOffset EndsAt);

    public static void MapRevocations(this IEndpointRouteBuilder app) => app.MapGet("/internal/revocations", HandleAsync).ForAnyone().ExcludeFromDescription();

    private static async Task<IResult> HandleAsync(DateTimeOffset? after, Db db, CancellationToken ct)
    {
        var now = db.Clock.GetUtcNow();
        var since = after is { } from && from > DateTimeOffset.UnixEpoch ? from - Overlap : DateTimeOffset.UnixEpoch;
        var items = await db.QueryAsync<RevokedSignIn>(
            "select id as sign_in_id, ends_at from sign_ins where revoked_at >= @since and ends_at > @now order by revoked_at",
            new { since, now },
            ct
        );
        return TypedResults.Ok(new RevocationList(now.ToMicroseconds(), items));
    }
}
