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
    /// An account waiting for its password, with the invitation that lets its owner set one. An e-mail without a password yet gets a new invitation and
    /// loses the old one; an account with a password stays as it is until its owner accepts.
    /// </summary>
    /// <returns>The account and the token; null when another request registered the e-mail at this moment.</returns>
    public static async Task<(Guid Account, string Token)?> MakeAsync(
        UnitOfWork work, AccountManagers managers, string email, string displayName, string[] roles, string[] practices, Guid? inviter)
    {
        var known = await AccountStore.ByEmailAsync(work, managers.Normalize(email));
        var account = known?.Id;
        if (known is { PasswordHash: null })
        {
            await AccountStore.ChangeRolesAsync(work, known.Id, Union(known.Roles, roles), Union(known.Practices, practices));
        }
        else if (known is null)
        {
            account = (await AccountStore.CreateAsync(work, managers, email, displayName, null, roles, practices))?.Id;
        }

        if (account is not { } id)
        {
            return null;
        }

        var token = OpaqueToken.New();
        var invitation = work.NewId();
        await work.ExecuteAsync(
            """
            delete from invitations where account_id = @id and used_at is null;
            insert into invitations (id, hash, account_id, roles, practices, invited_by, created_at, expires_at)
            values (@invitation, @hash, @id, @roles, @practices, @inviter, @Now, @expires)
            """, new { invitation, hash = OpaqueToken.Hash(token), id, roles, practices, inviter, work.Now, expires = work.Now + Lifetime });
        work.Schedule(ScheduledWork.RemoveInvitation, invitation.ToString(), work.Now + Lifetime + ScheduledWork.KeptFor);
        await work.AuditAsync("account.invited", id, invitation, new { roles, practices });
        return (id, token);
    }

    public static string[] Union(string[] had, string[] gets) => [.. had.Union(gets, StringComparer.Ordinal)];
}
