using System.Numerics;
using NodaTime;

namespace GroupTherapy.Scheduling.Series;

/// <summary>A stretch of time, in UTC ticks.</summary>
public readonly record struct Stretch(long From, long To);

/// <summary>A time of the week on a wall clock.</summary>
/// <param name="Day">0 for Monday to 6 for Sunday.</param>
/// <param name="From">Minutes since midnight, and <paramref name="To"/>.</param>
public readonly record struct WeekTime(int Day, int From, int To);

/// <summary>The time of one facilitator.</summary>
/// <param name="Weekly">When they work; null for at any time.</param>
/// <param name="Busy">In order of their beginning; the breaks that belong to a session are in it.</param>
/// <param name="BreakAfter">The break that a new session would need behind it.</param>
public sealed record FacilitatorTime(Guid FacilitatorId, DateTimeZone Zone, IReadOnlyList<WeekTime>? Weekly, IReadOnlyList<Stretch> Busy, TimeSpan BreakAfter);

/// <summary>A time of the week at which a facilitator could lead a new group.</summary>
/// <param name="Minute">Since midnight, on the wall clock of the zone that was asked for.</param>
/// <param name="FreeWeeks">In how many of the weeks they are free then.</param>
public readonly record struct WeeklySlot(Guid FacilitatorId, int Day, int Minute, int FreeWeeks);

/// <summary>Finds free hours. Pure, and quick: a week is a row of bits, a quarter of an hour each.</summary>
public static class FreeHours
{
    private const int Step = 15;
    private const int PerDay = 24 * 60 / Step;
    private const int PerWeek = 7 * PerDay;
    private const int Words = (PerWeek + 63) / 64;
    private const long SlotTicks = Step * TimeSpan.TicksPerMinute;

    /// <summary>For each facilitator the quarters of an hour at which a session of this length fits in at least one of the weeks.</summary>
    /// <param name="monday">The first day of the first week.</param>
    public static List<WeeklySlot> Weekly(IReadOnlyList<FacilitatorTime> people, DateTimeZone zone, DateOnly monday, int weeks, int durationMinutes)
    {
        var found = new List<WeeklySlot>();
        var counts = new int[PerWeek];
        Span<ulong> free = stackalloc ulong[Words];
        Span<ulong> starts = stackalloc ulong[Words];
        var slots = (durationMinutes + Step - 1) / Step;
        foreach (var person in people)
        {
            Array.Clear(counts);
            var (own, back) = (new ZoneCursor(person.Zone), new LocalCursor(zone));
            var next = 0;
            for (var week = 0; week < weeks; week++)
            {
                var begin = monday.AddDays(7 * week).DayNumber * TimeSpan.TicksPerDay;
                Open(free, person, own, back, monday.AddDays(7 * week), begin);
                next = Close(free, person, back, begin, next);
                Starts(free, starts, slots);
                Count(starts, counts);
            }

            for (var slot = 0; slot < PerWeek; slot++)
            {
                if (counts[slot] > 0)
                {
                    found.Add(new WeeklySlot(person.FacilitatorId, slot / PerDay, slot % PerDay * Step, counts[slot]));
                }
            }
        }

        return found;
    }

    /// <summary>Starts, each quarter of an hour, at which a session of this length fits into the facilitator's working time.</summary>
    /// <param name="atMost">How many.</param>
    public static IEnumerable<DateTimeOffset> Starts(FacilitatorTime who, DateTimeOffset from, DateTimeOffset until, int durationMinutes, int atMost)
    {
        var cursor = new ZoneCursor(who.Zone);
        var length = durationMinutes * TimeSpan.TicksPerMinute;
        var day = DateOnly.FromDateTime(SeriesRules.WallClock(from, who.Zone)).AddDays(-1);
        var last = DateOnly.FromDateTime(SeriesRules.WallClock(until, who.Zone));
        var found = 0;
        for (; day <= last && found < atMost; day = day.AddDays(1))
        {
            foreach (var time in (who.Weekly ?? []).Where(w => w.Day == ((int)day.DayOfWeek + 6) % 7).OrderBy(w => w.From))
            {
                var end = cursor.ToUtc(day.DayNumber * TimeSpan.TicksPerDay + time.To * TimeSpan.TicksPerMinute);
                for (var at = cursor.ToUtc(day.DayNumber * TimeSpan.TicksPerDay + time.From * TimeSpan.TicksPerMinute); at + length <= end; at += SlotTicks)
                {
                    if (at >= from.UtcTicks && at < until.UtcTicks && found < atMost && IsFree(who, at, at + length))
                    {
                        found++;
                        yield return new DateTimeOffset(at, TimeSpan.Zero);
                    }
                }
            }
        }
    }

    private static bool IsFree(FacilitatorTime who, long from, long to)
    {
        var end = to + who.BreakAfter.Ticks;
        foreach (var busy in who.Busy)
        {
            if (busy.From >= end)
            {
                return true;
            }

            if (busy.To > from)
            {
                return false;
            }
        }

        return true;
    }

    private static void Open(Span<ulong> free, FacilitatorTime person, ZoneCursor own, LocalCursor back, DateOnly monday, long begin)
    {
        if (person.Weekly is not { } times)
        {
            free.Fill(ulong.MaxValue);
            free[^1] = PerWeek % 64 == 0 ? ulong.MaxValue : (1UL << (PerWeek % 64)) - 1;
            return;
        }

        free.Clear();
        foreach (var time in times)
        {
            var day = monday.AddDays(time.Day).DayNumber * TimeSpan.TicksPerDay;
            var from = back.ToLocal(own.ToUtc(day + time.From * TimeSpan.TicksPerMinute)) - begin;
            var to = back.ToLocal(own.ToUtc(day + time.To * TimeSpan.TicksPerMinute)) - begin;
            Set(free, (int)((from + SlotTicks - 1) / SlotTicks), (int)(to / SlotTicks), true);
        }
    }

    /// <returns>The first busy time that may reach into the next week.</returns>
    private static int Close(Span<ulong> free, FacilitatorTime person, LocalCursor back, long begin, int first)
    {
        var end = begin + PerWeek * SlotTicks;
        var rest = first;
        for (var i = first; i < person.Busy.Count; i++)
        {
            var (from, to) = (back.ToLocal(person.Busy[i].From) - person.BreakAfter.Ticks, back.ToLocal(person.Busy[i].To));
            if (from >= end)
            {
                break;
            }

            if (to <= begin)
            {
                // Stretches are in order of their beginning; a long one before may still reach further.
                rest = i == rest ? i + 1 : rest;
                continue;
            }

            Set(free, (int)Math.Max(0, (from - begin) / SlotTicks), (int)Math.Min(PerWeek, (to - begin + SlotTicks - 1) / SlotTicks), false);
        }

        return rest;
    }

    private static void Set(Span<ulong> bits, int from, int to, bool value)
    {
        for (var i = Math.Max(0, from); i < Math.Min(PerWeek, to);)
        {
            var (word, bit) = (i / 64, i % 64);
            var count = Math.Min(64 - bit, Math.Min(PerWeek, to) - i);
            var mask = (count == 64 ? ulong.MaxValue : (1UL << count) - 1) << bit;
            bits[word] = value ? bits[word] | mask : bits[word] & ~mask;
            i += count;
        }
    }

    // A bit stays where it and those after it are set: doubling the length covered, then the rest.
    private static void Starts(ReadOnlySpan<ulong> free, Span<ulong> starts, int slots)
    {
        free.CopyTo(starts);
        for (var have = 1; have < slots;)
        {
            var by = Math.Min(have, slots - have);
            AndShifted(starts, by);
            have += by;
        }
    }

    private static void AndShifted(Span<ulong> bits, int by)
    {
        var (words, rest) = (by / 64, by % 64);
        for (var i = 0; i < Words; i++)
        {
            var low = i + words < Words ? bits[i + words] : 0;
            var high = i + words + 1 < Words ? bits[i + words + 1] : 0;
            bits[i] &= rest == 0 ? low : (low >> rest) | (high << (64 - rest));
        }
    }

    private static void Count(ReadOnlySpan<ulong> starts, int[] counts)
    {
        for (var word = 0; word < Words; word++)
        {
            for (var bits = starts[word]; bits != 0; bits &= bits - 1)
            {
                counts[word * 64 + BitOperations.TrailingZeroCount(bits)]++;
            }
        }
    }
}

/// <summary>The wall-clock times of one zone at instants in order; it remembers the offset between two clock changes.</summary>
internal sealed class LocalCursor(DateTimeZone zone)
{
    private long _from = long.MaxValue;
    private long _until = long.MinValue;
    private long _offset;

    public long ToLocal(long utc)
    {
        if (utc < _from || utc >= _until)
        {
            var interval = zone.GetZoneInterval(Instant.FromDateTimeUtc(new DateTime(utc, DateTimeKind.Utc)));
            _offset = interval.WallOffset.Ticks;
            _from = interval.HasStart ? interval.Start.ToDateTimeUtc().Ticks : long.MinValue;
            _until = interval.HasEnd ? interval.End.ToDateTimeUtc().Ticks : long.MaxValue;
        }

        return utc + _offset;
    }
}
