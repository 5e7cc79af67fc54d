using System.Globalization;

namespace GroupTherapy.Host;

/// <summary>Lines that report what is going on, each with the seconds since the start.</summary>
public sealed class Progress(TextWriter output, TimeProvider clock)
{
    private static readonly TimeSpan ReportEvery = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan ReportLaterEvery = TimeSpan.FromSeconds(30);

    private readonly long started = clock.GetTimestamp();
    private readonly Lock gate = new();

    public double Seconds => clock.GetElapsedTime(started).TotalSeconds;

    public void Say(string text)
    {
        lock (gate)
        {
            output.WriteLine($"[{Seconds.ToString("0.0", CultureInfo.InvariantCulture),6} s] {text}");
            output.Flush();
        }
    }

    /// <summary>A line without a time, for text to be read or copied.</summary>
    public void Print(string text = "")
    {
        lock (gate)
        {
            output.WriteLine(text);
            output.Flush();
        }
    }

    /// <summary>Says that a step begins, every ten seconds (after a minute every thirty) that it still goes on, and how long it took.</summary>
    public async Task<T> StepAsync<T>(string what, Func<Task<T>> step)
    {
        var began = clock.GetTimestamp();
        Say($"{what} …");
        var work = step();
        while (await Task.WhenAny(work, Task.Delay(clock.GetElapsedTime(began) < TimeSpan.FromMinutes(1) ? ReportEvery : ReportLaterEvery, clock)) != work)
        {
            Say($"{what}: still at it after {clock.GetElapsedTime(began).TotalSeconds:0} s");
        }

        var result = await work;
        Say($"{what}: done in {clock.GetElapsedTime(began).TotalSeconds.ToString("0.0", CultureInfo.InvariantCulture)} s");
        return result;
    }

    public Task StepAsync(string what, Func<Task> step) =>
        StepAsync(
            what,
            async () =>
            {
                await step();
                return true;
            }
        );
}
