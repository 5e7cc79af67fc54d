using System.Diagnostics;
using System.Diagnostics.Metrics;
using Microsoft.Extensions.Logging;
using Npgsql;

namespace GroupTherapy.Platform.Data;

/// <summary>
/// Group commit: requests that arrive while a batch is in flight form the next batch. There is no timer: a lone request is a batch at once.
/// </summary>
/// <remarks>
/// A batch that failed has changed nothing. Its resources are then retried one by one beside the other batches, and a resource that fails again
/// request by request, so that a poisoned request fails alone. When the database is away or a COMMIT stays unanswered, the whole batch fails with that.
/// </remarks>
/// <typeparam name="TRequest">A request.</typeparam>
/// <typeparam name="TResult">Its outcome.</typeparam>
/// <typeparam name="TResource">The resource that requests contend for. Requests of one resource run in the order of their arrival.</typeparam>
/// <param name="name">Names the executor in logs and metrics.</param>
/// <param name="maxBatch">Requests in one batch, at most.</param>
public abstract class BatchExecutor<TRequest, TResult, TResource>(string name, int maxBatch, ILogger log) : IDisposable
    where TResource : notnull
{
    private const int IsolatedAtOnce = 4;
    private readonly Lock _gate = new();
    private readonly Dictionary<TResource, List<Item>> _isolated = [];
    private readonly SemaphoreSlim _isolatedSlots = new(IsolatedAtOnce);
    private List<Item> _waiting = [];
    private bool _isRunning;

    /// <summary>Requests that wait for the next batch.</summary>
    public int Waiting
    {
        get
        {
            lock (_gate)
            {
                return _waiting.Count;
            }
        }
    }

    /// <summary>Completes when the request's outcome is durable.</summary>
    /// <param name="ct">A request that is cancelled before its batch starts is not run.</param>
    public Task<TResult> ExecuteAsync(TRequest request, CancellationToken ct = default)
    {
        var item = new Item(request, ResourceOf(request), ct);
        var start = false;
        lock (_gate)
        {
            if (_isolated.TryGetValue(item.Resource, out var isolated))
            {
                isolated.Add(item);
            }
            else
            {
                _waiting.Add(item);
                start = !_isRunning;
                _isRunning = true;
            }
        }

        if (start)
        {
            Start(RunWaitingAsync);
        }

        return item.Task;
    }

    public void Dispose()
    {
        _isolatedSlots.Dispose();
        GC.SuppressFinalize(this);
    }

    protected abstract TResource ResourceOf(TRequest request);

    /// <summary>Runs all requests in one transaction, those of one resource in the order given.</summary>
    /// <param name="isIsolated">True when the requests belong to one resource that failed before: it may wait longer for locks.</param>
    /// <returns>One result for each request, in their order.</returns>
    /// <exception cref="Exception">Nothing was changed.</exception>
    protected abstract Task<IReadOnlyList<TResult>> RunBatchAsync(IReadOnlyList<TRequest> requests, bool isIsolated);

    private async Task RunWaitingAsync()
    {
        while (true)
        {
            List<Item> batch;
            lock (_gate)
            {
                if (_waiting.Count == 0)
                {
                    _isRunning = false;
                    return;
                }

                batch = Take(ref _waiting);
            }

            if (await TryRunAsync(batch, isIsolated: false) is { } failure)
            {
                log.LogWarning(
                    "{Executor}: a batch of {Count} failed ({Kind}); its resources are retried one by one",
                    name,
                    batch.Count,
                    failure.GetType().Name
                );
                BatchMetrics.Fallbacks.Add(1, new("executor", name), new KeyValuePair<string, object?>("level", "resource"));
                Isolate(batch);
            }
        }
    }

    private void Isolate(List<Item> batch)
    {
        foreach (var resource in batch.GroupBy(i => i.Resource))
        {
            lock (_gate)
            {
                // Later requests of this resource must not overtake those that failed.
                var later = _waiting.Where(i => EqualityComparer<TResource>.Default.Equals(i.Resource, resource.Key)).ToList();
                _waiting.RemoveAll(later.Contains);
                _isolated[resource.Key] = [.. resource, .. later];
            }

            Start(() => RunIsolatedAsync(resource.Key));
        }
    }

    private async Task RunIsolatedAsync(TResource resource)
    {
        while (true)
        {
            await _isolatedSlots.WaitAsync();
            try
            {
                List<Item> batch;
                lock (_gate)
                {
                    var waiting = _isolated[resource];
                    if (waiting.Count == 0)
                    {
                        _isolated.Remove(resource);
                        return;
                    }

                    batch = Take(ref waiting);
                    _isolated[resource] = waiting;
                }

                if (await TryRunAsync(batch, isIsolated: true) is { } failure)
                {
                    await RunOneByOneAsync(batch, failure);
                }
            }
            finally
            {
                _isolatedSlots.Release();
            }
        }
    }

    private async Task RunOneByOneAsync(List<Item> batch, Exception failure)
    {
        if (batch is [var single])
        {
            single.Fail(failure);
            return;
        }

        BatchMetrics.Fallbacks.Add(1, new("executor", name), new KeyValuePair<string, object?>("level", "request"));
        foreach (var item in batch)
        {
            if (await TryRunAsync([item], isIsolated: true) is { } alone)
            {
                log.LogError("{Executor}: a request failed alone ({Kind})", name, alone.GetType().Name);
                item.Fail(alone);
            }
        }
    }

    /// <returns>Why the batch has to be retried in smaller parts; null when every request has its outcome.</returns>
    private async Task<Exception?> TryRunAsync(List<Item> batch, bool isIsolated)
    {
        foreach (var cancelled in batch.Where(i => i.IsCancelled).ToList())
        {
            batch.Remove(cancelled);
            cancelled.Cancel();
        }

        if (batch.Count == 0)
        {
            return null;
        }

        var startedAt = Stopwatch.GetTimestamp();
        try
        {
            var results = await RunBatchAsync([.. batch.Select(i => i.Request)], isIsolated);
            for (var n = 0; n < batch.Count; n++)
            {
                batch[n].Complete(results[n]);
            }

            BatchMetrics.Sizes.Record(batch.Count, new KeyValuePair<string, object?>("executor", name));
            BatchMetrics.Durations.Record(Stopwatch.GetElapsedTime(startedAt).TotalSeconds, new KeyValuePair<string, object?>("executor", name));
            return null;
        }
        catch (Exception e) when (e is not PostgresException && Outage.IsDatabaseAway(e))
        {
            batch.ForEach(i => i.Fail(e));
            return null;
        }
        catch (Exception e)
        {
            return e;
        }
    }

    private List<Item> Take(ref List<Item> waiting)
    {
        var batch = waiting.Count <= maxBatch ? waiting : waiting.GetRange(0, maxBatch);
        waiting = waiting.Count <= maxBatch ? [] : waiting.GetRange(maxBatch, waiting.Count - maxBatch);
        return batch;
    }

    // Runs on the caller's thread until its first wait: waking another thread would cost a lone request more than the batch. A batch belongs to no single
    // request's trace.
    private static void Start(Func<Task> work)
    {
        var current = Activity.Current;
        Activity.Current = null;
        using (ExecutionContext.IsFlowSuppressed() ? default : ExecutionContext.SuppressFlow())
        {
            _ = work();
        }

        Activity.Current = current;
    }

    private sealed class Item(TRequest request, TResource resource, CancellationToken ct)
    {
        private readonly TaskCompletionSource<TResult> _result = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public TRequest Request => request;

        public TResource Resource => resource;

        public bool IsCancelled => ct.IsCancellationRequested;

        public Task<TResult> Task => _result.Task;

        public void Complete(TResult result) => _result.TrySetResult(result);

        public void Cancel() => _result.TrySetCanceled(ct);

        public void Fail(Exception e) => _result.TrySetException(e);
    }
}

internal static class BatchMetrics
{
    private static readonly Meter Meter = new("GroupTherapy.Platform");

    public static readonly Histogram<int> Sizes = Meter.CreateHistogram<int>("grouptherapy.batch.size", "{request}", "Requests that shared one transaction.");

    public static readonly Histogram<double> Durations = Meter.CreateHistogram<double>(
        "grouptherapy.batch.duration",
        "s",
        "From the start of a batch to its durable outcome."
    );

    public static readonly Counter<long> Fallbacks = Meter.CreateCounter<long>(
        "grouptherapy.batch.fallbacks",
        "{fallback}",
        "Batches that were retried in smaller parts: by resource, or request by request."
    );
}
