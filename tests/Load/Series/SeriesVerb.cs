using System.Diagnostics;
using System.Globalization;
using System.Net.Http.Json;
using System.Text.Json.Nodes;
using GroupTherapy.Contracts.Enrollment.V1;
using GroupTherapy.Platform.Data;
using GroupTherapy.Scheduling;
using GroupTherapy.Scheduling.Consumers;
using GroupTherapy.Scheduling.Series;
using GroupTherapy.Tests.Support;
using NodaTime;

namespace GroupTherapy.Load.Series;

/// <summary>What an occurrence of a series costs beside Luxon, a year of many series with its writes, and a search for free hours.</summary>
internal static class SeriesVerb
{
    public const string Help = "series: microseconds per occurrence beside Luxon, a year of 500 series moved, free hours of 50 facilitators (--series N)";

    public static async Task<int> RunAsync(string[] args)
    {
        var count = args is ["--series", var text] ? int.Parse(text, CultureInfo.InvariantCulture) : 500;
        var equal = await BesideLuxonAsync();
        Expansion(count);
        Search();
        await MovedAsync(count);
        return equal ? 0 : 1;
    }

    // The years are over, so that both libraries' zone data tell the same of them.
    private static async Task<bool> BesideLuxonAsync()
    {
        const int Weeks = 400;
        var zones = DateTimeZoneProviders.Tzdb.Ids.ToArray();
        var (startsOn, time) = (new DateOnly(2017, 1, 3), new LocalTime(19, 30));
        long[] Compute(string zone) =>
            [
                .. SeriesRules
                    .NotOver(new WeeklySeries(startsOn, time, DateTimeZoneProviders.Tzdb[zone], 60, Weeks), DateTimeOffset.UnixEpoch)
                    .Select(o => o.StartsAt.ToUnixTimeMilliseconds()),
            ];
        var theirs = await CalendarTools.RunAsync(
            "occurrences.mjs",
            new JsonObject
            {
                ["zones"] = new JsonArray([.. zones.Select(z => JsonValue.Create(z))]),
                ["startsOn"] = startsOn.ToString("yyyy-MM-dd", CultureInfo.InvariantCulture),
                ["hour"] = time.Hour,
                ["minute"] = time.Minute,
                ["weeks"] = Weeks,
            }.ToJsonString()
        );
        var result = theirs["result"]!.AsObject();
        var different = result.Where(z => !Compute(z.Key).SequenceEqual(z.Value!.AsArray().Select(v => (long)v!))).Select(z => z.Key).ToList();
        foreach (var zone in zones)
        {
            Compute(zone);
        }

        var total = zones.Length * Weeks;
        var ours =
            Median(
                9,
                () =>
                {
                    foreach (var zone in zones)
                    {
                        Count(SeriesRules.NotOver(new WeeklySeries(startsOn, time, DateTimeZoneProviders.Tzdb[zone], 60, Weeks), DateTimeOffset.UnixEpoch));
                    }
                }
            ).Cpu
            * 1000
            / total;
        var luxon = (double)theirs["microsecondsPerOccurrence"]!;
        Console.WriteLine($"occurrence: {ours:0.0000} us CPU; Luxon {luxon:0.00} us; {luxon / ours:0} times");
        Console.WriteLine($"zones: {result.Count} known to both, {different.Count} different {string.Join(", ", different.Take(10))}");
        return different.Count == 0;
    }

    private static int Count(IEnumerable<Occurrence> occurrences) => occurrences.Count();

    private static void Expansion(int count)
    {
        string[] zones = ["America/New_York", "America/Chicago", "America/Phoenix", "America/Denver", "Europe/London"];
        var series = Enumerable
            .Range(0, count)
            .Select(i => new WeeklySeries(
                new DateOnly(2026, 1, 5).AddDays(i % 7),
                new LocalTime(8 + i % 12, 0),
                DateTimeZoneProviders.Tzdb[zones[i % zones.Length]],
                60,
                52
            ))
            .ToList();
        var occurrences = 0;
        var (wall, cpu) = Median(15, () => occurrences = series.Sum(s => SeriesRules.NotOver(s, DateTimeOffset.UnixEpoch).Count()));
        Console.WriteLine($"a year of {count} series expanded: {cpu:0.00} ms CPU, {wall:0.00} ms ({occurrences} occurrences)");
    }

    private static void Search()
    {
        var random = new Random(1);
        var zone = DateTimeZoneProviders.Tzdb["America/New_York"];
        var monday = new DateOnly(2026, 1, 5);
        var begin = SeriesRules.ToInstant(monday.ToDateTime(TimeOnly.MinValue), zone);
        var people = Enumerable
            .Range(0, 50)
            .Select(_ => new FacilitatorTime(
                Guid.CreateVersion7(),
                zone,
                [.. Enumerable.Range(0, 5).Select(d => new WeekTime(d, 9 * 60, 20 * 60))],
                [
                    .. Enumerable
                        .Range(0, 52 * 10)
                        .Select(_ => begin.AddMinutes(15 * random.Next(52 * 7 * 96)))
                        .Order()
                        .Select(b => new Stretch(b.UtcTicks, b.AddMinutes(75).UtcTicks)),
                ],
                TimeSpan.FromMinutes(15)
            ))
            .ToList();
        var slots = 0;
        var (wall, cpu) = Median(15, () => slots = FreeHours.Weekly(people, zone, monday, 52, 60).Count);
        Console.WriteLine($"free hours of 50 facilitators in 52 weeks: {cpu:0.00} ms CPU, {wall:0.00} ms ({slots} times of the week)");
    }

    // The whole service with its database: each series gets another hour from its second week on, by one request.
    private static async Task MovedAsync(int count)
    {
        await using var database = await TestDatabase.CreateAsync(
            "scheduling",
            owner => Migrator.MigrateAsync(owner, "scheduling", typeof(SchedulingApp).Assembly, TimeProvider.System),
            durable: true
        );
        await using var service = await InProcess.StartAsync("scheduling", adjust => SchedulingApp.Build([], adjust), database.Runtime);
        var db = service.Get<Db>();
        var tomorrow = DateOnly.FromDateTime(TimeProvider.System.GetUtcNow().UtcDateTime).AddDays(2);
        using var client = service.As(Guid.CreateVersion7(), ["operator"], ["grouport"]);
        var groups = new List<Guid>();
        for (var i = 0; i < count; i++)
        {
            var facilitator = Guid.CreateVersion7();
            await new UpsertFacilitatorWhenFacilitatorCredentialChanged(db).DeliverAsync(
                new FacilitatorCredentialChanged(facilitator, "A", "counselor", ["grouport"], [], 1, DateTimeOffset.UnixEpoch),
                Guid.CreateVersion7()
            );
            using var opened = await client.PostAsJsonAsync(
                "/api/groups",
                new
                {
                    practice = "grouport",
                    name = "A",
                    topic = "anxiety",
                    serviceClass = "psychotherapy_group",
                    capacity = 10,
                    facilitatorId = facilitator,
                    schedule = new
                    {
                        startsOn = $"{tomorrow:yyyy-MM-dd}",
                        localTime = "19:00",
                        timeZone = "America/New_York",
                        durationMinutes = 60,
                        weeks = 52,
                    },
                }
            );
            groups.Add((Guid)(await opened.Content.ReadFromJsonAsync<JsonObject>())!["id"]!);
        }

        var (watch, cpu) = (Stopwatch.StartNew(), Environment.CpuUsage.TotalTime);
        foreach (var group in groups)
        {
            using var changed = await client.PostAsJsonAsync(
                $"/api/groups/{group}/changes",
                new { from = $"{tomorrow.AddDays(3):yyyy-MM-dd}", localTime = "18:00" }
            );
            changed.EnsureSuccessStatusCode();
        }

        var spent = (Environment.CpuUsage.TotalTime - cpu).TotalMilliseconds;
        Console.WriteLine(
            $"a year of {count} series moved, with writes, audit and events: {watch.Elapsed.TotalSeconds:0.0} s, "
                + $"{watch.Elapsed.TotalMilliseconds / count:0.0} ms a series ({spent / count:0.0} ms CPU of the service and its caller)"
        );
    }

    private static (double Wall, double Cpu) Median(int rounds, Action act)
    {
        var (walls, cpus) = (new List<double>(), new List<double>());
        for (var i = 0; i < rounds; i++)
        {
            var (watch, before) = (Stopwatch.StartNew(), Environment.CpuUsage.TotalTime);
            act();
            walls.Add(watch.Elapsed.TotalMilliseconds);
            cpus.Add((Environment.CpuUsage.TotalTime - before).TotalMilliseconds);
        }

        return (walls.Order().ElementAt(rounds / 2), cpus.Order().ElementAt(rounds / 2));
    }
}
