using GroupTherapy.Room.Storage;

namespace GroupTherapy.Room.Delivery;

/// <summary>The newest part of one stream, cached by one node. Guarded by its room's lock.</summary>
internal sealed class StreamTail(string stream, long delivered)
{
    private const int MostKept = 256;
    private readonly SortedDictionary<long, StoredEvent> _pending = [];

    // Most streams are one person's and hold a few events: it grows with the events.
    private WireEvent?[] _kept = new WireEvent?[4];

    public string Stream => stream;

    /// <summary>Up to here connections may be sent.</summary>
    public long Delivered { get; private set; } = delivered;

    /// <summary>Up to here the log is known to reach.</summary>
    public long Known { get; private set; } = delivered;

    public void Offer(StoredEvent e, int most)
    {
        if (e.Seq <= Delivered)
        {
            return;
        }

        Known = Math.Max(Known, e.Seq);
        if (_pending.Count < most)
        {
            _pending.TryAdd(e.Seq, e);
        }
    }

    /// <returns>False when that was known.</returns>
    public bool NoteEnd(long lastSeq)
    {
        if (lastSeq <= Known)
        {
            return Known > Delivered;
        }

        Known = lastSeq;
        return true;
    }

    /// <summary>The position in the log itself. It outweighs every hint.</summary>
    /// <param name="whole">The log reached no further when it was read.</param>
    public void Fill(IReadOnlyList<StoredEvent> read, bool whole)
    {
        foreach (var e in read)
        {
            if (e.Seq > Delivered)
            {
                _pending[e.Seq] = e;
            }
        }

        if (whole && read.Count == 0)
        {
            // A hint promised what is not there; a true one will come again.
            _pending.Clear();
            Known = Delivered;
        }
    }

    public StoredEvent? TakeNext()
    {
        if (_pending.Count > 0 && _pending.First().Key == Delivered + 1)
        {
            _pending.Remove(Delivered + 1, out var next);
            return next;
        }

        return null;
    }

    public void Deliver(WireEvent e)
    {
        Delivered = e.Seq;
        if (_kept.Length < MostKept && _kept[e.Seq % _kept.Length] is not null)
        {
            var fewer = _kept;
            _kept = new WireEvent?[fewer.Length * 4];
            foreach (var kept in fewer)
            {
                _kept[kept!.Seq % _kept.Length] = kept;
            }
        }

        _kept[e.Seq % _kept.Length] = e;
    }

    public WireEvent? Find(long seq) => _kept[seq % _kept.Length] is { } e && e.Seq == seq ? e : null;
}
