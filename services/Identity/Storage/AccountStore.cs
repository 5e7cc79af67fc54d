using GroupTherapy.Contracts.Identity;
using GroupTherapy.Contracts.Identity.V1;
using GroupTherapy.Platform.Data;

namespace GroupTherapy.Identity.Storage;

/// <summary>Reads and writes accounts, with the audit entries and events of each change.</summary>
internal static class AccountStore
{
    public const string Columns = "id, email, display_name, password_hash, two_factor_enabled, roles, practices, version";

    public static Task<AccountRow?> ByIdAsync(UnitOfWork work, Guid id) =>
        work.FirstOrDefaultAsync<AccountRow>($"select {Columns} from accounts where id = @id for update", new { id });

    public static Task<AccountRow?> ByEmailAsync(UnitOfWork work, string normalized) =>
        work.FirstOrDefaultAsync<AccountRow>($"select {Columns} from accounts where normalized_email = @normalized for update", new { normalized });

    /// <summary>Makes an account by ASP.NET Core Identity's user manager, with its audit entry and its two events.</summary>
    /// <param name="passwordHash">Null until an invitation is accepted: until then sign-in is impossible.</param>
    /// <returns>The new account, or null when the e-mail is taken.</returns>
    public static async Task<Account?> CreateAsync(
        UnitOfWork work, AccountManagers managers, string email, string displayName, string? passwordHash, string[] roles, string[] practices)
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
            Id = work.NewId(),
            Email = email,
            DisplayName = displayName,
            PasswordHash = passwordHash,
            Roles = roles,
            Practices = practices,
            CreatedAt = work.Now,
        };
        await using var scope = managers.In(work);
        var result = await scope.Manager.CreateAsync(account);
        if (!result.Succeeded)
        {
            throw new InvalidOperationException($"An account was refused: {string.Join(", ", result.Errors.Select(e => e.Code))}");
        }

        await work.AuditAsync("account.registered", account.Id, null, new { roles, practices });
        await work.PublishAsync(new AccountRegistered(account.Id, work.Now));
        await work.PublishAsync(new RolesChanged(account.Id, roles, practices, account.Version, work.Now));
        return account;
    }

    /// <summary>
    /// Sets the whole of an account's roles and practices, with audit entry and event. Open sign-ins must end too: see <c>SignInStore.RevokeAllAsync</c>.
    /// </summary>
    public static async Task ChangeRolesAsync(UnitOfWork work, Guid id, string[] roles, string[] practices)
    {
        var version = await work.FirstOrDefaultAsync<long>(
            "update accounts set roles = @roles, practices = @practices, version = version + 1 where id = @id returning version", new { id, roles, practices });
        await work.AuditAsync("account.roles-changed", id, null, new { roles, practices, version });
        await work.PublishAsync(new RolesChanged(id, roles, practices, version, work.Now));
    }
}

/// <summary>A row of accounts.</summary>
internal sealed class AccountRow
{
    public Guid Id { get; init; }

    public string Email { get; init; } = "";

    public string DisplayName { get; init; } = "";

    public string? PasswordHash { get; init; }

    public bool TwoFactorEnabled { get; init; }

    public string[] Roles { get; init; } = [];

    public string[] Practices { get; init; } = [];

    public long Version { get; init; }
}
