namespace GroupTherapy.Platform.Messaging;

/// <summary>
/// How long a bus that is not whole is waited for while the broker answers. The endpoints of MassTransit come back by themselves, but each later than after the outage
/// before (up to half a minute), and one that was cancelled at the wrong moment never does. Pure.
/// </summary>
internal sealed class BusPatience
{
    private static readonly double[] Seconds = [5, 10, 20, 40, 60];

    /// <summary>Before the bus was whole for the first time: it is busy declaring its queues.</summary>
    private static readonly TimeSpan AtStart = TimeSpan.FromSeconds(30);

    /// <summary>After this the process is at its wits' end and says so.</summary>
    private static readonly TimeSpan AtMost = TimeSpan.FromMinutes(5);

    private TimeSpan? _notWholeSince;
    private TimeSpan _movedAt;
    private int _most;
    private int _restarts;
    private bool _wasWhole;

    internal enum Step
    {
        Wait,
        Restart,
        GiveUp,
    }

    /// <param name="ready">Endpoints that listen.</param>
    /// <param name="answers">Whether the broker takes connections of ours; while it does not, nothing is the bus's fault.</param>
    /// <param name="now">On any clock that does not jump.</param>
    public Step Look(int ready, int all, bool answers, TimeSpan now)
    {
        if (ready == all || !answers)
        {
            _wasWhole |= ready == all;
            (_notWholeSince, _most, _restarts) = (null, 0, 0);
            return Step.Wait;
        }

        if (_notWholeSince is not { } since)
        {
            (_notWholeSince, _movedAt, _most) = (now, now, ready);
            return Step.Wait;
        }

        if (now - since >= AtMost)
        {
            return Step.GiveUp;
        }

        if (ready > _most)
        {
            (_movedAt, _most) = (now, ready);
        }

        if (now - _movedAt < (_wasWhole ? TimeSpan.FromSeconds(Seconds[Math.Min(_restarts, Seconds.Length - 1)]) : AtStart))
        {
            return Step.Wait;
        }

        (_movedAt, _most, _restarts) = (now, 0, _restarts + 1);
        return Step.Restart;
    }
}
