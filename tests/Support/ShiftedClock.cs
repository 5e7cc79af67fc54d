namespace GroupTherapy.Tests.Support;

/// <summary>Real time plus what the test adds: workers tick as ever, and deadlines come when the test says so.</summary>
public sealed class ShiftedClock(DateTimeOffset? startsAt = null) : TimeProvider
{
    private readonly long _base = startsAt is { } at ? at.UtcTicks - System.GetUtcNow().UtcTicks : 0;
    private long _added;

    public override DateTimeOffset GetUtcNow() => new(System.GetUtcNow().UtcTicks + _base + Interlocked.Read(ref _added), TimeSpan.Zero);

    public void Advance(TimeSpan by) => Interlocked.Add(ref _added, by.Ticks);
}
