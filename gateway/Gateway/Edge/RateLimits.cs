using System.Net;
using System.Net.Sockets;
using System.Threading.RateLimiting;

namespace GroupTherapy.Gateway.Edge;

/// <summary>
/// Token buckets per person, per address without a sign-in, and per address that signs in. Each gateway process counts for itself.
/// With demonstration data, loopback has no limit per address.
/// </summary>
internal sealed class RateLimits(GatewaySettings settings) : IDisposable
{
    // A bucket is refilled in small steps, so that a caller waits no longer than needed.
    private static readonly TokenBucketRateLimiterOptions Requests = Bucket(burst: 100, tokens: 2, every: TimeSpan.FromMilliseconds(100));

    // Against guessed passwords: an office behind one address can sign in at nine o'clock, a list of passwords cannot be tried.
    private static readonly TokenBucketRateLimiterOptions SignIns = Bucket(burst: 30, tokens: 1, every: TimeSpan.FromSeconds(1));

    private readonly PartitionedRateLimiter<Caller> _limiter = PartitionedRateLimiter.Create<Caller, Caller>(caller =>
        caller switch
        {
            { Key: "" } => RateLimitPartition.GetNoLimiter(caller),
            { SignsIn: true } => RateLimitPartition.GetTokenBucketLimiter(caller, static _ => SignIns),
            _ => RateLimitPartition.GetTokenBucketLimiter(caller, static _ => Requests),
        }
    );

    /// <param name="person">The account, when the caller is authenticated.</param>
    /// <param name="signsIn">True on the paths that check a password or a one-time secret: these count by address.</param>
    /// <returns>Null when the request may pass; otherwise how long the caller must wait.</returns>
    public TimeSpan? Refuse(string? person, IPAddress? address, bool signsIn)
    {
        using var lease = _limiter.AttemptAcquire(new Caller(person is not null && !signsIn ? person : LimitedBy(address), signsIn));
        return lease.IsAcquired ? null
            : lease.TryGetMetadata(MetadataName.RetryAfter, out var wait) ? wait
            : TimeSpan.FromSeconds(1);
    }

    public void Dispose() => _limiter.Dispose();

    private static TokenBucketRateLimiterOptions Bucket(int burst, int tokens, TimeSpan every) =>
        new()
        {
            TokenLimit = burst,
            TokensPerPeriod = tokens,
            ReplenishmentPeriod = every,
            QueueLimit = 0,
            AutoReplenishment = false,
        };

    /// <summary>An IPv6 address counts by its /64 prefix: one household has 2^64 addresses.</summary>
    public static string KeyOf(IPAddress? address) =>
        address is null ? ""
        : address.IsIPv4MappedToIPv6 ? address.MapToIPv4().ToString()
        : address.AddressFamily == AddressFamily.InterNetworkV6 ? Convert.ToHexString(address.GetAddressBytes().AsSpan(0, 8))
        : address.ToString();

    private string LimitedBy(IPAddress? address) => settings.Demo && address is not null && IPAddress.IsLoopback(address) ? "" : KeyOf(address);

    private readonly record struct Caller(string Key, bool SignsIn);
}
