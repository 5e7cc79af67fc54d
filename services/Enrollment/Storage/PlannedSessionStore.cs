using GroupTherapy.Contracts.Scheduling.V1;
using GroupTherapy.Enrollment.Licensing;
using GroupTherapy.Platform.Data;

namespace GroupTherapy.Enrollment.Storage;

/// <summary>The meetings for which permits are made. Older versions change nothing.</summary>
internal static class PlannedSessionStore
{
    public static async Task UpsertAsync(UnitOfWork work, SessionSnapshot s, ILogger log)
    {
        if (Impossible(s) is { } code)
        {
            log.LogError("Session {Session} version {Version} is skipped: {Code}", s.SessionId, s.Version, code);
            work.Audit("session.set-aside", reference: s.SessionId, data: new { code, s.Version });
            return;
        }

        if (
            await work.ExecuteAsync(
                """
                insert into planned_sessions (session_id, group_id, starts_at, ends_at, time_zone, modality, lead_id, co_ids, cancelled, version)
                values (@SessionId, @GroupId, @StartsAt, @EndsAt, @TimeZone, @Modality, @LeadFacilitatorId, @cos, @Cancelled, @Version)
                on conflict (session_id) do update set starts_at = excluded.starts_at, ends_at = excluded.ends_at, time_zone = excluded.time_zone,
                    modality = excluded.modality, lead_id = excluded.lead_id,
                    co_ids = excluded.co_ids, cancelled = excluded.cancelled, version = excluded.version
                where planned_sessions.version < excluded.version
                """,
                new
                {
                    s.SessionId,
                    s.GroupId,
                    s.StartsAt,
                    s.EndsAt,
                    s.TimeZone,
                    s.Modality,
                    s.LeadFacilitatorId,
                    cos = s.CoFacilitatorIds.ToArray(),
                    s.Cancelled,
                    s.Version,
                }
            ) == 1
            && WakesCoverage(work)
            && s.StartsAt < work.Now + PermitStore.Horizon
        )
        {
            await Rechecks.OfGroupAsync(work, s.GroupId);
        }
    }

    /// <summary>The zone of a group's latest session; null before one is planned.</summary>
    public static Task<string?> ZoneOfAsync(UnitOfWork work, Guid groupId) =>
        work.FirstOrDefaultAsync<string?>("select time_zone from planned_sessions where group_id = @groupId order by starts_at desc limit 1", new { groupId });

    private static bool WakesCoverage(UnitOfWork work)
    {
        ScheduledWork.WakeCoverage(work);
        return true;
    }

    // What the licensing engine cannot compute with would stop the permits of the whole session.
    private static string? Impossible(SessionSnapshot s) =>
        !Vocabulary.Modalities.Contains(s.Modality) ? "modality-unknown"
        : !Bounds.Holds(s.StartsAt) || !Bounds.Holds(s.EndsAt) || s.EndsAt < s.StartsAt ? "time-impossible"
        : null;
}
