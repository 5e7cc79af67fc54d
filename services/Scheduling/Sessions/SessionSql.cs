using GroupTherapy.Contracts.Scheduling.V1;
using GroupTherapy.Platform.Data;
using GroupTherapy.Platform.Json;
using GroupTherapy.Platform.Problems;
using GroupTherapy.Scheduling.Groups;
using GroupTherapy.Scheduling.Series;

namespace GroupTherapy.Scheduling.Sessions;

/// <summary>One weekly meeting.</summary>
/// <param name="LocalStart"><c>HH:MM</c> on the wall clock of <paramref name="TimeZone"/>, on <paramref name="LocalDate"/>.</param>
/// <param name="Status"><c>scheduled</c>, <c>open</c>, <c>live</c>, <c>held</c>, <c>ended</c> or <c>cancelled</c>.</param>
public sealed record SessionView(
    Guid Id, Guid GroupId, DateTimeOffset StartsAt, DateTimeOffset EndsAt, string LocalStart, string TimeZone, string Status, Guid FacilitatorId, DateOnly LocalDate);

/// <summary>A session's row with what its room reported; columns as in <see cref="SessionSql.Columns"/>.</summary>
internal sealed record SessionRow(
    Guid Id, Guid GroupId, DateTimeOffset StartsAt, DateTimeOffset EndsAt, string TimeZone, Guid LeadFacilitatorId, Guid[] CoFacilitatorIds,
    DateTimeOffset? CancelledAt, long Version, DateTimeOffset ChangedAt, string? Phase)
{
    public string Status => SessionRules.Status(CancelledAt is not null, Phase);

    public SessionView View()
    {
        var (date, time) = SeriesRules.LocalStart(StartsAt, TimeZone);
        return new SessionView(Id, GroupId, StartsAt, EndsAt, time, TimeZone, Status, LeadFacilitatorId, date);
    }
}

/// <summary>SQL that several slices about sessions share.</summary>
internal static class SessionSql
{
    /// <summary>In the order of <see cref="SessionRow"/>'s parameters.</summary>
    public const string Columns =
        """
        s.id, s.group_id, s.starts_at, s.ends_at, s.time_zone, s.lead_facilitator_id, s.co_facilitator_ids, s.cancelled_at, s.version, s.changed_at,
        (select p.phase from session_phases p where p.session_id = s.id) as phase
        """;

    /// <summary>The session and its group, both locked against other changes of the plan; null where there is none that the caller may change.</summary>
    public static async Task<(GroupRow Group, SessionRow Session)?> LockAsync(UnitOfWork work, Guid id)
    {
        var groupId = await work.FirstOrDefaultAsync<Guid?>("select group_id from sessions where id = @id", new { id });
        return groupId is { } g && await GroupSql.LockAsync(work, g) is { } group
            ? (group, (await work.FirstOrDefaultAsync<SessionRow>($"select {Columns} from sessions s where s.id = @id for no key update", new { id }))!)
            : null;
    }

    /// <summary>The session and its group as they are, whoever asks; null where there is none.</summary>
    public static async Task<(GroupRow Group, SessionRow Session)?> FindAsync(UnitOfWork work, Guid id) =>
        await work.FirstOrDefaultAsync<SessionRow>($"select {Columns} from sessions s where s.id = @id", new { id }) is { } session
            ? (await GroupSql.GetAsync(work, session.GroupId), session)
            : null;

    /// <summary>Makes the sessions that are to exist now, from week <paramref name="fromWeek"/> of the series on, and notes when the next is due.</summary>
    /// <returns>True when every facilitator was free for all of them.</returns>
    public static async Task<bool> MaterialiseAsync(UnitOfWork work, GroupRow group, int fromWeek)
    {
        var (meetings, nextWeek, dueAt) = SeriesRules.Materialise(group.Series, work.Now, fromWeek);
        var made = await work.QueryAsync<SessionRow>(
            $"""
             insert into sessions as s (id, group_id, local_date, starts_at, ends_at, time_zone, lead_facilitator_id, co_facilitator_ids, version, changed_at)
             select m.id, @groupId, m.day, m.starts_at, m.ends_at, @TimeZone, @LeadFacilitatorId, @CoFacilitatorIds, 1, @Now
             from unnest(@ids, @days, @starts, @ends) m (id, day, starts_at, ends_at)
             on conflict on constraint one_session_per_group_and_day do nothing
             returning {Columns}
             """,
            new
            {
                groupId = group.Id, group.TimeZone, group.LeadFacilitatorId, group.CoFacilitatorIds, work.Now,
                ids = meetings.Select(_ => work.NewId()).ToArray(), days = meetings.Select(m => m.LocalDate).ToArray(),
                starts = meetings.Select(m => m.StartsAt).ToArray(), ends = meetings.Select(m => m.EndsAt).ToArray(),
            });

        // A session that members expect is never left out because somebody is taken twice: it is made, and the record says so.
        var booked = (await work.QueryAsync<Guid>(
            """
            insert into bookings (session_id, facilitator_id, during)
            select s.id, f, tstzrange(s.starts_at, s.ends_at) from sessions s cross join unnest(@Staff) f where s.id = any(@ids)
            on conflict do nothing returning session_id
            """, new { group.Staff, ids = made.Select(s => s.Id).ToArray() })).CountBy(id => id).ToDictionary();
        var allFree = true;
        foreach (var session in made.OrderBy(s => s.StartsAt))
        {
            await work.PublishAsync(new SessionScheduled(SessionRules.Snapshot(group, session), work.Now));
            await work.AuditAsync("session.scheduled", reference: session.Id, data: new { session.GroupId, session.StartsAt });
            if (booked.GetValueOrDefault(session.Id) < group.Staff.Length)
            {
                allFree = false;
                await work.AuditAsync("session.double-booked", reference: session.Id, data: new { session.GroupId, session.StartsAt });
            }
        }

        await work.ExecuteAsync("update groups set next_week = @nextWeek, materialise_at = @dueAt where id = @Id", new { group.Id, nextWeek, dueAt });
        return allFree;
    }

    /// <summary>Tells the sessions that are not over again, since what their snapshots carry of the group has changed.</summary>
    public static async Task TellAgainAsync(UnitOfWork work, GroupRow group)
    {
        var sessions = await work.QueryAsync<SessionRow>(
            $"""
             update sessions s set version = s.version + 1, changed_at = @Now
             where s.group_id = @Id and s.cancelled_at is null and s.ends_at > @Now
             returning {Columns}
             """, new { group.Id, work.Now });
        foreach (var session in sessions.Where(s => s.Phase != "ended").OrderBy(s => s.StartsAt))
        {
            await work.PublishAsync(new SessionScheduled(SessionRules.Snapshot(group, session), work.Now));
        }
    }

    /// <summary>Cancels what has not begun.</summary>
    /// <returns>How many sessions.</returns>
    public static async Task<int> CancelFutureAsync(UnitOfWork work, GroupRow group)
    {
        var sessions = await work.QueryAsync<SessionRow>(
            $"""
             update sessions s set cancelled_at = @Now, cancel_reason = 'The group was closed.', version = s.version + 1, changed_at = @Now
             where s.group_id = @Id and s.cancelled_at is null and s.starts_at > @Now
               and not exists (select 1 from session_phases p where p.session_id = s.id and p.phase in ('live', 'held', 'ended'))
             returning {Columns}
             """, new { group.Id, work.Now });
        foreach (var session in sessions.OrderBy(s => s.StartsAt))
        {
            await TellCancelledAsync(work, group, session);
        }

        return sessions.Count;
    }

    public static async Task TellCancelledAsync(UnitOfWork work, GroupRow group, SessionRow session)
    {
        await work.PublishAsync(new SessionCancelled(SessionRules.Snapshot(group, session), work.Now));
        await work.AuditAsync("session.cancelled", reference: session.Id, data: new { session.GroupId, session.StartsAt, session.Version });
    }

    /// <summary>Faults of <c>?from=&amp;to=</c>, and what they say.</summary>
    public static FieldErrors ReadPeriod(string? from, string? to, out DateTimeOffset? start, out DateTimeOffset? end)
    {
        const string Form = "An instant, like 2026-11-24T00:00:00Z, or a date (its first moment in UTC).";
        var errors = new FieldErrors().Check(TryRead(from, out start), "from", Form).Check(TryRead(to, out end), "to", Form);
        return errors.Check(start is null || end is null || start < end, "to", "This is not after from.");
    }

    private static bool TryRead(string? text, out DateTimeOffset? at)
    {
        at = null;
        if (text is null)
        {
            return true;
        }

        if (InstantConverter.TryParse(text, out var instant) || InstantConverter.TryParse($"{text}T00:00:00Z", out instant))
        {
            at = instant;
        }

        return at is not null;
    }
}
