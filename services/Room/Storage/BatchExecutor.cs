using System.Diagnostics;
using GroupTherapy.Platform.Messaging;
using Microsoft.Extensions.Logging;
using Npgsql;

namespace GroupTherapy.Room.Storage;

/// <summary>Group commit: what arrives while a batch is in flight forms the next batch. No timer: a lone request is a batch at once.</summary>
/// <param name="maxBatch">Large enough that the wait for the disk is shared, small enough that one batch is short.</param>
public abstract class BatchExecutor<TRequest, TResult, TResource>(string name, int maxBatch, ILogger log) : IDisposable
    where TResource : notnull
{
    private const int IsolatedAtOnce = 8;
    private readonly Lock _gate = new();
    private readonly SemaphoreSlim _isolated = new(IsolatedAtOnce);
    private readonly Dictionary<TResource, List<Waiting>> _aside = [];
    private List<Waiting> _waiting = [];
    private bool _running;

    /// <summary>Answers when what was accepted is durable.</summary>
    public Task<TResult> ExecuteAsync(TRequest request, CancellationToken ct = default)
    {
        var waiting = new Waiting(request, ResourceOf(request), ct);
        var first = false;
        lock (_gate)
        {
            if (_aside.TryGetValue(waiting.Resource, out var aside))
            {
                aside.Add(waiting);
            }
            else
            {
                _waiting.Add(waiting);
                first = !_running && (_running = true);
            }
        }

        if (first)
        {
            Start(RunAllAsync);
        }

        return waiting.Task;
    }

    public void Dispose()
    {
        _isolated.Dispose();
        GC.SuppressFinalize(this);
    }

    /// <summary>What requests contend for.</summary>
    protected abstract TResource ResourceOf(TRequest request);

    /// <summary>
    /// Runs all requests in one transaction. Requests of one resource are in order of arrival and may depend on one another. An exception means that nothing was changed,
    /// unless it is an unanswered COMMIT.
    /// </summary>
    protected abstract Task<IReadOnlyList<TResult>> RunBatchAsync(IReadOnlyList<TRequest> requests, bool isIsolated, CancellationToken ct);

    private async Task RunAllAsync()
    {
        while (true)
        {
            List<Waiting> batch;
            lock (_gate)
            {
                if (_waiting.Count == 0)
                {
                    _running = false;
                    return;
                }

                (batch, _waiting) = Split(_waiting);
            }

            if (await TryAsync(batch, isIsolated: false, isLast: false) is { } cause)
            {
                log.LogInformation("A batch of {Name} with {Count} requests failed ({Kind} {State}); its resources are tried one by one", name, batch.Count, cause.GetType().Name, (cause as PostgresException)?.SqlState);
                SetAside(batch);
            }
        }
    }

    // Later requests of a resource that is tried by itself queue up behind it, so their order stays.
    private void SetAside(List<Waiting> batch)
    {
        foreach (var resource in batch.GroupBy(w => w.Resource))
        {
            lock (_gate)
            {
                if (_aside.TryGetValue(resource.Key, out var waiting))
                {
                    waiting.AddRange(resource);
                    continue;
                }

                var later = _waiting.Where(w => w.Resource.Equals(resource.Key)).ToList();
                _waiting.RemoveAll(later.Contains);
                _aside[resource.Key] = [.. resource, .. later];
            }

            Start(() => RunAsideAsync(resource.Key));
        }
    }

    private async Task RunAsideAsync(TResource resource)
    {
        while (true)
        {
            await _isolated.WaitAsync();
            try
            {
                List<Waiting> batch;
                lock (_gate)
                {
                    if (_aside[resource].Count == 0)
                    {
                        _aside.Remove(resource);
                        return;
                    }

                    (batch, _aside[resource]) = Split(_aside[resource]);
                }

                if (await TryAsync(batch, isIsolated: true, isLast: batch.Count == 1) is not null)
                {
                    foreach (var one in batch)
                    {
                        await TryAsync([one], isIsolated: true, isLast: true);
                    }
                }
            }
            finally
            {
                _isolated.Release();
            }
        }
    }

    /// <returns>Why nothing was changed and nobody was answered; null when all were answered.</returns>
    private async Task<Exception?> TryAsync(List<Waiting> batch, bool isIsolated, bool isLast)
    {
        foreach (var gone in batch.Where(w => w.IsGone).ToList())
        {
            batch.Remove(gone);
            gone.GiveUp();
        }

        if (batch.Count == 0)
        {
            return null;
        }

        try
        {
            var results = await RunBatchAsync([.. batch.Select(w => w.Request)], isIsolated, CancellationToken.None);
            for (var n = 0; n < batch.Count; n++)
            {
                batch[n].Answer(results[n]);
            }

            return null;
        }
        catch (Exception e) when (isLast || (e is not PostgresException && Outage.IsDatabaseAway(e)))
        {
            batch.ForEach(one => one.Fail(e));
            return null;
        }
        catch (Exception e)
        {
            return e;
        }
    }

    private (List<Waiting> Batch, List<Waiting> Later) Split(List<Waiting> waiting) =>
        waiting.Count <= maxBatch ? (waiting, []) : (waiting.GetRange(0, maxBatch), waiting.GetRange(maxBatch, waiting.Count - maxBatch));

    // On the spot, as far as it goes without waiting. The work of many belongs to no single request's trace.
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

    private sealed class Waiting(TRequest request, TResource resource, CancellationToken ct)
    {
        private readonly TaskCompletionSource<TResult> _answer = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public TRequest Request => request;

        public TResource Resource => resource;

        public bool IsGone => ct.IsCancellationRequested;

        public Task<TResult> Task => _answer.Task;

        public void Answer(TResult answer) => _answer.TrySetResult(answer);

        public void GiveUp() => _answer.TrySetCanceled(ct);

        public void Fail(Exception e) => _answer.TrySetException(e);
    }
}
