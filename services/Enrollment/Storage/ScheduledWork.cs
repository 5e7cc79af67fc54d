using GroupTherapy.Enrollment.Domain;
using GroupTherapy.Platform.Data;
using GroupTherapy.Platform.Work;

namespace GroupTherapy.Enrollment.Storage;

/// <summary>
/// The kinds of scheduled work, and how many rows are scheduled at once. Of two instants for one key the earlier one counts. Only the handler of a row, which
/// names the version it claimed, moves it to a later one.
/// </summary>
internal static class ScheduledWork
{
    /// <summary>Key: an enrollment with a deadline.</summary>
    public const string ExpireSeat = "seat.expire";

    /// <summary>Key: a group with a waitlist.</summary>
    public const string OfferSeats = "seat.offer";

    /// <summary>Key: a live enrollment.</summary>
    public const string Reevaluate = "enrollment.reevaluate";

    /// <summary>Key: an enrolled member's enrollment.</summary>
    public const string IssuePermits = "permit.issue";

    /// <summary>Key: a rule set and an instant; data: the last enrollment that was reached.</summary>
    public const string SweepPermits = "permit.sweep";

    /// <summary>Key: begins with a group.</summary>
    public const string RecomputeCoverage = "coverage.recompute";

    /// <summary>Data: a practice, or nothing for all.</summary>
    public const string SpreadCoverage = "coverage.spread";

    /// <summary>Repeats.</summary>
    public const string TellEndingCredentials = "credential.ending";

    /// <summary>Schedules one row for each key that a query selects.</summary>
    /// <param name="keys">Selects <c>key</c>, in one order, so that writers do not deadlock; takes <c>@at</c>.</param>
    public static string ScheduleSql(string kind, string keys) => KeepEarlierSql(kind, $"select key::text, @at::timestamptz from ({keys}) k");

    /// <param name="rows">Selects keys and instants, in the order of the keys.</param>
    private static string KeepEarlierSql(string kind, string rows) =>
        $"""
        insert into due_work as w (kind, key, due_at, next_attempt_at) select '{kind}', key, at, at from ({rows}) r (key, at)
        on conflict (kind, key) do update set due_at = least(w.due_at, excluded.due_at), next_attempt_at = least(w.due_at, excluded.due_at),
            attempts = 0, last_error = null, version = nextval('due_work_version')
        """;

    public static void Schedule(UnitOfWork work, Statements statements, string kind, IReadOnlyList<(Guid Key, DateTimeOffset At)> rows)
    {
        var earliest = rows.GroupBy(r => r.Key)
            .Select(r => (Key: r.Key.ToString(), At: r.Min(one => one.At).UtcDateTime))
            .OrderBy(r => r.Key, StringComparer.Ordinal)
            .ToList();
        if (earliest.Count > 0)
        {
            statements.Add(
                KeepEarlierSql(kind, "select * from unnest($1, $2)"),
                Statements.NotCounted,
                earliest.Select(r => r.Key).ToArray(),
                earliest.Select(r => r.At).ToArray()
            );
            work.WakeAfterCommit(kind, rows.Min(r => r.At));
        }
    }

    /// <summary>Sets each key to a new instant, whatever it had before.</summary>
    public static void Replace(UnitOfWork work, Statements statements, string kind, IReadOnlyList<(Guid Key, DateTimeOffset At)> rows)
    {
        if (rows.Count > 0)
        {
            statements.Schedule(rows.GroupBy(r => r.Key).ToDictionary(r => (kind, r.Key.ToString()), r => ((DateTimeOffset?)r.Last().At, (string?)null)));
        }
    }

    public static void Remove(Statements statements, string kind, IReadOnlyList<Guid> keys)
    {
        if (keys.Count > 0)
        {
            statements.Add(
                "delete from due_work where kind = $1 and key = any($2)",
                Statements.NotCounted,
                kind,
                keys.Select(k => k.ToString()).Order(StringComparer.Ordinal).ToArray()
            );
        }
    }

    /// <summary>Members who confirmed or gave back a seat may be offered another one, in any group where they wait.</summary>
    public static void ScheduleOffersOfMembers(UnitOfWork work, Statements statements, Guid[] members)
    {
        statements.Add(
            KeepEarlierSql(
                OfferSeats,
                $"select distinct group_id::text, $1 from enrollments where member_id = any($2) and status = '{EnrollmentStatus.Waitlisted}' order by 1"
            ),
            Statements.NotCounted,
            work.Now,
            members
        );
        work.WakeAfterCommit(OfferSeats);
    }

    /// <summary>Moves a claimed row on, unless the work was scheduled anew since it was claimed.</summary>
    public static async Task MoveAsync(Db db, DueRow row, DateTimeOffset to, string? data, CancellationToken ct)
    {
        await using var command = db.Source.CreateCommand(
            """
            update due_work set due_at = $1, next_attempt_at = $1, data = $2, attempts = 0, last_error = null, version = nextval('due_work_version')
            where kind = $3 and key = $4 and version = $5
            """
        );
        command.Parameters.AddWithValue(to.UtcDateTime);
        command.Parameters.AddWithValue(data is null ? DBNull.Value : data);
        command.Parameters.AddWithValue(row.Kind);
        command.Parameters.AddWithValue(row.Key);
        command.Parameters.AddWithValue(row.Version);
        await command.ExecuteNonQueryAsync(ct);
    }

    /// <summary>Coverage is marked by triggers; after the commit its workers look at once.</summary>
    public static void WakeCoverage(UnitOfWork work)
    {
        work.WakeAfterCommit(RecomputeCoverage);
        work.WakeAfterCommit(SpreadCoverage);
    }
}
