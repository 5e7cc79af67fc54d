using GroupTherapy.Platform.Data;
using GroupTherapy.Platform.Security;

namespace GroupTherapy.Identity.Storage;

/// <summary>
/// Ten wrong passwords in a row lock an account for a while. An attempt is counted before its password is verified, so that many at once are not
/// more than ten; a right password resets the count. A locked account answers like a wrong password.
/// </summary>
internal static class PasswordAttempts
{
    public const int Most = 10;
    public static readonly TimeSpan LockedFor = TimeSpan.FromMinutes(15);

    /// <returns>The account whose password may be tried now; null when there is none or it is locked.</returns>
    public static async Task<AccountRow?> CountAsync(Db db, string normalizedEmail, CancellationToken ct)
    {
        await using var work = await db.BeginAsync(Caller.Anonymous, ct);
        // A crash may lose the last half second of counts. In return a known e-mail costs no disk write that an unknown one would not.
        await work.ExecuteAsync("set local synchronous_commit = off");
        var account = await work.FirstOrDefaultAsync<AccountRow>(
            $"""
            update accounts set
                failed_sign_ins = case when locked_until is null then failed_sign_ins + 1 else 1 end,
                locked_until = case when locked_until is null and failed_sign_ins + 1 >= @Most then @until end
            where normalized_email = @normalizedEmail and (locked_until is null or locked_until <= @Now)
            returning {AccountStore.Columns}
            """, new { normalizedEmail, Most, work.Now, until = work.Now + LockedFor });
        await work.CommitAsync(ct);
        return account;
    }

    /// <summary>Resets the count after the right password.</summary>
    /// <param name="rehashed">A hash at today's cost, where the old one was cheaper.</param>
    public static async Task<bool> ResetAsync(UnitOfWork work, AccountRow account, string? rehashed) =>
        await work.ExecuteAsync(
            """
            update accounts set failed_sign_ins = 0, locked_until = null, password_hash = coalesce(@rehashed, password_hash)
            where id = @Id and password_hash = @PasswordHash
            """,
            new { account.Id, account.PasswordHash, rehashed }) == 1;
}
