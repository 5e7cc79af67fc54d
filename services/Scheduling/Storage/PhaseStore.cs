using GroupTherapy.Platform.Data;
using GroupTherapy.Platform.Idempotency;
using GroupTherapy.Scheduling.Domain;

namespace GroupTherapy.Scheduling.Storage;

/// <summary>Writes what rooms report, where <see cref="SessionRules.PhaseCounts"/> says that it counts.</summary>
internal static class PhaseStore
{
    public static async Task ReportAsync(UnitOfWork work, Guid sessionId, string phase, long version)
    {
        if (!SessionRules.PhaseCounts(null, long.MinValue, phase, version))
        {
            return;
        }

        // The row is inserted first so that there is one to lock: two reports about one session are applied one after the other.
        var inserted = await work.ExecuteAsync(
            "insert into session_phases (session_id, phase, version) values (@sessionId, @phase, @version) on conflict do nothing",
            new
            {
                sessionId,
                phase,
                version,
            }
        );
        if (inserted == 1)
        {
            return;
        }

        var before = await work.FirstOrDefaultAsync<Row>(
            "select phase, version from session_phases where session_id = @sessionId for update",
            new { sessionId }
        );
        if (before is not null && SessionRules.PhaseCounts(before.Phase, before.Version, phase, version))
        {
            await work.ExecuteAsync(
                "update session_phases set phase = @phase, version = @version where session_id = @sessionId",
                new
                {
                    sessionId,
                    phase,
                    version,
                }
            );
        }
    }

    /// <summary>Sessions in person end as planned, also those that were planned before Room knew of them.</summary>
    public static Task<int> EndInPersonAsync(UnitOfWork work) =>
        work.ExecuteAsync(
            """
            insert into session_phases (session_id, phase, version)
            select s.id, 'ended', 0 from sessions s join groups g on g.id = s.group_id
            where g.modality = 'in_person' and s.cancelled_at is null and s.ends_at <= @Now and s.ends_at > @Now - interval '60 days'
            on conflict do nothing
            """,
            new { work.Now }
        );

    /// <summary>Whether the room was reported in another phase than held since.</summary>
    public static Task<bool> WentOnAsync(UnitOfWork work, Guid sessionId, long version) =>
        work.FirstOrDefaultAsync<bool>(
            "select true from session_phases where session_id = @sessionId and version > @version and phase <> 'held'",
            new { sessionId, version }
        );

    private sealed record Row(string Phase, long Version);
}
