namespace GroupTherapy.Room.Live;

/// <summary>
/// Whether this node may still serve, by its own clock. The lease counts from before the renewal was asked for, so it is over here before the database calls it over.
/// A node that cannot renew it takes its rooms for held: it refuses what is asked and sends its people elsewhere.
/// </summary>
public sealed class NodeLease(RoomTimes times)
{
    private long _renewedAt;

    public bool IsOver => Volatile.Read(ref _renewedAt) is > 0 and var at && TimeProvider.System.GetElapsedTime(at) > times.NodeLease;

    /// <param name="askedAt">The timestamp taken before the renewal was asked for.</param>
    /// <returns>True when the lease had been over meanwhile: what this node serves may have been given up by the others.</returns>
    public bool Renewed(long askedAt)
    {
        var lapsed = Volatile.Read(ref _renewedAt) is > 0 and var before && TimeProvider.System.GetElapsedTime(before, askedAt) > times.NodeLease;
        Volatile.Write(ref _renewedAt, askedAt);
        return lapsed;
    }
}
