namespace GroupTherapy.Gateway.Tests;

/// <summary>The real clock with hands that a test may turn forward. Timers keep real time; the monotonic clock turns along.</summary>
public sealed class TestClock : TimeProvider
{
    private TimeSpan _ahead;

    public override DateTimeOffset GetUtcNow() => System.GetUtcNow() + _ahead;

    public override long GetTimestamp() => System.GetTimestamp() + (long)(_ahead.TotalSeconds * TimestampFrequency);

    public void Turn(TimeSpan by) => _ahead += by;
}
