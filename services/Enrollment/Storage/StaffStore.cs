using GroupTherapy.Platform.Data;

namespace GroupTherapy.Enrollment.Storage;

/// <summary>In which practices an account is a facilitator. The greater version of the account wins.</summary>
internal static class StaffStore
{
    /// <returns>True when the facilitator's own row changed with it.</returns>
    public static async Task<bool> SaveAsync(UnitOfWork work, Guid account, string[] facilitatorIn, long version)
    {
        await work.ExecuteAsync(
            """
            insert into staff_accounts as s (account_id, facilitator_in, version) values (@account, @facilitatorIn, @version)
            on conflict (account_id) do update set facilitator_in = excluded.facilitator_in, version = excluded.version where excluded.version > s.version
            """,
            new
            {
                account,
                facilitatorIn,
                version,
            }
        );
        return await work.ExecuteAsync(
                """
                update facilitators f set practices = s.facilitator_in, version = f.version + 1, updated_at = @Now from staff_accounts s
                where f.id = @account and s.account_id = f.id and f.practices is distinct from s.facilitator_in
                """,
                new { account, work.Now }
            ) == 1;
    }
}
