namespace GroupTherapy.Platform.Messaging;

/// <summary>
/// How long a bus that is not whole is waited for while the broker answers. The endpoints of MassTransit come back by themselves, one that failed on the way
/// later each time (up to half a minute), and one that was cancelled at the wrong moment never does. Pure.
/// </summary>
internal sealed class BusPatience
{
    private static readonly TimeSpan AtMost = TimeSpan.FromSeconds(90);

    /// <summary>Before the bus was whole for the first time: it is busy declaring its queues.</summary>
    private static readonly TimeSpan AtStart = TimeSpan.FromMinutes(5);

    private TimeSpan? _movedAt;
    private int _most;

    /// <summary>Whether all endpoints listened at some time.</summary>
    public bool WasWhole { get; private set; }

    /// <param name="ready">Endpoints that listen.</param>
    /// <param name="answers">Whether the broker takes connections of ours; while it does not, nothing is the bus's fault.</param>
    /// <param name="now">On any clock that does not jump.</param>
    /// <returns>True when nothing more came back for so long that nothing will.</returns>
    public bool IsOver(int ready, int all, bool answers, TimeSpan now)
    {
        WasWhole |= ready == all;
        if (ready == all || !answers)
        {
            (_movedAt, _most) = (null, 0);
            return false;
        }

        if (_movedAt is null || ready > _most)
        {
            (_movedAt, _most) = (now, ready);
        }

        return now - _movedAt >= (WasWhole ? AtMost : AtStart);
    }
}
