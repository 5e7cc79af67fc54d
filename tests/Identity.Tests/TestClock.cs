namespace GroupTherapy.Identity.Tests;

/// <summary>The real clock with hands that a test may turn forward. Timers keep real time.</summary>
public sealed class TestClock : TimeProvider
{
    private TimeSpan _ahead;

    public override DateTimeOffset GetUtcNow() => System.GetUtcNow() + _ahead;

    public void Turn(TimeSpan by) => _ahead += by;
}
