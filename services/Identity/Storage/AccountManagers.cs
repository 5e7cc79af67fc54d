using GroupTherapy.Identity.Domain;
using GroupTherapy.Platform.Data;
using Microsoft.AspNetCore.Identity;
using Microsoft.AspNetCore.Identity.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Options;

namespace GroupTherapy.Identity.Storage;

/// <summary>ASP.NET Core Identity's user manager on the connection and in the transaction of a unit of work, so that both commit together.</summary>
public sealed class AccountManagers(
    IPasswordHasher<Account> hasher,
    ILookupNormalizer normalizer,
    IOptions<IdentityOptions> options,
    IServiceProvider services,
    ILoggerFactory log
)
{
    /// <summary>OWASP's figure for PBKDF2 with HMAC-SHA-512 (Password Storage Cheat Sheet, 2023).</summary>
    public const int HashIterations = 210_000;

    public AccountScope In(UnitOfWork work)
    {
        var db = new AccountsDb(new DbContextOptionsBuilder<AccountsDb>().UseNpgsql(work.Connection).Options);
        db.Database.UseTransaction(work.Transaction);
        var manager = new UserManager<Account>(
            new UserOnlyStore<Account, AccountsDb, Guid, IdentityUserClaim<Guid>, IdentityUserLogin<Guid>, IdentityUserToken<Guid>, IdentityUserPasskey<Guid>>(
                db
            ),
            options,
            hasher,
            [],
            [new PasswordValidator()],
            normalizer,
            new IdentityErrorDescriber(),
            services,
            log.CreateLogger<UserManager<Account>>()
        );
        return new AccountScope(db, manager);
    }

    /// <summary>The form in which e-mail addresses are compared.</summary>
    public string Normalize(string email) => normalizer.NormalizeEmail(email.Trim())!;

    private sealed class PasswordValidator : IPasswordValidator<Account>
    {
        public Task<IdentityResult> ValidateAsync(UserManager<Account> manager, Account user, string? password) =>
            Task.FromResult(
                PasswordRules.Fault(password, user.Email, user.DisplayName) is { } fault
                    ? IdentityResult.Failed(new IdentityError { Code = "password", Description = fault })
                    : IdentityResult.Success
            );
    }
}

/// <summary>A user manager that lives as long as one use case.</summary>
public sealed class AccountScope(AccountsDb db, UserManager<Account> manager) : IAsyncDisposable
{
    public UserManager<Account> Manager => manager;

    public async ValueTask DisposeAsync()
    {
        manager.Dispose();
        await db.DisposeAsync();
    }
}

internal static class AccountSetup
{
    public static void AddAccounts(this WebApplicationBuilder builder)
    {
        builder.Services.Configure<PasswordHasherOptions>(o => o.IterationCount = AccountManagers.HashIterations);
        builder.Services.AddOptions<IdentityOptions>();
        builder.Services.AddSingleton<IPasswordHasher<Account>, PasswordHasher<Account>>();
        builder.Services.AddSingleton<ILookupNormalizer, UpperInvariantLookupNormalizer>();
        builder.Services.AddSingleton<AccountManagers>();
        builder.Services.AddSingleton<PasswordVerifier>();
        builder.Services.AddSingleton<MailStore>();
        builder.Services.AddSingleton<SecondFactors>();
        builder.Services.AddSingleton(AccountPolicy.Read(builder.Configuration, builder.Environment.IsProduction()));
    }
}
