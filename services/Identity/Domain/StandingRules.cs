namespace GroupTherapy.Identity.Domain;

/// <summary>An operator of a practice.</summary>
/// <param name="InvitedBy">Null where the deployment itself made the operator.</param>
/// <param name="ApprovedBy">The second operator who stands behind the role.</param>
internal sealed record PracticeOperator(Guid AccountId, Guid? InvitedBy, Guid? ApprovedBy);

/// <summary>
/// The operator in whose name an operator speaks. One made by the deployment, or invited by one operator and approved by an independent other, speaks for
/// themselves; any other repeats their inviter, so that no operator makes a second pair of eyes alone.
/// </summary>
internal static class StandingRules
{
    /// <param name="operators">Of one practice, by account. An inviter who is none any more still counts as the one behind.</param>
    public static Guid PrincipalOf(Guid account, IReadOnlyDictionary<Guid, PracticeOperator> operators)
    {
        var (behind, seen) = (account, new HashSet<Guid>());
        while (operators.TryGetValue(behind, out var row) && row is { InvitedBy: { } inviter, ApprovedBy: null })
        {
            if (!seen.Add(behind))
            {
                // They invited each other: one voice.
                return seen.Min();
            }

            behind = inviter;
        }

        return behind;
    }
}
