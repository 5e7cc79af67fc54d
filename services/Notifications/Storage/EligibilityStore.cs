using GroupTherapy.Notifications.Domain;
using GroupTherapy.Platform.Data;

namespace GroupTherapy.Notifications.Storage;

/// <summary>What Enrollment says about a member's coming sessions and seat, as far as mails depend on it.</summary>
public static class EligibilityStore
{
    /// <summary>Saves a newer answer for one coming session.</summary>
    /// <returns>False for an older one.</returns>
    public static async Task<bool> SaveAsync(UnitOfWork work, Guid enrollment, Guid session, Guid member, bool letsIn, long version) =>
        await work.ExecuteAsync(
            """
            insert into eligibility as e (enrollment_id, session_id, member_id, lets_in, version) values (@enrollment, @session, @member, @letsIn, @version)
            on conflict (enrollment_id, session_id) do update set lets_in = excluded.lets_in, version = excluded.version where e.version < excluded.version
            """, new { enrollment, session, member, letsIn, version }) == 1;

    /// <summary>Saves a newer report of a seat that the rules do not allow any more, or allow again.</summary>
    public static Task SaveRiskAsync(UnitOfWork work, Guid enrollment, Guid member, bool atRisk, long version) => work.ExecuteAsync(
        """
        insert into seats_at_risk as r (enrollment_id, member_id, at_risk, version) values (@enrollment, @member, @atRisk, @version)
        on conflict (enrollment_id) do update set at_risk = excluded.at_risk, version = excluded.version where r.version < excluded.version
        """, new { enrollment, member, atRisk, version });

    /// <summary>Whether the member has been told, or may have been, that they cannot join the session.</summary>
    public static async Task<bool> WasToldAsync(UnitOfWork work, Guid enrollment, Guid session) => await work.FirstOrDefaultAsync<bool>(
        $"""
         select exists (select 1 from mails where business_key like @key and state in ('{MailState.Sending}', '{MailState.Sent}', '{MailState.InDoubt}'))
         """, new { key = $"{MailKinds.CannotJoin.Code}:{enrollment}:{session}:%" });
}
