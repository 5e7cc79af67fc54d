using System.Numerics;

namespace GroupTherapy.Load.Rooms;

/// <summary>Counts durations to within 2 % in constant space.</summary>
internal sealed class Histogram
{
    private const int Fine = 128;
    private readonly long[] _counts = new long[64 * Fine];

    public long Count { get; private set; }

    /// <param name="microseconds">Below zero counts as zero.</param>
    public void Add(long microseconds)
    {
        var value = Math.Max(0, microseconds);
        var shift = Math.Max(0, 63 - BitOperations.LeadingZeroCount((ulong)value | 1) - 6);
        _counts[shift * Fine + (int)(value >> shift)]++;
        Count++;
    }

    /// <returns>Milliseconds; NaN when nothing was counted.</returns>
    public double Milliseconds(double quantile)
    {
        if (Count == 0)
        {
            return double.NaN;
        }

        var rank = (long)Math.Ceiling(quantile * Count);
        long seen = 0;
        for (var i = 0; i < _counts.Length; i++)
        {
            seen += _counts[i];
            if (seen >= rank)
            {
                var (shift, fine) = (i / Fine, i % Fine);
                return (((long)fine << shift) + (shift == 0 ? 0 : (1L << shift) / 2.0)) / 1000.0;
            }
        }

        return double.NaN;
    }
}
