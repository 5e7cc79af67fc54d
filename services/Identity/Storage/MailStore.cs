using System.Text;
using GroupTherapy.Contracts.Identity;
using GroupTherapy.Contracts.Identity.V1;
using GroupTherapy.Platform.Data;

namespace GroupTherapy.Identity.Storage;

/// <summary>
/// Mails about accounts and the single-use tokens in them. A mail and its event commit with the change it reports; links are built from the configured public
/// address, never from a request.
/// </summary>
internal sealed class MailStore(SecretVault vault, IConfiguration configuration)
{
    /// <summary>More of one kind within an hour are not sent: a stranger cannot flood a mailbox.</summary>
    public const int MostAnHour = 5;

    private readonly string _site = (configuration["Public:Url"] ?? configuration["Gateway:Address"] ?? "http://127.0.0.1:8080").TrimEnd('/');

    public static TimeSpan LifetimeOf(string kind) =>
        kind switch
        {
            MailKinds.PasswordReset => TimeSpan.FromHours(1),
            MailKinds.Invitation => InvitationStore.Lifetime,
            _ => TimeSpan.FromHours(24),
        };

    /// <summary>Asks for a mail. A token makes those of the same kind before it void.</summary>
    /// <param name="to">The account's own address when left out.</param>
    /// <param name="token">For kinds with a link of their own.</param>
    /// <returns>False when there were too many within the hour.</returns>
    public async Task<bool> RequestAsync(
        UnitOfWork work,
        string kind,
        AccountRow account,
        string? to = null,
        string? token = null,
        string? practice = null,
        string? language = null
    )
    {
        if (
            await work.FirstOrDefaultAsync<long>(
                "select count(*) from mails where account_id = @Id and kind = @kind and created_at > @from and practice is not distinct from @practice",
                new
                {
                    account.Id,
                    kind,
                    practice,
                    from = work.Now.AddHours(-1),
                }
            ) >= MostAnHour
        )
        {
            return false;
        }

        if (token is not null && kind != MailKinds.Invitation)
        {
            await EndAsync(work, account.Id, [kind]);
        }

        var id = work.NewId();
        await work.ExecuteAsync(
            """
            insert into mails (id, kind, account_id, address, language, practice, hash, sealed, created_at, expires_at)
            values (@id, @kind, @Account, @address, @tongue, @practice, @hash, @box, @Now, @expires)
            """,
            new
            {
                id,
                kind,
                Account = account.Id,
                address = to ?? account.Email,
                tongue = language ?? account.Language,
                practice,
                hash = token is null ? null : OpaqueToken.Hash(token),
                box = token is null ? null : vault.Seal($"mail:{id}", Encoding.UTF8.GetBytes(token)),
                work.Now,
                expires = work.Now + LifetimeOf(kind),
            }
        );
        // The account may work for another practice, whose operators have nothing to do with this mail.
        work.Audit("mail.requested", account.Id, id, practice is null ? (object)new { kind } : new { kind, practice });
        work.Publish(new MailRequested(id, kind));
        return true;
    }

    /// <summary>Uses a token; a second use finds nothing.</summary>
    public static Task<MailRow?> UseAsync(UnitOfWork work, string token, params string[] kinds) =>
        work.FirstOrDefaultAsync<MailRow>(
            """
            update mails set over_at = @Now, sealed = null where hash = @hash and kind = any(@kinds) and over_at is null and expires_at > @Now
            returning id, kind, account_id, address, language, practice, expires_at
            """,
            new
            {
                hash = OpaqueToken.Hash(token),
                kinds,
                work.Now,
            }
        );

    /// <summary>Makes the open tokens of these kinds void.</summary>
    public static Task EndAsync(UnitOfWork work, Guid account, string[] kinds) =>
        work.ExecuteAsync(
            "update mails set over_at = @Now, sealed = null where account_id = @account and kind = any(@kinds) and hash is not null and over_at is null",
            new
            {
                account,
                kinds,
                work.Now,
            }
        );

    /// <summary>The page that the mail leads to. The token stands after <c>#</c>, which no browser sends to a server.</summary>
    /// <returns>Null when the token cannot be read any more.</returns>
    public string? LinkOf(MailRow mail)
    {
        var page = mail.Kind switch
        {
            MailKinds.Invitation => "invitation",
            MailKinds.PasswordReset => "reset-password",
            MailKinds.ConfirmEmail or MailKinds.EmailChange when mail.Sealed is not null => "confirm-email",
            _ => "security",
        };
        if (mail.Hash is null)
        {
            return $"{_site}/account/{page}";
        }

        return mail.Sealed is { } box && vault.Open($"mail:{mail.Id}", box) is { } token ? $"{_site}/account/{page}#{Encoding.UTF8.GetString(token)}" : null;
    }
}

/// <summary>A row of mails.</summary>
internal sealed class MailRow
{
    public const string Columns = "id, kind, account_id, address, language, practice, hash, sealed, expires_at";

    public Guid Id { get; init; }

    public string Kind { get; init; } = "";

    public Guid AccountId { get; init; }

    public string Address { get; init; } = "";

    public string Language { get; init; } = "";

    public string? Practice { get; init; }

    public byte[]? Hash { get; init; }

    public byte[]? Sealed { get; init; }

    public DateTimeOffset ExpiresAt { get; init; }
}
