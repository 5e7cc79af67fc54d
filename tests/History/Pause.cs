namespace GroupTherapy.History;

/// <summary>The pace of people: they do not act all the time.</summary>
internal static class Pause
{
    /// <summary>Lets time pass, less of it when <paramref name="ct"/> says so; no exception then.</summary>
    public static async Task ForAsync(int milliseconds, CancellationToken ct) =>
        await Task.Delay(milliseconds, ct).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
}
