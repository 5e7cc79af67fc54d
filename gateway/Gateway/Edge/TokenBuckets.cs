using System.Collections.Concurrent;
using System.Net;

namespace GroupTherapy.Gateway.Edge;

/// <summary>Token buckets by caller: <paramref name="burst"/> at once, <paramref name="perSecond"/> in the long run. Full buckets are forgotten, so memory follows those who are active.</summary>
internal sealed class TokenBuckets(double perSecond, double burst, TimeProvider clock)
{
    private const int SweepAbove = 10_000;
    private readonly ConcurrentDictionary<string, Bucket> _buckets = new(StringComparer.Ordinal);
    private long _swept = clock.GetTimestamp();

    /// <returns>Zero when the request may pass; otherwise how long until the next may.</returns>
    public TimeSpan Take(string caller)
    {
        Sweep();
        var bucket = _buckets.GetOrAdd(caller, _ => new Bucket { Tokens = burst, At = clock.GetTimestamp() });
        lock (bucket)
        {
            var now = clock.GetTimestamp();
            bucket.Tokens = Math.Min(burst, bucket.Tokens + clock.GetElapsedTime(bucket.At, now).TotalSeconds * perSecond);
            bucket.At = now;
            if (bucket.Tokens >= 1)
            {
                bucket.Tokens--;
                return TimeSpan.Zero;
            }

            return TimeSpan.FromSeconds((1 - bucket.Tokens) / perSecond);
        }
    }

    private void Sweep()
    {
        var full = TimeSpan.FromSeconds(burst / perSecond);
        if (_buckets.Count < SweepAbove || clock.GetElapsedTime(Interlocked.Read(ref _swept)) < full)
        {
            return;
        }

        Interlocked.Exchange(ref _swept, clock.GetTimestamp());
        foreach (var (caller, bucket) in _buckets)
        {
            // Whoever takes from it at this moment loses nothing: a new bucket is as full as this one would be.
            if (clock.GetElapsedTime(bucket.At) >= full)
            {
                _buckets.TryRemove(caller, out _);
            }
        }
    }

    private sealed class Bucket
    {
        public double Tokens { get; set; }

        public long At { get; set; }
    }
}

/// <summary>Who may ask how often. Per process: with several gateways each counts for itself.</summary>
internal sealed class RateLimits(GatewaySettings settings, TimeProvider clock)
{
    private readonly TokenBuckets _people = new(20, 100, clock);
    private readonly TokenBuckets _addresses = new(20, 100, clock);

    // Guessing passwords and making accounts: a practice behind one address signs in at nine, a list of passwords does not pass.
    private readonly TokenBuckets _signIns = new(1, 30, clock);

    public TimeSpan TakeFor(string? person, IPAddress? address, bool signsIn)
    {
        if (person is not null && !signsIn)
        {
            return _people.Take(person);
        }

        if (address is null || (settings.Demo && IPAddress.IsLoopback(address)))
        {
            return TimeSpan.Zero;
        }

        return (signsIn ? _signIns : _addresses).Take(Block(address));
    }

    /// <summary>IPv6 by its /64: a household has 2^64 of them.</summary>
    private static string Block(IPAddress address) =>
        address.IsIPv4MappedToIPv6 ? address.MapToIPv4().ToString()
        : address.AddressFamily == System.Net.Sockets.AddressFamily.InterNetworkV6 ? Convert.ToHexString(address.GetAddressBytes().AsSpan(0, 8))
        : address.ToString();
}
