using GroupTherapy.Contracts.Scheduling.V1;
using GroupTherapy.Platform.Data;
using GroupTherapy.Scheduling.Domain;
using GroupTherapy.Scheduling.Series;
using NodaTime;

namespace GroupTherapy.Scheduling.Storage;

/// <summary>Moves sessions whose zone has other rules now than when they were placed: to the wall-clock time that people know.</summary>
internal static class ZoneRuleStore
{
    /// <summary>Notes the release of the zone data.</summary>
    /// <returns>False when it was noted already.</returns>
    public static async Task<bool> NoteVersionAsync(UnitOfWork work, string version) =>
        await work.ExecuteAsync(
            """
            insert into zone_rules (version) values (@version)
            on conflict (only_row) do update set version = excluded.version where zone_rules.version <> excluded.version
            """,
            new { version }
        ) == 1;

    /// <summary>Zones of sessions to come.</summary>
    public static Task<IReadOnlyList<string>> ZonesAsync(UnitOfWork work, DateTimeOffset after) =>
        work.QueryAsync<string>("select distinct time_zone from sessions where cancelled_at is null and starts_at > @after order by 1", new { after });

    /// <summary>
    /// Moves all sessions of one zone in one transaction, since one facilitator's sessions move together; one who is busy all the same keeps both, audited.
    /// </summary>
    /// <param name="after">Sessions that start earlier are not touched.</param>
    public static async Task ReviseAsync(UnitOfWork work, DateTimeZone zone, DateTimeOffset after)
    {
        var rows = await work.QueryAsync<Row>(
            """
            select id, group_id, local_start, starts_at from sessions
            where time_zone = @zone and cancelled_at is null and starts_at > @after order by group_id, starts_at
            """,
            new { zone = zone.Id, after }
        );
        var wrong = rows.Select(r => (Row: r, To: SeriesRules.Revise(r.LocalStart, zone, r.StartsAt))).Where(r => r.To is not null).ToList();
        if (wrong.Count == 0)
        {
            return;
        }

        var groups = new Dictionary<Guid, Group>();
        foreach (var id in wrong.Select(w => w.Row.GroupId).Distinct())
        {
            groups[id] = (await GroupStore.LockAnyAsync(work, id))!;
        }

        await FacilitatorStore.LockAsync(work, [.. groups.Values.SelectMany(g => g.Staff).Distinct()]);
        var ids = wrong.Select(w => w.Row.Id).ToArray();
        await work.ExecuteAsync("delete from bookings where session_id = any(@ids)", new { ids });
        var moved = await work.QueryAsync<Session>(
            $"""
            update sessions s set ends_at = m.starts_at + (s.ends_at - s.starts_at), starts_at = m.starts_at, version = s.version + 1,
                sequence = s.sequence + 1, replanned_at = @Now
            from unnest(@ids, @starts) m (id, starts_at) where s.id = m.id returning {SessionStore.Columns}
            """,
            new
            {
                ids,
                work.Now,
                starts = wrong.Select(w => w.To!.Value).ToArray(),
            }
        );
        var booked = await BookingStore.BookAllAsync(work, ids);
        var before = wrong.ToDictionary(w => w.Row.Id, w => w.Row.StartsAt);
        foreach (var session in moved.OrderBy(s => s.StartsAt))
        {
            work.Publish(new SessionRescheduled(session.Snapshot(groups[session.GroupId]), work.Now, before[session.Id], PlanCauses.ZoneRules));
            work.Audit(
                "session.rescheduled",
                reference: session.Id,
                data: new
                {
                    session.GroupId,
                    session.StartsAt,
                    cause = PlanCauses.ZoneRules,
                }
            );
            if (booked.GetValueOrDefault(session.Id) < session.Staff.Length)
            {
                SessionStore.AuditDoubleBooking(work, session);
            }
        }

        foreach (var group in groups.Values)
        {
            await GroupStore.UpdateSeriesEndAsync(work, group);
            await AnnounceAsync(work, group, moved.Where(s => s.GroupId == group.Id).MinBy(s => s.StartsAt)!);
        }
    }

    private static async Task AnnounceAsync(UnitOfWork work, Group group, Session first)
    {
        await work.ExecuteAsync("update groups set version = version + 1 where id = @Id", new { group.Id });
        var change = new SeriesChange(group.Series, 0, group.LeadFacilitatorId, group.CoFacilitatorIds, group.Venue, ["zone"]);
        await SeriesChangeStore.AnnounceSeriesAsync(work, group.Id, first.LocalDate, change, PlanCauses.ZoneRules);
    }

    private sealed record Row(Guid Id, Guid GroupId, DateTime LocalStart, DateTimeOffset StartsAt);
}
