using System.Text.Json;
using GroupTherapy.Platform.Data;
using GroupTherapy.Platform.Json;
using GroupTherapy.Scheduling.Domain;
using GroupTherapy.Scheduling.Series;

namespace GroupTherapy.Scheduling.Storage;

/// <summary>Reads and writes when facilitators can be booked.</summary>
internal static class AvailabilityStore
{
    private const string Columns =
        "facilitator_id, time_zone, weekly::text as weekly, bookable::text as bookable, break_minutes, travel_minutes, notice_hours, horizon_days, version";

    /// <summary>Null where the facilitator has said nothing yet.</summary>
    public static async Task<Availability?> FindAsync(UnitOfWork work, Guid facilitator)
    {
        var row = await work.FirstOrDefaultAsync<Row>($"select {Columns} from availabilities where facilitator_id = @facilitator", new { facilitator });
        return row?.With(await work.QueryAsync<OffRow>(
            "select facilitator_id, starts_at, ends_at from time_off where facilitator_id = @facilitator order by starts_at", new { facilitator }));
    }

    /// <summary>Zone of the facilitator's first practice: the default where nothing was said.</summary>
    public static async Task<string> DefaultZoneAsync(UnitOfWork work, Guid facilitator) => await work.FirstOrDefaultAsync<string>(
        "select p.time_zone from facilitators f join practices p on p.id = any(f.practices) where f.id = @facilitator order by p.id limit 1",
        new { facilitator }) ?? PracticeDefaults.TimeZone;

    /// <summary>Locks the facilitator; null where there is none in these practices.</summary>
    public static Task<Guid?> LockAsync(UnitOfWork work, Guid facilitator, string[] practices) => work.FirstOrDefaultAsync<Guid?>(
        "select id from facilitators where id = @facilitator and practices && @practices for no key update", new { facilitator, practices });

    public static Task<Guid?> ExistsAsync(UnitOfWork work, Guid facilitator, string[] practices) => work.FirstOrDefaultAsync<Guid?>(
        "select id from facilitators where id = @facilitator and practices && @practices", new { facilitator, practices });

    public static async Task<Availability> SaveAsync(UnitOfWork work, Availability a)
    {
        await work.ExecuteAsync(
            """
            insert into availabilities as a (facilitator_id, time_zone, weekly, bookable, break_minutes, travel_minutes, notice_hours, horizon_days, version,
                changed_at)
            values (@FacilitatorId, @TimeZone, @weekly::jsonb, @bookable::jsonb, @BreakMinutes, @TravelMinutes, @NoticeHours, @HorizonDays, 1, @Now)
            on conflict (facilitator_id) do update set time_zone = excluded.time_zone, weekly = excluded.weekly, bookable = excluded.bookable,
                break_minutes = excluded.break_minutes, travel_minutes = excluded.travel_minutes, notice_hours = excluded.notice_hours,
                horizon_days = excluded.horizon_days, version = a.version + 1, changed_at = excluded.changed_at;
            delete from time_off where facilitator_id = @FacilitatorId;
            insert into time_off (id, facilitator_id, starts_at, ends_at)
            select t.id, @FacilitatorId, t.starts_at, t.ends_at from unnest(@ids, @starts, @ends) t (id, starts_at, ends_at)
            """,
            new
            {
                a.FacilitatorId,
                a.TimeZone,
                a.BreakMinutes,
                a.TravelMinutes,
                a.NoticeHours,
                a.HorizonDays,
                work.Now,
                weekly = JsonSerializer.Serialize(a.Weekly, ContractJson.Options),
                bookable = JsonSerializer.Serialize(a.Bookable, ContractJson.Options),
                ids = a.TimeOff.Select(_ => work.NewId()).ToArray(),
                starts = a.TimeOff.Select(o => o.From!.Value).ToArray(),
                ends = a.TimeOff.Select(o => o.To!.Value).ToArray(),
            });
        work.Audit(
            "availability.changed", a.FacilitatorId, data: new { times = a.Weekly.Count, off = a.TimeOff.Count, a.BreakMinutes, a.TravelMinutes });
        return (await FindAsync(work, a.FacilitatorId))!;
    }

    /// <summary>When facilitators work and when they are busy: sessions with their breaks, series to come, time off.</summary>
    public static async Task<IReadOnlyList<FacilitatorTime>> TimesAsync(UnitOfWork work, Guid[] facilitators, DateTimeOffset from, DateTimeOffset until)
    {
        var said = (await work.QueryAsync<Row>($"select {Columns} from availabilities where facilitator_id = any(@facilitators)", new { facilitators }))
            .ToDictionary(r => r.FacilitatorId);
        var busy = (await work.QueryAsync<OffRow>(
            """
            select facilitator_id, lower(during) as starts_at, upper(during) as ends_at from bookings
            where facilitator_id = any(@facilitators) and during && tstzrange(@from, @until)
            union all
            select facilitator_id, starts_at, ends_at from time_off where facilitator_id = any(@facilitators) and starts_at < @until and ends_at > @from
            """, new { facilitators, from, until })).ToList();
        busy.AddRange((await BookingStore.ToComeAsync(work, facilitators, from, until)).Select(m => new OffRow(m.Facilitator, m.Meeting.StartsAt,
            m.Meeting.EndsAt + TimeSpan.FromMinutes(said.GetValueOrDefault(m.Facilitator)?.BreakMinutes ?? 0))));
        var byPerson = busy.ToLookup(b => b.FacilitatorId);
        return
        [
            .. facilitators.Select(id =>
            {
                var row = said.GetValueOrDefault(id);
                return new FacilitatorTime(
                    id, SeriesRules.Zone(row?.TimeZone ?? PracticeDefaults.TimeZone)!, row?.Times(),
                    [.. byPerson[id].OrderBy(b => b.StartsAt).Select(b => new Stretch(b.StartsAt.UtcTicks, b.EndsAt.UtcTicks))],
                    TimeSpan.FromMinutes(row?.BreakMinutes ?? 0));
            }),
        ];
    }

    /// <summary>Meetings during which one of these has time off, in order of time.</summary>
    public static Task<IReadOnlyList<MeetingInTimeOff>> InTimeOffAsync(UnitOfWork work, Guid[] staff, IReadOnlyList<MeetingTime> meetings) =>
        work.QueryAsync<MeetingInTimeOff>(
            """
            select t.facilitator_id, m.starts_at, m.ends_at from unnest(@starts, @ends) m (starts_at, ends_at)
            join time_off t on t.facilitator_id = any(@staff) and t.starts_at < m.ends_at and t.ends_at > m.starts_at
            group by 1, 2, 3 order by m.starts_at, t.facilitator_id
            """, new { staff, starts = meetings.Select(m => m.StartsAt).ToArray(), ends = meetings.Select(m => m.EndsAt).ToArray() });

    private sealed record OffRow(Guid FacilitatorId, DateTimeOffset StartsAt, DateTimeOffset EndsAt);

    private sealed record Row(
        Guid FacilitatorId, string TimeZone, string Weekly, string Bookable, int BreakMinutes, int TravelMinutes, int NoticeHours, int HorizonDays,
        long Version)
    {
        public Availability With(IReadOnlyList<OffRow> off) => new(
            FacilitatorId, TimeZone, Read<WeeklyTime>(Weekly), [.. off.Select(o => new TimeOff(o.StartsAt, o.EndsAt))], Read<Bookable>(Bookable),
            BreakMinutes, TravelMinutes, NoticeHours, HorizonDays, Version);

        /// <summary>Null where no times are said: then at any time.</summary>
        public IReadOnlyList<WeekTime>? Times() => Read<WeeklyTime>(Weekly) is { Count: > 0 } times
            ? [.. times.Select(t => new WeekTime(
                AvailabilityRules.Day(t.DayOfWeek!), AvailabilityRules.Minute(t.From)!.Value, AvailabilityRules.Minute(t.To)!.Value))]
            : null;

        private static List<T> Read<T>(string text) => JsonSerializer.Deserialize<List<T>>(text, ContractJson.Options)!;
    }
}
