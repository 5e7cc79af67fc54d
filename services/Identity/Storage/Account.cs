using Microsoft.AspNetCore.Identity;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;

namespace GroupTherapy.Identity.Storage;

/// <summary>A person's account, as ASP.NET Core Identity stores it.</summary>
public sealed class Account : IdentityUser<Guid>
{
    public required string DisplayName { get; set; }

    /// <summary>Takes part in groups; work for a practice is a membership.</summary>
    public bool IsMember { get; set; }

    /// <summary>Grows with every change of roles; <c>RolesChanged</c> carries it.</summary>
    public long Version { get; set; } = 1;

    public DateTimeOffset CreatedAt { get; set; }
}

/// <summary>Maps <see cref="Account"/> onto the table that our migration made. The schema is SQL; nothing here creates any.</summary>
public sealed class AccountsDb(DbContextOptions<AccountsDb> options) : DbContext(options)
{
    protected override void OnModelCreating(ModelBuilder modelBuilder)
    {
        modelBuilder.Entity<Account>(MapAccount);
        modelBuilder.Entity<IdentityUserPasskey<Guid>>(passkey =>
        {
            passkey.ToTable("passkeys").HasKey(p => p.CredentialId);
            passkey.Property(p => p.CredentialId).HasColumnName("credential_id");
            passkey.Property(p => p.UserId).HasColumnName("account_id");
            passkey.OwnsOne(p => p.Data).ToJson("data");
        });
    }

    private static void MapAccount(EntityTypeBuilder<Account> account)
    {
        account.ToTable("accounts").HasKey(a => a.Id);
        account.Property(a => a.Id).HasColumnName("id").ValueGeneratedNever();
        account.Property(a => a.Email).HasColumnName("email");
        account.Property(a => a.NormalizedEmail).HasColumnName("normalized_email");
        account.Property(a => a.DisplayName).HasColumnName("display_name");
        account.Property(a => a.PasswordHash).HasColumnName("password_hash");
        account.Property(a => a.SecurityStamp).HasColumnName("security_stamp");
        account.Property(a => a.ConcurrencyStamp).HasColumnName("concurrency_stamp").IsConcurrencyToken();
        account.Property(a => a.TwoFactorEnabled).HasColumnName("two_factor_enabled");
        account.Property(a => a.IsMember).HasColumnName("is_member");
        account.Property(a => a.Version).HasColumnName("version");
        account.Property(a => a.CreatedAt).HasColumnName("created_at");

        // People sign in by e-mail; the others repeat it, are kept elsewhere, or are not needed.
        account
            .Ignore(a => a.UserName)
            .Ignore(a => a.NormalizedUserName)
            .Ignore(a => a.EmailConfirmed)
            .Ignore(a => a.PhoneNumber)
            .Ignore(a => a.PhoneNumberConfirmed)
            .Ignore(a => a.LockoutEnabled)
            .Ignore(a => a.LockoutEnd)
            .Ignore(a => a.AccessFailedCount);
    }
}
