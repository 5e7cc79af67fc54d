using GroupTherapy.Platform.Data;
using GroupTherapy.Scheduling.Domain;

namespace GroupTherapy.Scheduling.Storage;

/// <summary>Reads and writes the holidays of practices.</summary>
internal static class HolidayStore
{
    private const string Columns = "id, day, name, effect, move_days";

    public static Task<IReadOnlyList<Holiday>> BetweenAsync(UnitOfWork work, string practice, DateOnly from, DateOnly until) =>
        work.QueryAsync<Holiday>(
            $"select {Columns} from holidays where practice = @practice and day between @from and @until order by day",
            new
            {
                practice,
                from,
                until,
            }
        );

    public static Task<IReadOnlyList<Holiday>> ListAsync(Db db, string practice, DateOnly? after, int atMost, CancellationToken ct) =>
        db.QueryAsync<Holiday>(
            $"select {Columns} from holidays where practice = @practice and (@after::date is null or day > @after) order by day limit @atMost",
            new
            {
                practice,
                after,
                atMost,
            },
            ct
        );

    /// <returns>Those that were not there yet.</returns>
    public static Task<IReadOnlyList<Holiday>> AddAsync(UnitOfWork work, string practice, IReadOnlyList<Holiday> holidays) =>
        work.QueryAsync<Holiday>(
            $"""
            insert into holidays (id, practice, day, name, effect, move_days, added_at)
            select h.id, @practice, h.day, h.name, h.effect, h.move_days, @Now
            from unnest(@ids, @days, @names, @effects, @moves) h (id, day, name, effect, move_days)
            on conflict on constraint one_holiday_per_practice_and_day do nothing returning {Columns}
            """,
            new
            {
                practice,
                work.Now,
                ids = holidays.Select(h => h.Id).ToArray(),
                days = holidays.Select(h => h.Day).ToArray(),
                names = holidays.Select(h => h.Name).ToArray(),
                effects = holidays.Select(h => h.Effect).ToArray(),
                moves = holidays.Select(h => h.MoveDays).ToArray(),
            }
        );

    public static async Task<bool> RemoveAsync(UnitOfWork work, string practice, Guid id) =>
        await work.ExecuteAsync("delete from holidays where practice = @practice and id = @id", new { practice, id }) == 1;

    /// <summary>Groups of the practice with a session of their series on one of these days that is still to come.</summary>
    public static Task<IReadOnlyList<Guid>> GroupsOnAsync(UnitOfWork work, string practice, DateOnly[] days, DateTimeOffset after) =>
        work.QueryAsync<Guid>(
            """
            select distinct s.group_id from sessions s join groups g on g.id = s.group_id
            where g.practice = @practice and s.local_date = any(@days) and not s.extra and s.placement = 'series' and s.cancelled_at is null
                and s.starts_at > @after
            order by s.group_id
            """,
            new
            {
                practice,
                days,
                after,
            }
        );
}
