using System.Diagnostics;
using GroupTherapy.Enrollment;
using GroupTherapy.Enrollment.Api;
using GroupTherapy.Enrollment.Consumers;
using GroupTherapy.Enrollment.Domain;
using GroupTherapy.Enrollment.Licensing;
using GroupTherapy.Enrollment.Storage;
using GroupTherapy.Enrollment.Workers;
using GroupTherapy.Platform.Data;
using GroupTherapy.Platform.Security;
using GroupTherapy.Tests.Support;
using Npgsql;

namespace GroupTherapy.Load.Licensing;

/// <summary>
/// Decisions on a real PostgreSQL: facts read, decided, stored with inputs and answer, audited, committed; one
/// transaction each.
/// </summary>
internal static class StoredDecisions
{
    public static async Task MeasureAsync(Rows rows, int writers, TimeSpan during, bool durable)
    {
        await using var database = await TestDatabase.CreateAsync(
            EnrollmentApp.Name,
            owner => Migrator.MigrateAsync(owner, EnrollmentApp.Name, typeof(EnrollmentApp).Assembly, TimeProvider.System),
            durable
        );
        await using var service = await InProcess.StartAsync(EnrollmentApp.Name, adjust => EnrollmentApp.Build([], adjust), database.Runtime);
        var (db, ruleSets) = (service.Get<Db>(), service.Get<RuleSetCache>());
        var (lead, member) = (Guid.CreateVersion7(), Guid.CreateVersion7());
        await SeedAsync(database.Owner, lead, member);
        var group = new SeatGroup(Guid.CreateVersion7(), "grouport", "A group", "psychotherapy_group", 18, false, false, lead, [], null, false, 10, 0, 1);
        var watch = Stopwatch.StartNew();
        var counts = await Task.WhenAll(
            Enumerable
                .Range(0, writers)
                .Select(_ =>
                    Task.Run(async () =>
                    {
                        var stored = 0;
                        while (watch.Elapsed < during)
                        {
                            await using var work = await db.BeginAsync(Caller.System("load"));
                            var rules = await ruleSets.InForceAsync(work);
                            var facts = await FactStore.ReadAsync(work, rules, group, member, Points.SeatHold, work.Now, null);
                            await DecisionStore.StoreAsync(
                                work,
                                work.NewId(),
                                rules,
                                facts,
                                LicensingEngine.Decide(rules, facts, work.Now),
                                member,
                                group.GroupId,
                                null,
                                null
                            );
                            await work.CommitAsync();
                            stored++;
                        }

                        return stored;
                    })
                )
        );
        var seconds = watch.Elapsed.TotalSeconds;
        await using var source = NpgsqlDataSource.Create(database.Owner);
        var kept = (long)(await source.CreateCommand("select count(*) from decisions").ExecuteScalarAsync())!;
        if (kept != counts.Sum())
        {
            throw new InvalidOperationException($"{counts.Sum()} decisions were committed and {kept} are there.");
        }

        rows.Raw($"stored by {writers}", 1, kept / seconds, 0, 0);
        rows.Add($"decisions stored, {writers} at once", $"{kept / seconds,8:0} /s", durable ? "fsync and synchronous commits" : "without fsync");
    }

    private static async Task SeedAsync(string owner, Guid lead, Guid member)
    {
        await using var source = NpgsqlDataSource.Create(owner);
        await using var command = source.CreateCommand(
            $"""
            insert into facilitators (id, display_name, profession, location, practices, version, updated_at)
                values ('{lead}', 'A facilitator', 'counselor', 'US-FL', array['grouport'], 1, now());
            insert into credentials (id, version, facilitator_id, kind, jurisdiction, type, status, valid_from, valid_to, encumbered, recorded_at, recorded_by)
            select gen_random_uuid(), 1, '{lead}', 'licence', place, type, 'active', '2018-01-01', '2099-12-31', false, now(), 'load'
                from (values ('US-FL', 'LMHC'), ('US-NY', 'LMHC'), ('US-NJ', 'LPC')) l (place, type);
            insert into members (id, legal_name, date_of_birth, phone, contact_name, contact_phone, contact_relation, updated_at)
                values ('{member}', 'Somebody', '1990-01-01', '1', 'A', '1', 'friend', now());
            insert into residences (id, member_id, jurisdiction, recorded_at, recorded_by) values (gen_random_uuid(), '{member}', 'US-FL', now(), 'load');
            """
        );
        await command.ExecuteNonQueryAsync();
    }
}
