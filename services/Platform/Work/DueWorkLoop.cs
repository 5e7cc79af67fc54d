using System.Diagnostics.Metrics;
using GroupTherapy.Platform.Data;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace GroupTherapy.Platform.Work;

/// <summary>Runs one kind of scheduled work. A kind has a loop of its own, so that a slow one holds up no other.</summary>
internal sealed class DueWorkLoop(
    DueWorkHandler handler,
    DueWorkStore store,
    WorkSignal signal,
    WorkOptions options,
    TimeProvider clock,
    ILogger<DueWorkLoop> log
) : WorkLoop(handler.Kind, signal, options, clock, log)
{
    private bool _exists;

    public override async Task<DateTimeOffset?> RunAsync(CancellationToken ct)
    {
        if (handler.Every is not null && !_exists)
        {
            await store.EnsureAsync(handler.Kind, ct);
            _exists = true;
        }

        while (await store.ClaimAsync(handler.Kind, handler.BatchSize, handler.ClaimFor, ct) is { Count: > 0 } rows)
        {
            await RunBatchAsync(rows, ct);
        }

        return await store.NextAsync(handler.Kind, ct);
    }

    private async Task RunBatchAsync(IReadOnlyList<DueRow> rows, CancellationToken ct)
    {
        try
        {
            await HandleAsync(rows, ct);
        }
        catch (Exception) when (rows.Count > 1 && !ct.IsCancellationRequested)
        {
            foreach (var row in rows)
            {
                await RunBatchAsync([row], ct);
            }
        }
        catch (Exception e) when (!ct.IsCancellationRequested)
        {
            var error = ErrorSummary.Of(e);
            log.LogError("Scheduled work {Kind} {Key} failed at attempt {Attempt}: {Error}", handler.Kind, rows[0].Key, rows[0].Attempts, error);
            WorkMetrics.Failed.Add(1, new KeyValuePair<string, object?>("kind", handler.Kind));
            await store.FailAsync(rows[0], error, ct);
        }
    }

    private async Task HandleAsync(IReadOnlyList<DueRow> rows, CancellationToken ct)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(ct);
        limit.CancelAfter(handler.ClaimFor);
        var began = store.Now;
        await handler.HandleAsync(rows, limit.Token);
        WorkMetrics.Handled.Add(rows.Count, new KeyValuePair<string, object?>("kind", handler.Kind));
        if (handler.Every is { } every)
        {
            // Counted from the instant that the handler saw, whatever the clock does meanwhile.
            await store.RepeatAsync(rows[0], began + every, ct);
        }
        else
        {
            await store.CompleteAsync(rows, ct);
        }
    }
}

internal static class WorkMetrics
{
    private static readonly Meter Meter = new("GroupTherapy.Platform");

    public static readonly Counter<long> Handled = Meter.CreateCounter<long>("grouptherapy.work.handled", "{row}", "Rows of scheduled work that were done.");

    public static readonly Counter<long> Failed = Meter.CreateCounter<long>("grouptherapy.work.failed", "{attempt}", "Attempts at scheduled work that failed.");
}

/// <summary>Measures the backlog of scheduled work and of the outbox for the metrics, every half minute.</summary>
internal sealed class WorkMonitor : WorkLoop
{
    private static readonly TimeSpan Every = TimeSpan.FromSeconds(30);
    private readonly DueWorkStore _store;
    private readonly TimeProvider _clock;
    private readonly Meter _meter = new("GroupTherapy.Platform");
    private volatile IReadOnlyList<WorkBacklog> _backlog = [];

    public WorkMonitor(DueWorkStore store, WorkSignal signal, TimeProvider clock, ILogger<WorkMonitor> log)
        : base("monitor", signal, new WorkOptions(Every), clock, log)
    {
        (_store, _clock) = (store, clock);
        _meter.CreateObservableGauge("grouptherapy.work.due", () => Of(b => (double)b.Due), "{row}", "Rows that are due and not done, by kind.");
        _meter.CreateObservableGauge("grouptherapy.work.oldest", () => Of(b => b.OldestSeconds), "s", "Age of the oldest due row, by kind.");
        _meter.CreateObservableGauge("grouptherapy.work.failing", () => Of(b => (double)b.Failing), "{row}", "Rows whose last attempt failed, by kind.");
    }

    public override async Task<DateTimeOffset?> RunAsync(CancellationToken ct)
    {
        _backlog = await _store.BacklogAsync(ct);
        return _clock.GetUtcNow() + Every;
    }

    public override void Dispose()
    {
        _meter.Dispose();
        base.Dispose();
    }

    private IEnumerable<Measurement<double>> Of(Func<WorkBacklog, double> value) =>
        _backlog.Select(b => new Measurement<double>(value(b), new KeyValuePair<string, object?>("kind", b.Kind)));
}

public static class DueWorkRegistration
{
    /// <summary>Adds a kind of scheduled work and the loop that runs it.</summary>
    public static IServiceCollection AddDueWork<THandler>(this IServiceCollection services)
        where THandler : DueWorkHandler
    {
        services.TryAddSingleton<THandler>();
        return services.AddSingleton<IHostedService>(s => ActivatorUtilities.CreateInstance<DueWorkLoop>(s, s.GetRequiredService<THandler>()));
    }
}
