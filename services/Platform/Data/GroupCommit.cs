using System.Diagnostics;
using Npgsql;

namespace GroupTherapy.Platform.Data;

/// <summary>What a batch waits for. What it does not wait for it leaves to somebody who does.</summary>
public enum Patience
{
    /// <summary>For nothing that belongs to one person alone, and for a place only a moment: others wait behind.</summary>
    None,

    /// <summary>For its place as long as it takes.</summary>
    ForPlaces,

    /// <summary>For a person too.</summary>
    ForAll,
}

/// <summary>
/// Group commit: what is asked for while a batch is on its way to the disk is in the next one. Nobody waits for company: a lone request is a batch of its own at once.
/// Requests of one line (one person, or one message sent twice) follow one another.
/// </summary>
/// <remarks>
/// A batch that the database refused has changed nothing; then each of its places is tried by itself, beside the others, and a place that fails still, request by
/// request: one that cannot be written costs only its own sender. When the outcome is not known everybody is told so, and their keys tell the truth.
/// </remarks>
/// <typeparam name="TAsk">A request.</typeparam>
/// <typeparam name="TAnswer">What it is answered.</typeparam>
/// <typeparam name="TPlace">What requests contend for, a room or a group.</typeparam>
/// <typeparam name="TLine">Whose requests follow one another.</typeparam>
/// <param name="most">Of one batch: large enough that the wait for the disk is shared, small enough that one batch is short.</param>
/// <param name="asideAtOnce">Connections that those may take who have to wait for others.</param>
public abstract class GroupCommit<TAsk, TAnswer, TPlace, TLine>(int most, int asideAtOnce) : IDisposable
    where TPlace : notnull
    where TLine : notnull
{
    private readonly Lock _gate = new();
    private readonly Dictionary<TLine, Queue<Waiting>?> _lines = [];
    private readonly Dictionary<TPlace, List<Waiting>> _aside = [];
    private readonly SemaphoreSlim _places = new(asideAtOnce);
    private readonly SemaphoreSlim _people = new(asideAtOnce);
    private List<Waiting> _waiting = [];
    private bool _writing;

    /// <summary>How many wait for the next batch.</summary>
    public int Next
    {
        get
        {
            lock (_gate)
            {
                return _waiting.Count;
            }
        }
    }

    protected abstract TPlace PlaceOf(TAsk ask);

    protected abstract TLine LineOf(TAsk ask);

    /// <summary>Writes all in one transaction.</summary>
    /// <param name="asks">No two of one line.</param>
    /// <returns>An answer for each, in their order; null for whoever would have had to be waited for, or has to be asked alone for another reason.</returns>
    protected abstract Task<IReadOnlyList<TAnswer?>> WriteAsync(IReadOnlyList<TAsk> asks, Patience patience);

    /// <summary>Answers when what was accepted is durable.</summary>
    /// <param name="ct">Who hangs up before it was their turn is not asked for any more.</param>
    public Task<TAnswer> AskAsync(TAsk ask, CancellationToken ct = default)
    {
        var waiting = new Waiting(ask, PlaceOf(ask), LineOf(ask), ct);
        var first = false;
        lock (_gate)
        {
            if (_lines.TryAdd(waiting.Line, null))
            {
                first = Take(waiting);
            }
            else
            {
                (_lines[waiting.Line] ??= new Queue<Waiting>()).Enqueue(waiting);
            }
        }

        if (first)
        {
            Start(WriteAllAsync);
        }

        return waiting.Task;
    }

    public void Dispose()
    {
        _places.Dispose();
        _people.Dispose();
        GC.SuppressFinalize(this);
    }

    // Under the gate. True when somebody has to begin writing.
    private bool Take(Waiting waiting)
    {
        if (_aside.TryGetValue(waiting.Place, out var aside))
        {
            aside.Add(waiting);
            return false;
        }

        _waiting.Add(waiting);
        return !_writing && (_writing = true);
    }

    private async Task WriteAllAsync()
    {
        while (true)
        {
            List<Waiting> batch;
            lock (_gate)
            {
                if (_waiting.Count == 0)
                {
                    _writing = false;
                    return;
                }

                (batch, _waiting) = Split(_waiting);
            }

            if (!await TryAsync(batch, Patience.None))
            {
                SetAside(batch);
            }
        }
    }

    private void SetAside(List<Waiting> batch)
    {
        foreach (var place in batch.GroupBy(w => w.Place))
        {
            lock (_gate)
            {
                if (_aside.TryGetValue(place.Key, out var waiting))
                {
                    waiting.AddRange(place);
                    continue;
                }

                _aside[place.Key] = [.. place];
            }

            Start(() => WriteAsideAsync(place.Key));
        }
    }

    private async Task WriteAsideAsync(TPlace place)
    {
        while (true)
        {
            await _places.WaitAsync();
            try
            {
                List<Waiting> batch;
                lock (_gate)
                {
                    if (_aside[place].Count == 0)
                    {
                        _aside.Remove(place);
                        return;
                    }

                    (batch, _aside[place]) = Split(_aside[place]);
                }

                if (!await TryAsync(batch, Patience.ForPlaces))
                {
                    foreach (var one in batch)
                    {
                        await TryAsync([one], Patience.ForAll);
                    }
                }
            }
            finally
            {
                _places.Release();
            }
        }
    }

    private async Task WriteAloneAsync(Waiting one)
    {
        await _people.WaitAsync();
        try
        {
            await TryAsync([one], Patience.ForAll);
        }
        finally
        {
            _people.Release();
        }
    }

    /// <returns>False when the database refused the whole, so that nothing has happened.</returns>
    private async Task<bool> TryAsync(List<Waiting> batch, Patience patience)
    {
        foreach (var gone in batch.Where(w => w.IsGone).ToList())
        {
            batch.Remove(gone);
            Done(gone, w => w.GiveUp());
        }

        if (batch.Count == 0)
        {
            return true;
        }

        try
        {
            var answers = await WriteAsync([.. batch.Select(w => w.Ask)], patience);
            for (var n = 0; n < batch.Count; n++)
            {
                var one = batch[n];
                if (answers[n] is { } answer)
                {
                    Done(one, w => w.Answer(answer));
                }
                else
                {
                    Start(() => WriteAloneAsync(one));
                }
            }

            return true;
        }
        catch (Exception e) when (patience == Patience.ForAll || (e is not PostgresException && Outage.IsDatabaseAway(e)))
        {
            batch.ForEach(one => Done(one, w => w.Fail(e)));
            return true;
        }
        catch (Exception)
        {
            return false;
        }
    }

    private void Done(Waiting one, Action<Waiting> tell)
    {
        tell(one);
        var first = false;
        lock (_gate)
        {
            if (_lines[one.Line] is { } line && line.TryDequeue(out var next))
            {
                first = Take(next);
            }
            else
            {
                _lines.Remove(one.Line);
            }
        }

        if (first)
        {
            Start(WriteAllAsync);
        }
    }

    private (List<Waiting> Batch, List<Waiting> Later) Split(List<Waiting> waiting) =>
        waiting.Count <= most ? (waiting, []) : (waiting.GetRange(0, most), waiting.GetRange(most, waiting.Count - most));

    // On the spot, as far as it goes without waiting: a thread woken for it would cost a lone request more than the batch. The work of many belongs to no single request's trace.
    private static void Start(Func<Task> work)
    {
        var mine = Activity.Current;
        Activity.Current = null;
        using (ExecutionContext.IsFlowSuppressed() ? default : ExecutionContext.SuppressFlow())
        {
            _ = work();
        }

        Activity.Current = mine;
    }

    private sealed class Waiting(TAsk ask, TPlace place, TLine line, CancellationToken ct)
    {
        private readonly TaskCompletionSource<TAnswer> _answer = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public TAsk Ask => ask;

        public TPlace Place => place;

        public TLine Line => line;

        public bool IsGone => ct.IsCancellationRequested;

        public Task<TAnswer> Task => _answer.Task;

        public void Answer(TAnswer answer) => _answer.TrySetResult(answer);

        public void GiveUp() => _answer.TrySetCanceled(ct);

        public void Fail(Exception e) => _answer.TrySetException(e);
    }
}
