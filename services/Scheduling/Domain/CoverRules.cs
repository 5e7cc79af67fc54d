using GroupTherapy.Contracts.Enrollment.V1;

namespace GroupTherapy.Scheduling.Domain;

/// <summary>A facilitator of a coming session.</summary>
/// <param name="Away">They have time off during it.</param>
/// <param name="Left">They do not work for the practice any more.</param>
public sealed record StaffState(Guid FacilitatorId, bool Away, bool Left);

/// <summary>Whether anybody may lead a coming session, as far as is known. Pure.</summary>
public static class CoverRules
{
    /// <summary>Members learn that no facilitator may lead a session this long before it; the practice has until then to find a substitute.</summary>
    public static readonly TimeSpan MembersToldBefore = TimeSpan.FromHours(4);

    /// <summary>Where that is over, members learn it this long after it became known.</summary>
    public static readonly TimeSpan MembersToldAfter = TimeSpan.FromMinutes(10);

    /// <summary>Sessions are looked at this long ahead.</summary>
    public static readonly TimeSpan Ahead = TimeSpan.FromDays(21);

    public const string Away = "away";
    public const string NoCover = "no-cover";
    public const string Left = "left";

    /// <summary>One of its facilitators asked for another; it holds until a substitute leads, or they withdraw it.</summary>
    public const string Asked = "asked";

    /// <param name="staff">Lead first.</param>
    /// <param name="coverage">Null while it is not known, which is no reason for an alarm.</param>
    /// <returns>Why no facilitator may lead it, as of its lead; null when one may.</returns>
    public static string? Uncovered(Session session, IReadOnlyList<StaffState> staff, Coverage? coverage)
    {
        var causes = staff
            .Select(s =>
                s.Left ? Left
                : s.Away ? Away
                : ServesNoMember(s.FacilitatorId, session, coverage) ? NoCover
                : null
            )
            .ToList();
        return causes.Contains(null) ? null : causes[0];
    }

    private static bool ServesNoMember(Guid facilitator, Session session, Coverage? coverage)
    {
        if (coverage is null || coverage.Members.All(m => m.Members == 0))
        {
            return false;
        }

        IReadOnlyList<PlaceServed> served = [.. coverage.Facilitators.Where(f => f.FacilitatorId == facilitator).SelectMany(f => f.Places)];
        return SubstituteRules.Split(coverage.Members, served, session.StartsAt, session.EndsAt).Covers.Count == 0;
    }
}
