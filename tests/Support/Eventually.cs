using System.Diagnostics;

namespace GroupTherapy.Tests.Support;

/// <summary>Waits for a fact. The failure is the missing fact, said as a sentence ("member B did not see A").</summary>
public static class Eventually
{
    private static readonly TimeSpan Usual = TimeSpan.FromSeconds(40);

    /// <summary>Asks until <paramref name="fact"/> holds.</summary>
    /// <param name="missingFact">What to say when it never does; read at the moment of failure, so it can report what was seen last.</param>
    /// <param name="timeout">40 s when left out: far beyond what a machine busy with other builds needs.</param>
    public static async Task Async(Func<Task<bool>> fact, Func<string> missingFact, TimeSpan? timeout = null)
    {
        var watch = Stopwatch.StartNew();
        var limit = timeout ?? Usual;
        Exception? last = null;
        for (var wait = 5; ; wait = Math.Min(wait * 2, 100))
        {
            try
            {
                if (await fact())
                {
                    return;
                }

                last = null;
            }
            catch (Exception e) when (watch.Elapsed < limit)
            {
                // A service that is still coming up refuses connections; that too is just a fact that is missing yet.
                last = e;
            }

            if (watch.Elapsed >= limit)
            {
                throw new TimeoutException($"After {limit.TotalSeconds:0.#} s: {missingFact()}", last);
            }

            await Task.Delay(wait);
        }
    }

    public static Task Async(Func<bool> fact, Func<string> missingFact, TimeSpan? timeout = null) => Async(() => Task.FromResult(fact()), missingFact, timeout);

    /// <summary>Asks until there is a value, and returns it.</summary>
    public static async Task<T> ValueAsync<T>(Func<Task<T?>> read, Func<string> missingFact, TimeSpan? timeout = null)
        where T : class
    {
        T? value = null;
        await Async(async () => (value = await read()) is not null, missingFact, timeout);
        return value!;
    }
}
