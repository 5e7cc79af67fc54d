using NodaTime;

namespace GroupTherapy.Scheduling.Series;

/// <summary>
/// Maps wall-clock times of one zone to instants. It remembers the offset between two clock changes, so that a run of times in order costs a subtraction
/// each. A time that the clocks skip moves forward by what they skip; of a time that exists twice, the first counts.
/// </summary>
internal sealed class ZoneCursor(DateTimeZone zone)
{
    // Offsets change by less than a day: a time this far from both clock changes exists once.
    private const long Margin = TimeSpan.TicksPerDay;

    private long _from = long.MaxValue;
    private long _until = long.MinValue;
    private long _offset;

    /// <param name="local">Wall-clock ticks, as of a <see cref="DateTime"/>.</param>
    /// <returns>Ticks in UTC.</returns>
    public long ToUtc(long local)
    {
        if (local >= _from && local < _until)
        {
            return local - _offset;
        }

        // Of no interval (skipped) the early one is that before the change, of two (doubled) the first: its offset is right in every case.
        var interval = zone.MapLocal(LocalDateTime.FromDateTime(new DateTime(local))).EarlyInterval;
        _offset = interval.WallOffset.Ticks;
        _from = interval.HasStart ? interval.Start.ToDateTimeUtc().Ticks + _offset + Margin : long.MinValue;
        _until = interval.HasEnd ? interval.End.ToDateTimeUtc().Ticks + _offset - Margin : long.MaxValue;
        return local - _offset;
    }
}
