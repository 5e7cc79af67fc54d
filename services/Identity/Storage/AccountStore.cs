using System.Security.Cryptography;
using GroupTherapy.Contracts.Identity;
using GroupTherapy.Contracts.Identity.V1;
using GroupTherapy.Platform.Data;

namespace GroupTherapy.Identity.Storage;

/// <summary>Reads and writes accounts, with the audit entries and events of each change.</summary>
internal static class AccountStore
{
    /// <summary>Of a row of <c>accounts</c>; memberships are <c>role@practice</c>, sorted.</summary>
    public const string Columns =
        "id, email, display_name, password_hash, two_factor_enabled, is_member, version, email_confirmed_at, disabled_at, totp_key, totp_step, language, "
        + "exists (select 1 from passkeys p where p.account_id = accounts.id) as has_passkey, "
        + "array(select m.role || '@' || m.practice from memberships m where m.account_id = accounts.id order by 1) as memberships";

    public static Task<AccountRow?> ByIdAsync(UnitOfWork work, Guid id) =>
        work.FirstOrDefaultAsync<AccountRow>($"select {Columns} from accounts where id = @id for update", new { id });

    // Not time-ordered, as ids otherwise are: an inviter must not see from the id that the address had an account before.
    private static Guid RandomId()
    {
        var bytes = RandomNumberGenerator.GetBytes(16);
        (bytes[6], bytes[8]) = ((byte)((bytes[6] & 0x0F) | 0x40), (byte)((bytes[8] & 0x3F) | 0x80));
        return new Guid(bytes, bigEndian: true);
    }

    public static Task<AccountRow?> ByEmailAsync(UnitOfWork work, string normalized) =>
        work.FirstOrDefaultAsync<AccountRow>($"select {Columns} from accounts where normalized_email = @normalized for update", new { normalized });

    /// <summary>Makes an account by ASP.NET Core Identity's user manager, with its audit entry and its two events.</summary>
    /// <param name="passwordHash">Null until an invitation is accepted: until then sign-in is impossible.</param>
    /// <returns>The new account, or null when the e-mail is taken.</returns>
    public static async Task<Account?> CreateAsync(
        UnitOfWork work,
        AccountManagers managers,
        string email,
        string displayName,
        string? passwordHash,
        bool isMember
    )
    {
        // Checked under a lock and not by violating the unique index: the database logs the key of a violation, and that is an address.
        var normalized = managers.Normalize(email);
        await work.ExecuteAsync("select pg_advisory_xact_lock(hashtextextended(@normalized, 0))", new { normalized });
        if (await ByEmailAsync(work, normalized) is not null)
        {
            return null;
        }

        var account = new Account
        {
            Id = RandomId(),
            Email = email,
            DisplayName = displayName,
            PasswordHash = passwordHash,
            IsMember = isMember,
            CreatedAt = work.Now,
        };
        await using var scope = managers.In(work);
        var result = await scope.Manager.CreateAsync(account);
        if (!result.Succeeded)
        {
            throw new InvalidOperationException($"An account was refused: {string.Join(", ", result.Errors.Select(e => e.Code))}");
        }

        work.Audit("account.registered", account.Id, null, new { isMember });
        work.Publish(new AccountRegistered(account.Id, work.Now));
        if (isMember)
        {
            work.Publish(new RolesChanged(account.Id, [Roles.Member], [], account.Version, work.Now, []));
        }

        return account;
    }

    /// <summary>Sets a new password and forgets the failed attempts. Mails with a link for another new password end.</summary>
    public static async Task ChangePasswordAsync(UnitOfWork work, Guid id, string hash)
    {
        await work.ExecuteAsync(
            """
            update accounts set password_hash = @hash, security_stamp = @stamp where id = @id;
            delete from password_attempts where account_id = @id
            """,
            new
            {
                id,
                hash,
                stamp = OpaqueToken.New(),
            }
        );
        await MailStore.EndAsync(work, id, [MailKinds.PasswordReset]);
        work.Audit("password.changed", id);
    }

    /// <summary>Moves the account to another address, which has been proven.</summary>
    /// <returns>False when the address belongs to an account by now.</returns>
    public static async Task<bool> ChangeEmailAsync(UnitOfWork work, AccountManagers managers, Guid id, string email)
    {
        var normalized = managers.Normalize(email);
        await work.ExecuteAsync("select pg_advisory_xact_lock(hashtextextended(@normalized, 0))", new { normalized });
        if (await ByEmailAsync(work, normalized) is { } other && other.Id != id)
        {
            return false;
        }

        await work.ExecuteAsync(
            "update accounts set email = @email, normalized_email = @normalized, email_confirmed_at = @Now, version = version + 1 where id = @id",
            new
            {
                id,
                email,
                normalized,
                work.Now,
            }
        );
        work.Audit("account.email-changed", id);
        return true;
    }

    /// <summary>Gives roles in one practice, with audit entry and event. Open sign-ins must end too: see <c>SignInStore.RevokeAllAsync</c>.</summary>
    /// <param name="since">Now when left out.</param>
    /// <param name="invitedBy">The operator who invited; null for the deployment itself.</param>
    public static async Task AddMembershipsAsync(UnitOfWork work, Guid id, string practice, string[] roles, Guid? invitedBy, DateTimeOffset? since = null)
    {
        await work.ExecuteAsync(
            """
            insert into memberships (account_id, practice, role, since, invited_by) select @id, @practice, r, @since, @invitedBy from unnest(@roles) r
            on conflict do nothing
            """,
            new
            {
                id,
                practice,
                roles,
                since = since ?? work.Now,
                invitedBy,
            }
        );
        await AnnounceRolesAsync(work, id, new { practice, added = roles });
    }

    /// <summary>Takes roles in one practice away, with audit entry and event, and ends the invitations that the account sent for it as an operator.</summary>
    /// <returns>False when it held none of them.</returns>
    public static async Task<bool> RemoveMembershipsAsync(UnitOfWork work, Guid id, string practice, string[] roles)
    {
        var removed = await work.QueryAsync<string>(
            "delete from memberships where account_id = @id and practice = @practice and role = any(@roles) returning role",
            new
            {
                id,
                practice,
                roles,
            }
        );
        if (removed.Count == 0)
        {
            return false;
        }

        if (removed.Contains(Roles.Operator))
        {
            await InvitationStore.EndThoseOfAsync(work, id, practice);
        }

        await AnnounceRolesAsync(work, id, new { practice, removed = removed.Order(StringComparer.Ordinal) });
        return true;
    }

    /// <summary>Tells the account's roles as they are now.</summary>
    private static async Task AnnounceRolesAsync(UnitOfWork work, Guid id, object change)
    {
        var account = (
            await work.FirstOrDefaultAsync<AccountRow>($"update accounts set version = version + 1 where id = @id returning {Columns}", new { id })
        )!;
        work.Audit("account.roles-changed", id, null, change);
        work.Publish(new RolesChanged(id, account.Roles, account.Practices, account.Version, work.Now, account.ByPractice));
    }
}

/// <summary>A row of accounts.</summary>
internal class AccountRow
{
    public Guid Id { get; init; }

    public string Email { get; init; } = "";

    public string DisplayName { get; init; } = "";

    public string? PasswordHash { get; init; }

    /// <summary>An authenticator's codes are asked for.</summary>
    public bool TwoFactorEnabled { get; init; }

    public bool HasPasskey { get; init; }

    public bool SecondFactor => TwoFactorEnabled || HasPasskey;

    /// <summary>The key that the authenticator shares, sealed.</summary>
    public byte[]? TotpKey { get; init; }

    /// <summary>The half minute of the last code that was taken: no code counts twice.</summary>
    public long TotpStep { get; init; }

    public DateTimeOffset? EmailConfirmedAt { get; init; }

    public DateTimeOffset? DisabledAt { get; init; }

    /// <summary>In which mails are written: <c>en</c> or <c>es</c>.</summary>
    public string Language { get; init; } = "en";

    public bool IsMember { get; init; }

    /// <summary>Each <c>role@practice</c>.</summary>
    public string[] Memberships { get; init; } = [];

    public long Version { get; init; }

    public Membership[] ByPractice =>
        [
            .. Memberships
                .Select(m => m.Split('@'))
                .GroupBy(m => m[1], m => m[0])
                .OrderBy(g => g.Key, StringComparer.Ordinal)
                .Select(g => new Membership(g.Key, [.. g])),
        ];

    /// <summary>Every role held anywhere.</summary>
    public string[] Roles =>
        [.. ByPractice.SelectMany(m => m.Roles).Concat(IsMember ? [Contracts.Identity.Roles.Member] : []).Distinct().Order(StringComparer.Ordinal)];

    public string[] PracticesAs(string role) => [.. ByPractice.Where(m => m.Roles.Contains(role)).Select(m => m.Practice)];

    public string[] Practices => [.. ByPractice.Select(m => m.Practice)];
}
