using GroupTherapy.Contracts.Identity.V1;
using GroupTherapy.Identity.Domain;
using GroupTherapy.Platform.Data;

namespace GroupTherapy.Identity.Storage;

/// <summary>Reads and writes sign-ins and refresh tokens.</summary>
internal static class SignInStore
{
    public static async Task<SignInRow> StartAsync(UnitOfWork work, Guid account, bool byCookie)
    {
        var signIn = new SignInRow { Id = work.NewId(), AccountId = account, ByCookie = byCookie, EndsAt = work.Now + SignInRules.Lifetime };
        await work.ExecuteAsync(
            "insert into sign_ins (id, account_id, by_cookie, started_at, ends_at) values (@Id, @AccountId, @ByCookie, @Now, @EndsAt)",
            new { signIn.Id, signIn.AccountId, signIn.ByCookie, work.Now, signIn.EndsAt });
        work.Schedule(ScheduledWork.RemoveSignIn, signIn.Id.ToString(), signIn.EndsAt + ScheduledWork.KeptFor);
        await work.AuditAsync("sign-in.started", account, signIn.Id, new { byCookie });
        return signIn;
    }

    public static async Task<string> AddRefreshTokenAsync(UnitOfWork work, Guid signIn)
    {
        var token = OpaqueToken.New();
        await work.ExecuteAsync(
            "insert into refresh_tokens (hash, sign_in_id, issued_at) values (@hash, @signIn, @Now)", new { hash = OpaqueToken.Hash(token), signIn, work.Now });
        return token;
    }

    /// <summary>Ends a sign-in before its time, with audit entry and event; nothing when it has ended already.</summary>
    /// <param name="why">A code: <c>signed-out</c>, <c>refresh-replayed</c>, <c>roles-changed</c>.</param>
    public static async Task RevokeAsync(UnitOfWork work, Guid signIn, string why) =>
        await AnnounceAsync(work, why, await work.QueryAsync<SignInRow>(
            "update sign_ins set revoked_at = @Now where id = @signIn and revoked_at is null and ends_at > @Now returning id, account_id, by_cookie, ends_at",
            new { signIn, work.Now }));

    /// <summary>Ends every open sign-in of an account.</summary>
    public static async Task RevokeAllAsync(UnitOfWork work, Guid account, string why) =>
        await AnnounceAsync(work, why, await work.QueryAsync<SignInRow>(
            """
            update sign_ins set revoked_at = @Now where account_id = @account and revoked_at is null and ends_at > @Now
            returning id, account_id, by_cookie, ends_at
            """,
            new { account, work.Now }));

    private static async Task AnnounceAsync(UnitOfWork work, string why, IReadOnlyList<SignInRow> ended)
    {
        foreach (var signIn in ended)
        {
            await work.AuditAsync("sign-in.revoked", signIn.AccountId, signIn.Id, new { why });
            await work.PublishAsync(new SessionRevoked(signIn.Id, signIn.AccountId, work.Now));
        }
    }
}

/// <summary>A row of sign_ins.</summary>
internal sealed class SignInRow
{
    public Guid Id { get; init; }

    public Guid AccountId { get; init; }

    public bool ByCookie { get; init; }

    public DateTimeOffset EndsAt { get; init; }

    public DateTimeOffset? RevokedAt { get; init; }

    public bool IsOpen(DateTimeOffset now) => RevokedAt is null && EndsAt > now;
}
