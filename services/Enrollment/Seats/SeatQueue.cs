using System.Diagnostics;
using GroupTherapy.Platform.Data;
using GroupTherapy.Platform.Messaging;
using GroupTherapy.Platform.Security;
using GroupTherapy.Platform.Web;
using Npgsql;

namespace GroupTherapy.Enrollment.Seats;

/// <summary>Somebody asks for a seat.</summary>
/// <param name="Key">Null for a request without one.</param>
/// <param name="Activity">The trace of the request: its problems and messages name it.</param>
internal sealed record SeatAsk(Caller Caller, Guid GroupId, KeyedRequest? Key, Activity? Activity)
{
    public Guid Member => Caller.AccountId;
}

/// <summary>What a batch waits for. What it does not wait for it leaves to somebody who does.</summary>
internal enum Patience
{
    /// <summary>For no member, and for a group only a moment.</summary>
    None,

    /// <summary>For a group as long as it takes.</summary>
    ForGroups,

    /// <summary>For a member too.</summary>
    ForAll,
}

/// <summary>
/// Group commit: who asks while a batch is on its way to the disk is in the next one. Nobody waits for company: a lone request is a batch of its own at once.
/// One person's own requests follow one another.
/// </summary>
/// <remarks>
/// A batch that the database refused has changed nothing; then each of its groups is tried by itself, beside the others, and a group that fails still, person by
/// person: a request that cannot be written costs only its own sender. When the outcome is not known everybody is told so, and their keys tell the truth.
/// </remarks>
internal sealed class SeatQueue(SeatBatch batches) : IDisposable
{
    // Large enough that the wait for the disk is shared, small enough that one batch is short.
    private const int Most = 128;

    // Connections that those may take who have to wait for others.
    private const int AsideAtOnce = 4;

    private readonly Lock _gate = new();
    private readonly Dictionary<Guid, Queue<Waiting>> _behind = [];
    private readonly Dictionary<Guid, List<Waiting>> _aside = [];
    private readonly SemaphoreSlim _groups = new(AsideAtOnce);
    private readonly SemaphoreSlim _people = new(AsideAtOnce);
    private List<Waiting> _waiting = [];
    private bool _writing;

    /// <summary>How many wait for the next batch.</summary>
    internal int Next
    {
        get
        {
            lock (_gate)
            {
                return _waiting.Count;
            }
        }
    }

    public Task<IResult> AskAsync(SeatAsk ask, CancellationToken ct)
    {
        var waiting = new Waiting(ask, ct);
        lock (_gate)
        {
            if (_behind.TryGetValue(ask.Member, out var line))
            {
                line.Enqueue(waiting);
                return waiting.Task;
            }

            _behind[ask.Member] = new Queue<Waiting>(0);
            Take(waiting);
        }

        return waiting.Task;
    }

    public void Dispose()
    {
        _groups.Dispose();
        _people.Dispose();
    }

    // Under the gate.
    private void Take(Waiting waiting)
    {
        if (_aside.TryGetValue(waiting.Ask.GroupId, out var aside))
        {
            aside.Add(waiting);
            return;
        }

        _waiting.Add(waiting);
        if (!_writing)
        {
            _writing = true;
            Start(WriteAllAsync);
        }
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
        foreach (var group in batch.GroupBy(w => w.Ask.GroupId))
        {
            lock (_gate)
            {
                if (_aside.TryGetValue(group.Key, out var waiting))
                {
                    waiting.AddRange(group);
                    continue;
                }

                _aside[group.Key] = [.. group];
            }

            Start(() => WriteAsideAsync(group.Key));
        }
    }

    private async Task WriteAsideAsync(Guid group)
    {
        while (true)
        {
            await _groups.WaitAsync();
            try
            {
                List<Waiting> batch;
                lock (_gate)
                {
                    if (_aside[group].Count == 0)
                    {
                        _aside.Remove(group);
                        return;
                    }

                    (batch, _aside[group]) = Split(_aside[group]);
                }

                if (!await TryAsync(batch, Patience.ForGroups))
                {
                    foreach (var one in batch)
                    {
                        await TryAsync([one], Patience.ForAll);
                    }
                }
            }
            finally
            {
                _groups.Release();
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
        // Who has hung up meanwhile is not asked for any more.
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
            var answers = await batches.WriteAsync([.. batch.Select(w => w.Ask)], patience);
            for (var n = 0; n < batch.Count; n++)
            {
                if (answers[n] is { } answer)
                {
                    Done(batch[n], w => w.Answer(answer));
                }
                else
                {
                    var one = batch[n];
                    Start(() => WriteAloneAsync(one));
                }
            }

            return true;
        }
        catch (Exception e) when ((batch.Count == 1 && patience == Patience.ForAll) || (e is not PostgresException && Outage.IsDatabaseAway(e)))
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
        lock (_gate)
        {
            if (_behind[one.Ask.Member].TryDequeue(out var next))
            {
                Take(next);
            }
            else
            {
                _behind.Remove(one.Ask.Member);
            }
        }
    }

    private static (List<Waiting> Batch, List<Waiting> Later) Split(List<Waiting> waiting) =>
        waiting.Count <= Most ? (waiting, []) : (waiting.GetRange(0, Most), waiting.GetRange(Most, waiting.Count - Most));

    // The work of many belongs to no single request's trace.
    private static void Start(Func<Task> work)
    {
        using (ExecutionContext.SuppressFlow())
        {
            _ = Task.Run(work);
        }
    }

    private sealed class Waiting(SeatAsk ask, CancellationToken ct)
    {
        private readonly TaskCompletionSource<IResult> _answer = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public SeatAsk Ask => ask;

        public bool IsGone => ct.IsCancellationRequested;

        public Task<IResult> Task => _answer.Task;

        public void Answer(IResult answer) => _answer.TrySetResult(answer);

        public void GiveUp() => _answer.TrySetCanceled(ct);

        public void Fail(Exception e) => _answer.TrySetException(e);
    }
}
