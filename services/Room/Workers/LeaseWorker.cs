using GroupTherapy.Platform.Time;
using GroupTherapy.Room.Delivery;
using GroupTherapy.Room.Storage;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace GroupTherapy.Room.Workers;

/// <summary>Renews the node's lease and reports the heartbeats of its facilitators, in a loop that nothing else can delay.</summary>
internal sealed class LeaseWorker(NodeStore store, LiveRooms rooms, NodeLease lease, ILogger<LeaseWorker> log) : BackgroundService
{
    private static readonly TimeSpan LeaseEvery = TimeSpan.FromSeconds(3);
    private static readonly TimeSpan HeartbeatEvery = TimeSpan.FromSeconds(1);

    /// <summary>The first lease is there before the first client.</summary>
    public override async Task StartAsync(CancellationToken cancellationToken)
    {
        await TryAsync("lease", RenewAsync, cancellationToken);
        await base.StartAsync(cancellationToken);
    }

    protected override Task ExecuteAsync(CancellationToken stoppingToken) =>
        Task.WhenAll(RepeatAsync("lease", LeaseEvery, RenewAsync, stoppingToken), RepeatAsync("heartbeats", HeartbeatEvery, ReportStaffAsync, stoppingToken));

    private async Task RepeatAsync(string what, TimeSpan every, Func<CancellationToken, Task> step, CancellationToken ct)
    {
        using var timer = new PeriodicTimer(every);
        while (await timer.WaitForNextTickAsync(ct))
        {
            await TryAsync(what, step, ct);
        }
    }

    private async Task TryAsync(string what, Func<CancellationToken, Task> step, CancellationToken ct)
    {
        try
        {
            await step(ct);
        }
        catch (Exception e) when (e is not OperationCanceledException || !ct.IsCancellationRequested)
        {
            log.LogWarning("The node's {What} could not be written ({Kind})", what, e.GetType().Name);
        }
    }

    private async Task RenewAsync(CancellationToken ct)
    {
        var askedAt = TimeProvider.System.GetTimestamp();
        var term = await store.RenewLeaseAsync(ct);
        if (lease.Renewed(askedAt, term))
        {
            CutOffWatch.MoveEverybody(rooms);
        }
    }

    private async Task ReportStaffAsync(CancellationToken ct)
    {
        var seen = rooms
            .Connections.Where(c => c is { Entry: not null, IsStaff: true, IsEnding: false })
            .GroupBy(c => c.Entry!.SessionId, (session, staff) => (session, staff.Max(c => c.LastSeen).ToMicroseconds()))
            .ToList();
        if (seen.Count > 0)
        {
            await store.SeeStaffAsync(seen, ct);
        }
    }
}
