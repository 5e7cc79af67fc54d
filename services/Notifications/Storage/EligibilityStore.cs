using GroupTherapy.Platform.Data;

namespace GroupTherapy.Notifications.Storage;

/// <param name="LetsIn">The member could join the session from home.</param>
/// <param name="Version">Of the message that said so.</param>
public sealed record SavedEligibility(bool LetsIn, long Version);

/// <summary>Enrollment's answers about a member's coming sessions and seat, as far as mails depend on them.</summary>
public static class EligibilityStore
{
    /// <summary>Saves a newer answer for one coming session.</summary>
    /// <returns>The answer before; null when none was known. Not newer: an older message that changed nothing.</returns>
    public static async Task<(bool IsNewer, SavedEligibility? Before)> SaveAsync(
        UnitOfWork work,
        Guid enrollment,
        Guid session,
        Guid member,
        bool letsIn,
        long version
    )
    {
        var before = await work.FirstOrDefaultAsync<SavedEligibility>(
            "select lets_in, version from eligibility where enrollment_id = @enrollment and session_id = @session for update",
            new { enrollment, session }
        );
        return (
            await work.ExecuteAsync(
                """
                insert into eligibility as e (enrollment_id, session_id, member_id, lets_in, version) values (@enrollment, @session, @member, @letsIn, @version)
                on conflict (enrollment_id, session_id) do update set lets_in = excluded.lets_in, version = excluded.version where e.version < excluded.version
                """,
                new
                {
                    enrollment,
                    session,
                    member,
                    letsIn,
                    version,
                }
            ) == 1,
            before
        );
    }

    /// <summary>Saves a newer report of a seat that the rules do not allow any more, or allow again.</summary>
    public static Task SaveRiskAsync(UnitOfWork work, Guid enrollment, Guid member, bool atRisk, long version) =>
        work.ExecuteAsync(
            """
            insert into seats_at_risk as r (enrollment_id, member_id, at_risk, version) values (@enrollment, @member, @atRisk, @version)
            on conflict (enrollment_id) do update set at_risk = excluded.at_risk, version = excluded.version where r.version < excluded.version
            """,
            new
            {
                enrollment,
                member,
                atRisk,
                version,
            }
        );
}
