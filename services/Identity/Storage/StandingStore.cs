using GroupTherapy.Contracts.Identity;
using GroupTherapy.Identity.Domain;
using GroupTherapy.Platform.Data;
using GroupTherapy.Platform.Security;

namespace GroupTherapy.Identity.Storage;

/// <summary>Reads what an operator's word counts for, practice by practice.</summary>
internal static class StandingStore
{
    /// <returns>By practice that the account operates.</returns>
    public static async Task<IReadOnlyDictionary<string, Standing>> OfAsync(UnitOfWork work, AccountRow account)
    {
        var practices = account.PracticesAs(Roles.Operator);
        if (practices.Length == 0)
        {
            return new Dictionary<string, Standing>();
        }

        var rows = await work.QueryAsync<Row>(
            "select account_id, practice, since, invited_by, approved_by from memberships where role = 'operator' and practice = any(@practices)",
            new { practices }
        );
        return rows.Where(r => r.AccountId == account.Id)
            .ToDictionary(
                r => r.Practice,
                mine => new Standing(
                    StandingRules.PrincipalOf(
                        account.Id,
                        rows.Where(r => r.Practice == mine.Practice)
                            .ToDictionary(r => r.AccountId, r => new PracticeOperator(r.AccountId, r.InvitedBy, r.ApprovedBy))
                    ),
                    mine.Since
                )
            );
    }

    private sealed record Row(Guid AccountId, string Practice, DateTimeOffset Since, Guid? InvitedBy, Guid? ApprovedBy);
}
