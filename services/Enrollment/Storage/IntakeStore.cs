namespace GroupTherapy.Enrollment.Storage;

/// <summary>Whether a member has had an intake.</summary>
internal static class IntakeStore
{
    /// <summary>Whether a group (<c>g</c>) requires an intake that the member of an enrollment (<c>e</c>) lacks.</summary>
    public const string MissingSql = "(g.intake_first and not exists (select 1 from intakes i where i.member_id = e.member_id and i.practice = g.practice))";
}
