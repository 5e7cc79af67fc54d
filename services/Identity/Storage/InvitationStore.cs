using GroupTherapy.Contracts.Identity;
using GroupTherapy.Platform.Data;

namespace GroupTherapy.Identity.Storage;

/// <summary>Writes invitations, for the endpoint and for the command that invites the first operator.</summary>
internal static class InvitationStore
{
    public static readonly TimeSpan Lifetime = TimeSpan.FromHours(72);

    /// <summary>Facilitators and operators come by invitation only; members register themselves.</summary>
    public static readonly string[] Invitable = [Roles.Facilitator, Roles.Operator];

    /// <summary>
    /// Invites an e-mail into one practice. A new e-mail gets an account without a password; nothing else changes before the invitation is accepted.
    /// A newer invitation of the same practice ends the older; one of another practice is untouched.
    /// </summary>
    /// <param name="inviter">Null for the deployment itself.</param>
    /// <param name="token">For several invitations that one token accepts.</param>
    /// <returns>The account; null when another request registered the e-mail at this moment.</returns>
    public static async Task<Guid?> MakeAsync(
        UnitOfWork work,
        AccountManagers managers,
        string email,
        string displayName,
        string[] roles,
        string practice,
        Guid? inviter,
        string token
    )
    {
        var account =
            (await AccountStore.ByEmailAsync(work, managers.Normalize(email)))?.Id
            ?? (await AccountStore.CreateAsync(work, managers, email, displayName, null, isMember: false))?.Id;
        if (account is not { } id)
        {
            return null;
        }

        var invitation = work.NewId();
        await work.ExecuteAsync(
            """
            delete from invitations where account_id = @id and practice = @practice and used_at is null;
            update mails set over_at = @Now, sealed = null
            where account_id = @id and kind = 'invitation' and practice = @practice and over_at is null;
            insert into invitations (id, hash, account_id, roles, practice, invited_by, created_at, expires_at, email, display_name)
            values (@invitation, @hash, @id, @roles, @practice, @inviter, @Now, @expires, @email, @displayName)
            """,
            new
            {
                invitation,
                hash = OpaqueToken.Hash(token),
                id,
                roles,
                practice,
                inviter,
                work.Now,
                expires = work.Now + Lifetime,
                email,
                displayName,
            }
        );
        work.Audit("account.invited", id, invitation, new { roles, practice });
        return id;
    }

    /// <summary>Ends the open invitations that an operator has made.</summary>
    /// <param name="practice">Everywhere when left out.</param>
    public static Task EndThoseOfAsync(UnitOfWork work, Guid inviter, string? practice = null) =>
        work.ExecuteAsync(
            """
            with ended as (
                delete from invitations where invited_by = @inviter and used_at is null and (@practice::text is null or practice = @practice)
                returning account_id, practice)
            update mails m set over_at = @Now, sealed = null from ended e
            where m.account_id = e.account_id and m.practice = e.practice and m.kind = 'invitation' and m.over_at is null
            """,
            new
            {
                inviter,
                practice,
                work.Now,
            }
        );

    /// <summary>Cancels the open invitation of an account into a practice.</summary>
    public static async Task<int> CancelAsync(UnitOfWork work, Guid account, string practice)
    {
        var cancelled = await work.QueryAsync<Guid>(
            "delete from invitations where account_id = @account and practice = @practice and used_at is null returning id",
            new { account, practice }
        );
        await work.ExecuteAsync(
            "update mails set over_at = @Now, sealed = null where account_id = @account and kind = 'invitation' and practice = @practice and over_at is null",
            new
            {
                account,
                practice,
                work.Now,
            }
        );
        foreach (var id in cancelled)
        {
            work.Audit("account.invitation-cancelled", account, id, new { practice });
        }

        return cancelled.Count;
    }

    /// <summary>Uses the open invitations of a token.</summary>
    public static async Task<IReadOnlyList<AcceptedInvitation>> UseAsync(UnitOfWork work, byte[] hash) =>
        await work.QueryAsync<AcceptedInvitation>(
            """
            update invitations set used_at = @Now where hash = @hash and used_at is null and expires_at > @Now
            returning id, roles, practice, invited_by
            """,
            new { work.Now, hash }
        );
}

/// <summary>The memberships that an accepted invitation gives.</summary>
internal sealed record AcceptedInvitation(Guid Id, string[] Roles, string Practice, Guid? InvitedBy);
