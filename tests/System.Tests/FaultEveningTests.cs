using GroupTherapy.History;

namespace GroupTherapy.SystemTests;

/// <summary>
/// An evening of rooms over two nodes and a rush for seats over two processes, while everything below them is killed, stopped and flushed: recorded, and
/// judged as a whole.
/// </summary>
[Collection(nameof(FaultEveningTests))]
public sealed class FaultEveningTests(ITestOutputHelper output)
{
    // More than one round of all faults, for a machine that has the time.
    private static readonly int Rounds = Environment.GetEnvironmentVariable("GT_ROUNDS") is { } rounds ? int.Parse(rounds, null) : 1;

    // GT_DATA_FAULTS names the folder of a deployment that runs already, with the options of FaultEvening; GT_SEED repeats a run's choices.
    private static readonly string? Running = Environment.GetEnvironmentVariable("GT_DATA_FAULTS");
    private static readonly int Seed = Environment.GetEnvironmentVariable("GT_SEED") is { } seed ? int.Parse(seed, null) : Random.Shared.Next(1, 1_000_000);

    [Fact]
    public async Task Every_fault_strikes_under_load_and_the_recorded_evening_holds()
    {
        await using var own = await OwnSite.UpAsync(Running, FaultEvening.Options);
        own.Keep = true;
        Say($"logs in {own.Logs}");
        await using var evening = await FaultEvening.BeginAsync(own.Site, "system", Seed, rooms: 3, callers: 16, Say);
        var random = new Random(Seed);
        for (var run = 0; run < Rounds; run++)
        {
            var faults = Faults.All.ToArray();
            random.Shuffle(faults);
            foreach (var fault in faults)
            {
                await evening.StrikeAsync(fault, run);
            }

            await evening.SendOutAndLetInAsync();
        }

        var verdict = await evening.EndAsync("chat,private,removal,facilitator,seats,waitlist,fault");

        Assert.True(
            verdict.Exit == 0,
            $"The judge ended with {verdict.Exit} on {evening.HistoryPath} (seed {Seed}): {verdict.Report["violations"]} {verdict.Report["not_exercised"]}"
        );
        foreach (var (kind, seconds) in verdict.Recoveries)
        {
            Say($"{kind,-24} felt for {seconds:0.0} s");
        }

        Say($"{verdict.Metrics["chat"]} {verdict.Metrics["seats"]} {verdict.Metrics["facilitator"]}");
        File.Delete(evening.HistoryPath);
        own.Keep = Environment.GetEnvironmentVariable("GT_KEEP") is not null;
    }

    private void Say(string line) => output.WriteLine(line);
}

// Beside nothing else: two deployments and their load at once would measure each other.
[CollectionDefinition(nameof(FaultEveningTests), DisableParallelization = true)]
public sealed class FaultEveningCollection;
