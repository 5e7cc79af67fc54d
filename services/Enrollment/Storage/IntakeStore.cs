using GroupTherapy.Platform.Data;

namespace GroupTherapy.Enrollment.Storage;

/// <summary>Whether a member has had an intake.</summary>
internal static class IntakeStore
{
    /// <summary>Asked of a group that takes nobody without an intake (<c>g</c>) for the member of a stay (<c>e</c>).</summary>
    public const string MissingSql = "(g.intake_first and not exists (select 1 from intakes i where i.member_id = e.member_id and i.practice = g.practice))";

    public static Task<bool> DoneAsync(UnitOfWork work, Guid memberId, string practice) =>
        work.FirstOrDefaultAsync<bool>("select exists (select 1 from intakes where member_id = @memberId and practice = @practice)", new { memberId, practice });
}
