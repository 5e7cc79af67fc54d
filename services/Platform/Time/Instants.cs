namespace GroupTherapy.Platform.Time;

/// <summary>PostgreSQL keeps microseconds; an instant that is hashed or compared later must not carry more.</summary>
public static class Instants
{
    public static DateTimeOffset ToMicroseconds(this DateTimeOffset instant) =>
        new(instant.UtcTicks - instant.UtcTicks % TimeSpan.TicksPerMicrosecond, TimeSpan.Zero);
}
