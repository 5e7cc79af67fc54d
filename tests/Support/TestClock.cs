namespace GroupTherapy.Tests.Support;

/// <summary>The clock of a test: real time plus what the test adds, or time that stands until the test moves it. Timers keep real time.</summary>
public sealed class TestClock : TimeProvider
{
    private readonly bool _stands;
    private readonly long _start;
    private long _at;

    /// <summary>Runs with real time.</summary>
    /// <param name="startsAt">What it shows now; real time when left out.</param>
    public TestClock(DateTimeOffset? startsAt = null)
        : this(false, startsAt is { } at ? at.UtcTicks - System.GetUtcNow().UtcTicks : 0) { }

    private TestClock(bool stands, long at) => (_stands, _start, _at) = (stands, at, at);

    /// <summary>What it shows; setting it moves the clock.</summary>
    public DateTimeOffset Now
    {
        get => GetUtcNow();
        set => Interlocked.Exchange(ref _at, _stands ? value.UtcTicks : value.UtcTicks - System.GetUtcNow().UtcTicks);
    }

    /// <summary>Whether <see cref="Advance"/> moves timestamps too, by which code measures elapsed time. A standing clock always does.</summary>
    public bool MovesTimestamps { get; init; }

    public override long TimestampFrequency => TimeSpan.TicksPerSecond;

    private long Ticks => Interlocked.Read(ref _at);

    public static TestClock StandingAt(DateTimeOffset now) => new(true, now.UtcTicks);

    public override DateTimeOffset GetUtcNow() => new(_stands ? Ticks : System.GetUtcNow().UtcTicks + Ticks, TimeSpan.Zero);

    public override long GetTimestamp() => _stands ? Ticks - _start : System.GetElapsedTime(0).Ticks + (MovesTimestamps ? Ticks - _start : 0);

    public void Advance(TimeSpan by) => Interlocked.Add(ref _at, by.Ticks);
}
