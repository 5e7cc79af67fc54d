using GroupTherapy.Platform.Data;

namespace GroupTherapy.Enrollment.Storage;

/// <summary>
/// Days on which a facilitator worked with a member in a jurisdiction, for permits with a budget of days a year. "Any 24 hours count as one day": a session
/// is one day, that of its beginning on the calendar of the jurisdiction's capital, and several sessions of one day are one day too.
/// </summary>
internal static class PracticeDayStore
{
    /// <summary>Days used before a session in the calendar year of its beginning, by facilitator and jurisdiction; who is not named used none.</summary>
    /// <param name="sessionId">Null for a question about no session in particular: then the days before <paramref name="at"/> count.</param>
    public static async Task<Dictionary<(Guid Facilitator, string Jurisdiction),
        int>> UsedAsync(UnitOfWork work, Guid[] facilitators, Guid? sessionId, DateTimeOffset at) =>
        (await work.QueryAsync<Used>(
            """
            with asked as (select coalesce((select starts_at from planned_sessions where session_id = @sessionId), @at) as begins)
            select facilitator_id, jurisdiction, count(distinct day)::int as days from practice_days, asked
            where facilitator_id = any(@facilitators) and day < (begins at time zone zone)::date
                and extract(year from day) = extract(year from begins at time zone zone)
            group by facilitator_id, jurisdiction
            """, new { facilitators, sessionId, at })).ToDictionary(u => (u.FacilitatorId, u.Jurisdiction), u => u.Days);

    /// <summary>Looks again at the permits that the number of used days may change.</summary>
    public static async Task LookAgainAsync(UnitOfWork work, IEnumerable<Guid> facilitators, string jurisdiction)
    {
        foreach (var id in await work.QueryAsync<Guid>(
            "select distinct facilitator_id from credentials where facilitator_id = any(@ids) and kind = @kind and jurisdiction = @jurisdiction order by 1",
            new { ids = facilitators.ToArray(), kind = Licensing.Vocabulary.TemporaryPermit, jurisdiction }))
        {
            await Rechecks.OfFacilitatorAsync(work, id);
        }
    }

    private sealed record Used(Guid FacilitatorId, string Jurisdiction, int Days);
}
