using System.Diagnostics;
using System.Globalization;
using GroupTherapy.Notifications;
using GroupTherapy.Notifications.Workers;
using GroupTherapy.Platform.Data;
using GroupTherapy.Platform.Work;
using GroupTherapy.Tests.Support;
using Npgsql;

namespace GroupTherapy.Load.Reminders;

/// <summary>
/// Plans the reminders of many sessions that come due at once: rows found among the scheduled work, people and their wishes read, mails and their scheduled
/// work written, on PostgreSQL with durable commits.
/// </summary>
internal static class RemindersVerb
{
    public const string Help = "[--sessions 100000] [--members 8]: reminders found and queued per second";

    public static async Task<int> RunAsync(string[] args)
    {
        var (sessions, members) = (Option(args, "--sessions", 100_000), Option(args, "--members", 8));
        await using var database = await TestDatabase.CreateAsync(
            "notifications",
            owner => Migrator.MigrateAsync(owner, "notifications", typeof(NotificationsApp).Assembly, TimeProvider.System),
            durable: true
        );
        await using var source = NpgsqlDataSource.Create(database.Owner);
        using var signal = new WorkSignal();
        var db = new Db(source, TimeProvider.System, signal);
        Console.WriteLine($"{sessions} sessions of {sessions / 5} groups with {members} members each, and a facilitator");
        await FillAsync(source, sessions, members);

        var (store, handler) = (new DueWorkStore(db), new PlanReminders(db));
        var (watch, process, done) = (Stopwatch.StartNew(), Process.GetCurrentProcess(), 0);
        var cpu = process.TotalProcessorTime;
        while (await store.ClaimAsync(handler.Kind, handler.BatchSize, handler.ClaimFor, CancellationToken.None) is { Count: > 0 } rows)
        {
            await handler.HandleAsync(rows, CancellationToken.None);
            await store.CompleteAsync(rows, CancellationToken.None);
            done += rows.Count;
        }

        var seconds = watch.Elapsed.TotalSeconds;
        process.Refresh();
        var mails = await db.FirstOrDefaultAsync<long>("select count(*) from mails");
        var queued = await db.FirstOrDefaultAsync<long>("select count(*) from due_work where kind = 'mail.send'");
        Console.WriteLine(
            string.Create(
                CultureInfo.InvariantCulture,
                $"{done} sessions, {mails} mails in {seconds:0.0} s: {done / seconds:0} sessions/s, {mails / seconds:0} mails/s; "
            ) + string.Create(CultureInfo.InvariantCulture, $"own CPU {(process.TotalProcessorTime - cpu).TotalSeconds:0.0} s")
        );
        var expected = 2L * sessions * (members + 1);
        var isWhole = mails == expected && queued == expected;
        Console.WriteLine(isWhole ? "Every person has both reminders once." : $"Expected {expected} mails; {queued} are queued.");
        return isWhole ? 0 : 1;
    }

    // Every fifth person has quiet hours, every third a zone of their own.
    private static async Task FillAsync(NpgsqlDataSource source, int sessions, int members)
    {
        await using var connection = await source.OpenConnectionAsync();
        await RunAsync(connection, $"create temp table g as select gen_random_uuid() as id, gen_random_uuid() as lead from generate_series(1, {sessions / 5})");
        await RunAsync(
            connection,
            $"""
            insert into enrollments (id, group_id, member_id, status, confirmed_at, version)
            select gen_random_uuid(), g.id, gen_random_uuid(), 'enrolled', now(), 1 from g, generate_series(1, {members})
            """
        );
        await RunAsync(
            connection,
            """
            insert into preferences (account_id, quiet_from, quiet_to)
            select member_id, '22:00', '07:00' from (select member_id, row_number() over () as n from enrollments) e where n % 5 = 0
            """
        );
        await RunAsync(
            connection,
            """
            insert into profiles (account_id, language, time_zone, read_at) select member_id, 'en', 'America/Chicago', now()
            from (select member_id, row_number() over () as n from enrollments) e where n % 3 = 0
            """
        );
        // At one in the afternoon in New York a day from now: nobody's reminder falls away.
        await RunAsync(
            connection,
            """
            insert into sessions (id, group_id, practice, starts_at, ends_at, time_zone, staff, lead_id, in_person, sequence, replanned_at,
                cancelled, version, time_version, changed_at)
            select gen_random_uuid(), g.id, 'grouport', t.at, t.at + interval '1 hour', 'America/New_York', array[g.lead], g.lead, false, 0, now(), false, 1, 1,
                now()
            from g, generate_series(1, 5) n, lateral (
                select (date_trunc('day', now() at time zone 'America/New_York' + interval '1 day') + interval '13 hours') at time zone 'America/New_York'
                    + n * interval '1 minute' as at) t
            """
        );
        await RunAsync(
            connection,
            "insert into due_work (kind, key, due_at, next_attempt_at) select 'reminder.plan', id::text, now(), now() - interval '1 second' from sessions"
        );
        await RunAsync(connection, "analyze");
    }

    private static async Task RunAsync(NpgsqlConnection connection, string sql)
    {
        await using var command = new NpgsqlCommand(sql, connection) { CommandTimeout = 600 };
        await command.ExecuteNonQueryAsync();
    }

    private static int Option(string[] args, string name, int unlessSet) =>
        Array.IndexOf(args, name) is var at and >= 0 && at + 1 < args.Length ? int.Parse(args[at + 1], CultureInfo.InvariantCulture) : unlessSet;
}
