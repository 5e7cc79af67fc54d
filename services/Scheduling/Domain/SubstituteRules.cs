using GroupTherapy.Contracts.Enrollment.V1;
using GroupTherapy.Scheduling.Series;

namespace GroupTherapy.Scheduling.Domain;

/// <summary>Members of one jurisdiction whom a substitute may serve. Counts, never names.</summary>
public sealed record CoveredPlace(string Jurisdiction, int Members);

/// <summary>Members of one jurisdiction whom a substitute may not serve for the whole session.</summary>
/// <param name="Reason"><c>no-cover</c>, <c>cover-begins-later</c> (than the session does) or <c>cover-ends-before</c> (the session does).</param>
public sealed record UncoveredPlace(string Jurisdiction, int Members, string Reason);

/// <summary>A facilitator who could lead a session instead of the present lead.</summary>
/// <param name="Credentials">As the catalogue prints them.</param>
/// <param name="Busy">Leads or co-leads another session at that time, or has time off.</param>
public sealed record Substitute(
    Guid FacilitatorId,
    string DisplayName,
    string Profession,
    IReadOnlyList<string> Credentials,
    IReadOnlyList<CoveredPlace> Covers,
    IReadOnlyList<UncoveredPlace> Uncovered,
    bool Busy
)
{
    /// <summary>How many members would be left without cover.</summary>
    internal int Left => Uncovered.Sum(p => p.Members);
}

/// <summary>Which members a substitute may legally serve for the whole of a session, and in which order substitutes are proposed.</summary>
public static class SubstituteRules
{
    public const string NoCover = "no-cover";
    public const string BeginsLater = "cover-begins-later";
    public const string EndsBefore = "cover-ends-before";

    /// <summary>The time that a substitute would lead: the whole session, or what is left of it while it runs.</summary>
    public static MeetingTime Rest(Session session, DateTimeOffset now) =>
        new(session.StartsAt < now && now < session.EndsAt ? now : session.StartsAt, session.EndsAt);

    /// <summary>
    /// Splits jurisdictions into those covered from the beginning to the end, and the others. Cover that begins or ends within the session is none.
    /// </summary>
    /// <param name="served">The jurisdictions that the substitute may serve; several rows of one jurisdiction are times with a gap between them.</param>
    public static (IReadOnlyList<CoveredPlace> Covers, IReadOnlyList<UncoveredPlace> Uncovered) Split(
        IReadOnlyList<MembersByJurisdiction> members,
        IReadOnlyList<PlaceServed> served,
        DateTimeOffset startsAt,
        DateTimeOffset endsAt
    )
    {
        var covers = new List<CoveredPlace>();
        var uncovered = new List<UncoveredPlace>();
        foreach (var place in members.Where(m => m.Members > 0).OrderBy(m => m.Jurisdiction, StringComparer.Ordinal))
        {
            var times = served.Where(s => s.Jurisdiction == place.Jurisdiction).ToList();
            if (times.Any(t => (t.From is null || t.From <= startsAt) && (t.Until is null || t.Until >= endsAt)))
            {
                covers.Add(new CoveredPlace(place.Jurisdiction, place.Members));
            }
            else
            {
                uncovered.Add(new UncoveredPlace(place.Jurisdiction, place.Members, Why(times, startsAt)));
            }
        }

        return (covers, uncovered);
    }

    /// <summary>
    /// Best first: the free before the busy, then by how few members are left uncovered, then the group's own facilitators, then by name,
    /// so that every caller sees the same order.
    /// </summary>
    /// <param name="known">The group's own lead and co-facilitators.</param>
    public static IReadOnlyList<Substitute> Rank(IEnumerable<Substitute> candidates, IReadOnlyCollection<Guid> known) =>
        [
            .. candidates
                .OrderBy(c => c.Busy)
                .ThenBy(c => c.Left)
                .ThenBy(c => !known.Contains(c.FacilitatorId))
                .ThenBy(c => c.DisplayName, StringComparer.Ordinal)
                .ThenBy(c => c.FacilitatorId),
        ];

    private static string Why(List<PlaceServed> times, DateTimeOffset startsAt) =>
        times.Exists(t => (t.From is null || t.From <= startsAt) && t.Until > startsAt) ? EndsBefore
        : times.Exists(t => t.From > startsAt) ? BeginsLater
        : times.Count > 0 ? EndsBefore
        : NoCover;
}
