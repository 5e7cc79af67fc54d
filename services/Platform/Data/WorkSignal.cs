using System.Collections.Concurrent;

namespace GroupTherapy.Platform.Data;

/// <summary>Wakes the background loops of this process after a commit. Rows that other processes commit are found by the loops' slow poll.</summary>
public sealed class WorkSignal : IDisposable
{
    private readonly ConcurrentDictionary<string, Slot> _slots = new();

    /// <param name="loop">The loop's name: a kind of scheduled work, <c>outbox</c> or <c>audit</c>.</param>
    /// <param name="dueAt">When the work is due; null means now. A loop that wakes earlier anyway is left alone.</param>
    public void Wake(string loop, DateTimeOffset? dueAt = null) => SlotOf(loop).Wake(dueAt?.UtcTicks ?? 0);

    /// <summary>From here on every wake is remembered, until the next wait.</summary>
    internal void BeginRun(string loop) => SlotOf(loop).Expect(long.MaxValue);

    /// <summary>Waits for a wake, at most until <paramref name="next"/>.</summary>
    /// <returns>True when it was woken.</returns>
    internal Task<bool> WaitAsync(string loop, DateTimeOffset next, TimeSpan atMost, CancellationToken ct)
    {
        var slot = SlotOf(loop);
        slot.Expect(next.UtcTicks);
        return slot.WaitAsync(atMost, ct);
    }

    public void Dispose()
    {
        foreach (var slot in _slots.Values)
        {
            slot.Dispose();
        }
    }

    private Slot SlotOf(string loop) => _slots.GetOrAdd(loop, static _ => new Slot());

    private sealed class Slot : IDisposable
    {
        private readonly SemaphoreSlim _wake = new(0, 1);
        private long _expected = long.MaxValue;

        public void Expect(long ticks) => Volatile.Write(ref _expected, ticks);

        public void Wake(long dueTicks)
        {
            if (dueTicks >= Volatile.Read(ref _expected))
            {
                return;
            }

            try
            {
                _wake.Release();
            }
            catch (SemaphoreFullException)
            {
                // One wake is enough for everything committed so far.
            }
        }

        public void Dispose() => _wake.Dispose();

        public Task<bool> WaitAsync(TimeSpan atMost, CancellationToken ct) => _wake.WaitAsync(atMost, ct);
    }
}
