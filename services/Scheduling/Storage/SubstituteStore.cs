using GroupTherapy.Contracts.Enrollment.V1;
using GroupTherapy.Platform.Data;
using GroupTherapy.Scheduling.Domain;
using GroupTherapy.Scheduling.Series;

namespace GroupTherapy.Scheduling.Storage;

/// <summary>Who could lead a session instead: what the list, the refusal and the search share.</summary>
internal static class SubstituteStore
{
    /// <summary>The time that a substitute would lead: all of a session, or what is left of it while it runs.</summary>
    public static Occurrence Rest(Session session, DateTimeOffset now) =>
        Between(session.StartsAt < now && now < session.EndsAt ? now : session.StartsAt, session.EndsAt);

    public static Occurrence Between(DateTimeOffset from, DateTimeOffset until) => new(0, DateOnly.FromDateTime(from.UtcDateTime), from, until);

    /// <summary>Everybody of the practice who may serve at least one of the members, best first; never who leads the session now.</summary>
    /// <param name="members">Whom to serve: where the group's members live, or where those present are.</param>
    public static async Task<IReadOnlyList<Substitute>> RankedAsync(
        UnitOfWork work, Group group, Session session, Coverage coverage, IReadOnlyList<MembersInPlace> members, Occurrence rest)
    {
        var served = coverage.Facilitators.ToLookup(f => f.FacilitatorId, f => f.Places);
        var people = await work.QueryAsync<Person>(
            "select id, display_name, profession, credentials from facilitators where practices @> array[@Practice] and id <> @LeadFacilitatorId", new { group.Practice, session.LeadFacilitatorId });
        var busy = await BookingStore.BusyAsync(work, [.. people.Select(p => p.Id)], rest, session.Id);
        var nobodyToServe = members.All(m => m.Members == 0);
        return SubstituteRules.Rank(
            from p in people
            let places = served[p.Id].SelectMany(s => s).ToList()
            let split = SubstituteRules.Split(members, places, rest.StartsAt, rest.EndsAt)
            where split.Covers.Count > 0 || (nobodyToServe && places.Count > 0)
            select new Substitute(p.Id, p.DisplayName, p.Profession, p.Credentials, split.Covers, split.Uncovered, busy.Contains(p.Id)), group.Staff);
    }

    private sealed record Person(Guid Id, string DisplayName, string Profession, string[] Credentials);
}
