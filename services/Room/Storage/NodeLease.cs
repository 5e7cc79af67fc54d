using GroupTherapy.Room.Domain;

namespace GroupTherapy.Room.Storage;

/// <summary>
/// Whether this node may still serve, by its own clock. The lease counts from before the renewal was asked for, so it is over here before the database calls
/// it over.
/// A node that cannot renew it takes its rooms for held: it refuses what is asked and sends its people elsewhere.
/// </summary>
public sealed class NodeLease(RoomTimes times)
{
    /// <summary>Whether the database still takes the writes of a row of <c>nodes</c>. The save asks again after it locked the rooms.</summary>
    internal const string Counts = "lease_until > clock_timestamp()";

    /// <summary>This process, from start to end.</summary>
    public Guid NodeId { get; } = Guid.CreateVersion7();

    private long _renewedAt;
    private long _term;

    /// <summary>
    /// Grows when the lease was over before it was renewed. A write of an earlier term is refused, however late it reaches the database; 0 before the
    /// first lease.
    /// </summary>
    public long Term => Volatile.Read(ref _term);

    public bool IsOver => Volatile.Read(ref _renewedAt) is > 0 and var at && TimeProvider.System.GetElapsedTime(at) > times.NodeLease;

    /// <param name="askedAt">The timestamp taken before the renewal was asked for.</param>
    /// <param name="term">As the database counts it.</param>
    /// <returns>True when the lease had expired meanwhile: other nodes may have taken over this node's rooms.</returns>
    public bool Renewed(long askedAt, long term)
    {
        Volatile.Write(ref _renewedAt, askedAt);
        return Interlocked.Exchange(ref _term, term) is > 0 and var before && before != term;
    }
}
