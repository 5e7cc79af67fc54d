using System.Diagnostics;
using System.Globalization;
using FsCheck;
using FsCheck.Fluent;

namespace GroupTherapy.Enrollment.Tests.Machine;

/// <summary>
/// Any order of requests, ticks, repeats, news, moves and kills, against the real service and a naive model of it. <c>GT_MACHINE_RUNS</c> asks for more runs
/// than the few of the suite,
/// <c>GT_MACHINE_SEED</c> (<c>SEED,GAMMA</c>, as a failure prints them) for the same ones.
/// </summary>
[Collection(ApartWorld.OneAtATime)]
public sealed class SeatMachineTests(ApartWorld world, ITestOutputHelper output) : IClassFixture<ApartWorld>
{
    private const int Runs = 6;
    private const int CommandsAtMost = 40;

    // Shrinking tries again and again what failed once, and many of these tries wait for a fact that never comes: each gives up sooner, and at last it is
    // told what is known.
    private static readonly TimeSpan ShrunkWaits = TimeSpan.FromSeconds(4);
    private static readonly TimeSpan ShrinksAtMost = TimeSpan.FromSeconds(120);

    // What even a few runs always meet.
    private static readonly string[] Always =
    [
        "Reserve",
        "Confirm",
        "Cancel",
        "reserved",
        "waitlisted",
        "enrolled",
        "WaitlistOffered",
        "SeatReleased",
        "ended: expired",
        "replayed",
    ];

    [Fact]
    public void Seats_are_what_the_model_says_whatever_happens_in_whatever_order()
    {
        var runs = int.TryParse(Environment.GetEnvironmentVariable("GT_MACHINE_RUNS"), CultureInfo.InvariantCulture, out var asked) ? asked : Runs;
        var config = Config.QuickThrowOnFailure.WithMaxTest(runs).WithQuietOnSuccess(true);
        if (Environment.GetEnvironmentVariable("GT_MACHINE_SEED")?.Split(',') is [var seed, var gamma])
        {
            config = config.WithReplay(ulong.Parse(seed, CultureInfo.InvariantCulture), ulong.Parse(gamma, CultureInfo.InvariantCulture));
        }

        var seen = new Dictionary<string, int>();
        var failed = new Stopwatch();
        Prop.ForAll(
                Script.Arbitrary(CommandsAtMost),
                script =>
                {
                    if (failed.Elapsed > ShrinksAtMost)
                    {
                        return true;
                    }

                    try
                    {
                        Task.Run(() => SeatMachine.RunAsync(world, script, seen)).GetAwaiter().GetResult();
                        return true;
                    }
                    catch (InvalidOperationException)
                    {
                        failed.Start();
                        world.Limit = ShrunkWaits;
                        throw;
                    }
                }
            )
            .Check(config);
        output.WriteLine(string.Join("\n", seen.OrderByDescending(s => s.Value).Select(s => $"{s.Value,6} {s.Key}")));
        Assert.All(Always, what => Assert.Contains(what, seen.Keys));
    }
}
