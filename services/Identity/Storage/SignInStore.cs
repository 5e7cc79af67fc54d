using GroupTherapy.Contracts.Identity.V1;
using GroupTherapy.Platform.Data;

namespace GroupTherapy.Identity.Storage;

/// <summary>Reads and writes sign-ins and refresh tokens.</summary>
internal static class SignInStore
{
    private const string Columns = "id, account_id, by_cookie, started_at, ends_at, revoked_at, methods, authenticated_at, last_used_at, device";

    /// <param name="methods">How the person proved themselves (<c>amr</c>, RFC 8176).</param>
    /// <param name="device">See <see cref="Domain.DeviceNames"/>.</param>
    public static async Task<SignInRow> StartAsync(UnitOfWork work, Guid account, bool byCookie, string[] methods, string device, TimeSpan lifetime)
    {
        var signIn = new SignInRow
        {
            Id = work.NewId(),
            AccountId = account,
            ByCookie = byCookie,
            StartedAt = work.Now,
            EndsAt = work.Now + lifetime,
            Methods = methods,
            AuthenticatedAt = work.Now,
            LastUsedAt = work.Now,
            Device = device,
        };
        await work.ExecuteAsync(
            """
            insert into sign_ins (id, account_id, by_cookie, started_at, ends_at, methods, authenticated_at, last_used_at, device)
            values (@Id, @AccountId, @ByCookie, @StartedAt, @EndsAt, @Methods, @AuthenticatedAt, @LastUsedAt, @Device)
            """,
            signIn
        );
        work.Audit("sign-in.started", account, signIn.Id, new { byCookie, methods });
        return signIn;
    }

    public static async Task<string> AddRefreshTokenAsync(UnitOfWork work, Guid signIn)
    {
        var token = OpaqueToken.New();
        await work.ExecuteAsync(
            "insert into refresh_tokens (hash, sign_in_id, issued_at) values (@hash, @signIn, @Now)",
            new
            {
                hash = OpaqueToken.Hash(token),
                signIn,
                work.Now,
            }
        );
        return token;
    }

    /// <summary>An open sign-in, locked for this unit of work.</summary>
    public static async Task<SignInRow?> OpenAsync(UnitOfWork work, Guid id) =>
        await work.FirstOrDefaultAsync<SignInRow>($"select {Columns} from sign_ins where id = @id for update", new { id }) is { } row && row.IsOpen(work.Now)
            ? row
            : null;

    /// <summary>Notes that the sign-in is in use.</summary>
    public static Task TouchAsync(UnitOfWork work, Guid id) =>
        work.ExecuteAsync("update sign_ins set last_used_at = @Now where id = @id", new { id, work.Now });

    /// <summary>The person proved themselves again within the sign-in.</summary>
    /// <param name="anew">False for a second step alone: it adds to the first proof and does not make it younger.</param>
    public static async Task<SignInRow> StepUpAsync(UnitOfWork work, SignInRow signIn, string[] methods, bool anew = true)
    {
        var row = (
            await work.FirstOrDefaultAsync<SignInRow>(
                $"update sign_ins set methods = @methods, authenticated_at = @at, last_used_at = @Now where id = @Id returning {Columns}",
                new
                {
                    signIn.Id,
                    methods,
                    at = anew ? work.Now : signIn.AuthenticatedAt,
                    work.Now,
                }
            )
        )!;
        work.Audit("sign-in.stepped-up", signIn.AccountId, signIn.Id, new { methods });
        return row;
    }

    /// <summary>Open sign-ins of an account, the last used first.</summary>
    public static Task<IReadOnlyList<SignInRow>> ListAsync(Db db, Guid account, CancellationToken ct) =>
        db.QueryAsync<SignInRow>(
            $"select {Columns} from sign_ins where account_id = @account and revoked_at is null and ends_at > @now order by last_used_at desc, id desc",
            new { account, now = db.Clock.GetUtcNow() },
            ct
        );

    /// <summary>Ends a sign-in before its time, with audit entry and event; nothing when it has ended already.</summary>
    /// <param name="why">A code: <c>signed-out</c>, <c>refresh-replayed</c>, <c>idle</c>, <c>ended-elsewhere</c>.</param>
    /// <param name="account">The account it must belong to; any account when left out.</param>
    /// <returns>False when there was none to end.</returns>
    public static async Task<bool> RevokeAsync(UnitOfWork work, Guid signIn, string why, Guid? account = null)
    {
        var ended = await work.QueryAsync<SignInRow>(
            $"""
            update sign_ins set revoked_at = @Now
            where id = @signIn and revoked_at is null and ends_at > @Now and (@account::uuid is null or account_id = @account) returning {Columns}
            """,
            new
            {
                signIn,
                work.Now,
                account,
            }
        );
        await AnnounceAsync(work, why, ended);
        return ended.Count > 0;
    }

    /// <summary>Ends every open sign-in of an account.</summary>
    /// <param name="why">A code: <c>roles-changed</c>, <c>password-changed</c>, <c>account-disabled</c>, <c>ended-elsewhere</c>.</param>
    /// <param name="but">One that stays.</param>
    public static async Task RevokeAllAsync(UnitOfWork work, Guid account, string why, Guid? but = null) =>
        await AnnounceAsync(
            work,
            why,
            await work.QueryAsync<SignInRow>(
                $"""
                update sign_ins set revoked_at = @Now
                where account_id = @account and revoked_at is null and ends_at > @Now and (@but::uuid is null or id <> @but) returning {Columns}
                """,
                new
                {
                    account,
                    work.Now,
                    but,
                }
            )
        );

    private static async Task AnnounceAsync(UnitOfWork work, string why, IReadOnlyList<SignInRow> ended)
    {
        foreach (var signIn in ended)
        {
            work.Audit("sign-in.revoked", signIn.AccountId, signIn.Id, new { why });
            work.Publish(new SessionRevoked(signIn.Id, signIn.AccountId, work.Now));
        }
    }
}

/// <summary>A row of sign_ins.</summary>
internal sealed class SignInRow
{
    public Guid Id { get; init; }

    public Guid AccountId { get; init; }

    public bool ByCookie { get; init; }

    public DateTimeOffset StartedAt { get; init; }

    public DateTimeOffset EndsAt { get; init; }

    public DateTimeOffset? RevokedAt { get; init; }

    /// <summary>How the person proved themselves (RFC 8176): <c>pwd</c>, <c>otp</c>, <c>pop</c>; <c>mfa</c> beside them for two factors.</summary>
    public string[] Methods { get; init; } = [];

    /// <summary>When the person last proved themselves.</summary>
    public DateTimeOffset AuthenticatedAt { get; init; }

    public DateTimeOffset LastUsedAt { get; init; }

    public string Device { get; init; } = "";

    public bool IsOpen(DateTimeOffset now) => RevokedAt is null && EndsAt > now;
}
