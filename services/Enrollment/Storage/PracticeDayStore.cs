using GroupTherapy.Platform.Data;

namespace GroupTherapy.Enrollment.Storage;

/// <summary>
/// Days on which a facilitator worked with a member in a jurisdiction, for permits with a budget of days a year. "Any 24 hours count as one day": a session
/// is one day, that of its beginning on the calendar of the jurisdiction's capital, and several sessions of one day are one day too.
/// </summary>
internal static class PracticeDayStore
{
    /// <summary>Days used before a session in the calendar year of its start, by facilitator and jurisdiction; one without a row used none.</summary>
    /// <param name="sessionId">Null for a question about no session in particular: then the days before <paramref name="at"/> count.</param>
    public static async Task<Dictionary<(Guid Facilitator, string Jurisdiction), int>> UsedAsync(
        UnitOfWork work,
        Guid[] facilitators,
        Guid? sessionId,
        DateTimeOffset at
    ) =>
        (
            await work.QueryAsync<Used>(
                """
                with asked as (select coalesce((select starts_at from planned_sessions where session_id = @sessionId), @at) as begins)
                select facilitator_id, jurisdiction, count(distinct day)::int as days from practice_days, asked
                where facilitator_id = any(@facilitators) and day < (begins at time zone zone)::date
                    and extract(year from day) = extract(year from begins at time zone zone)
                group by facilitator_id, jurisdiction
                """,
                new
                {
                    facilitators,
                    sessionId,
                    at,
                }
            )
        ).ToDictionary(u => (u.FacilitatorId, u.Jurisdiction), u => u.Days);

    /// <summary>Counts the session's day for its facilitators, unless the session is over and the member was not there.</summary>
    /// <returns>The facilitators whose day is new.</returns>
    public static Task<IReadOnlyList<Guid>> CountAsync(UnitOfWork work, Guid sessionId, Guid memberId, string jurisdiction, string zone) =>
        work.QueryAsync<Guid>(
            """
            insert into practice_days (facilitator_id, jurisdiction, day, zone, session_id)
            select facilitator, @jurisdiction, (s.starts_at at time zone @zone)::date, @zone, s.session_id
                from planned_sessions s, unnest(s.lead_id || s.co_ids) facilitator
            where s.session_id = @sessionId and not exists (select 1 from meetings_held h where h.session_id = s.session_id and @memberId <> all(h.present))
            on conflict do nothing returning facilitator_id
            """,
            new
            {
                jurisdiction,
                zone,
                sessionId,
                memberId,
            }
        );

    /// <summary>Records the members who were present, and takes back the days of jurisdictions without a present member.</summary>
    public static async Task<IReadOnlyList<PracticeDay>> TakeBackAsync(UnitOfWork work, Guid sessionId, Guid[] present, DateTimeOffset endedAt)
    {
        await work.ExecuteAsync(
            "insert into meetings_held (session_id, present, ended_at) values (@sessionId, @present, @endedAt) on conflict do nothing",
            new
            {
                sessionId,
                present,
                endedAt,
            }
        );
        return await work.QueryAsync<PracticeDay>(
            """
            delete from practice_days p where session_id = @sessionId and not exists (
                select 1 from decisions d where d.session_id = @sessionId and d.member_id = any(@present)
                  and d.inputs::json -> 'request' -> 'member' -> 'location' ->> 'jurisdiction' = p.jurisdiction)
            returning facilitator_id, jurisdiction
            """,
            new { sessionId, present }
        );
    }

    /// <summary>Looks again at the permits that the number of used days may change.</summary>
    public static async Task LookAgainAsync(UnitOfWork work, IEnumerable<Guid> facilitators, string jurisdiction)
    {
        foreach (
            var id in await work.QueryAsync<Guid>(
                "select distinct facilitator_id from credentials where facilitator_id = any(@ids) and kind = @kind and jurisdiction = @jurisdiction order by 1",
                new
                {
                    ids = facilitators.ToArray(),
                    kind = Licensing.Vocabulary.TemporaryPermit,
                    jurisdiction,
                }
            )
        )
        {
            await Rechecks.OfFacilitatorAsync(work, id);
        }
    }

    private sealed record Used(Guid FacilitatorId, string Jurisdiction, int Days);
}

/// <summary>A day of a facilitator in a jurisdiction.</summary>
internal sealed record PracticeDay(Guid FacilitatorId, string Jurisdiction);
