using GroupTherapy.Platform.Data;
using GroupTherapy.Platform.Security;

namespace GroupTherapy.Identity.Storage;

/// <summary>
/// Ten wrong passwords from one place lock that place out of an account for a while, fifty from all unknown places lock those; a browser that has signed in
/// before counts for itself. So others' guesses do not lock the owner out. An attempt is counted before its password is verified: a hundred at once are ten.
/// </summary>
internal static class PasswordAttempts
{
    public const int Most = 10;
    public const int MostEverywhere = 50;
    public static readonly TimeSpan LockedFor = TimeSpan.FromMinutes(15);

    /// <summary>A known browser waits only this long: its owner mistypes, and no other person has it.</summary>
    public static readonly TimeSpan KnownDeviceWaits = TimeSpan.FromMinutes(5);

    private static readonly byte[] Everywhere = [];

    /// <returns>The account whose password may be tried now; null when there is none, it is disabled, or this place is locked out.</returns>
    public static async Task<AttemptRow?> CountAsync(Db db, string normalizedEmail, Origin origin, CancellationToken ct)
    {
        await using var work = await db.BeginAsync(Caller.Anonymous, ct);
        // A crash may lose the last half second of counts. In return a known e-mail costs no disk write that an unknown one would not.
        await work.ExecuteAsync("set local synchronous_commit = off");
        var account = await work.FirstOrDefaultAsync<AttemptRow>(
            $"""
            with who as (
                select id, exists (select 1 from known_devices d where d.account_id = a.id and d.hash = @Device) as known
                from accounts a where normalized_email = @normalizedEmail),
            total as (
                insert into password_attempts as p (account_id, source, failed, since) select id, @Everywhere, 1, @Now from who where not known
                on conflict (account_id, source) do update set
                    failed = case when p.since <= @windowStart then 1 else p.failed + 1 end,
                    since = case when p.since <= @windowStart then @Now else p.since end
                returning failed),
            own as (
                insert into password_attempts as p (account_id, source, failed, since)
                select id, case when known then @Device else @Place end, 1, @Now from who
                on conflict (account_id, source) do update set
                    failed = case when p.locked_until is null then p.failed + 1 else 1 end, since = @Now,
                    locked_until = case when p.locked_until is null and p.failed + 1 >= @Most
                        then case when (select known from who) then @untilKnown else @until end end
                    where p.locked_until is null or p.locked_until <= @Now
                returning account_id, source, locked_until)
            select {AccountStore.Columns}, who.known, own.source, own.locked_until, coalesce((select failed from total), 0) as everywhere
            from accounts join own on own.account_id = accounts.id join who using (id)
            """,
            new
            {
                normalizedEmail,
                Most,
                work.Now,
                origin.Device,
                origin.Place,
                Everywhere,
                windowStart = work.Now - LockedFor,
                until = work.Now + LockedFor,
                untilKnown = work.Now + KnownDeviceWaits,
            });
        await work.CommitAsync(ct);
        return account is { DisabledAt: null } && account.Everywhere <= MostEverywhere ? account : null;
    }

    /// <summary>Resets the count of this place after the right password.</summary>
    /// <param name="rehashed">A hash at today's cost, where the old one was cheaper.</param>
    /// <returns>False when the password was changed meanwhile.</returns>
    public static async Task<bool> ResetAsync(UnitOfWork work, AttemptRow account, string? rehashed)
    {
        if (await work.ExecuteAsync(
            """
            update accounts set password_hash = coalesce(@rehashed, password_hash)
            where id = @Id and password_hash = @PasswordHash and disabled_at is null
            """,
            new { account.Id, account.PasswordHash, rehashed }) != 1)
        {
            return false;
        }

        await ForgetAsync(work, account);
        return true;
    }

    /// <summary>Resets the count of this place after a proof without a password.</summary>
    public static Task ForgetAsync(UnitOfWork work, AttemptRow account) =>
        work.ExecuteAsync("delete from password_attempts where account_id = @Id and source = @Source", new { account.Id, account.Source });
}

/// <summary>Where a request comes from, as far as attempts are counted by it.</summary>
/// <param name="Place">A keyed hash of the address that the gateway names; of nothing where it names none.</param>
/// <param name="Device">Hash of the device cookie; of nothing without one.</param>
internal sealed record Origin(byte[] Place, byte[] Device, string Name);

/// <summary>An account whose password is being tried.</summary>
internal sealed class AttemptRow : AccountRow
{
    /// <summary>This browser has signed in to the account before.</summary>
    public bool Known { get; init; }

    public byte[] Source { get; init; } = [];

    /// <summary>Set by the attempt that was one too many: further ones are not looked at until then.</summary>
    public DateTimeOffset? LockedUntil { get; init; }

    /// <summary>Attempts from unknown places within the last quarter of an hour.</summary>
    public int Everywhere { get; init; }
}
