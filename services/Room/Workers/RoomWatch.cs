using GroupTherapy.Platform.Data;
using GroupTherapy.Room.Domain;
using GroupTherapy.Room.Storage;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace GroupTherapy.Room.Workers;

/// <summary>
/// Looks, in every node, for rooms whose facilitators gave no sign of life, and for connections of dead nodes. The rooms are checked beside one another by
/// the executor, so a
/// room that fails delays no other; it is looked at again in the next round.
/// </summary>
internal sealed class RoomWatch(Db db, NodeStore store, NodeLease lease, RoomTimes times, RoomExecutor executor, ILogger<RoomWatch> log) : BackgroundService
{
    private const int ConnectionsAtOnce = 100;
    private static readonly TimeSpan Every = TimeSpan.FromMilliseconds(500);

    protected override Task ExecuteAsync(CancellationToken stoppingToken) =>
        Task.WhenAll(RepeatAsync("Facilitators", CheckStaffAsync, stoppingToken), RepeatAsync("Dead nodes", CleanUpAsync, stoppingToken));

    private async Task RepeatAsync(string what, Func<CancellationToken, Task> round, CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(Every, db.Clock);
        while (await timer.WaitForNextTickAsync(stoppingToken))
        {
            try
            {
                await round(stoppingToken);
            }
            catch (Exception e) when (e is not OperationCanceledException || !stoppingToken.IsCancellationRequested)
            {
                log.LogWarning("{What} could not be looked at ({Kind})", what, e.GetType().Name);
            }
        }
    }

    private async Task CheckStaffAsync(CancellationToken ct)
    {
        var term = lease.Term;
        var suspect = await store.SessionsToCheckAsync(ct);
        await Task.WhenAll(suspect.Select(session => RunAsync(new CheckStaff(session) { Term = term }, ct)));
    }

    // A node whose lease is over serves no client: its connections are gone, and a person without another one has been gone for longer than the grace already.
    private async Task CleanUpAsync(CancellationToken ct)
    {
        var term = lease.Term;
        var left = await store.ConnectionsOfDeadNodesAsync(ConnectionsAtOnce, ct);
        await Task.WhenAll(left.GroupBy(c => c.SessionId).Select(session => RunAsync(
            new ConnectionsLost(session.Key, [.. session.Select(c => c.ConnectionId)], AtOnce: times.NodeLease >= times.LeaveAfter, null) { Term = term },
                ct)));
    }

    private async Task RunAsync(RoomCommand<NoResult> command, CancellationToken ct)
    {
        try
        {
            await executor.RunAsync(command, ct);
        }
        catch (Exception e) when (!ct.IsCancellationRequested)
        {
            log.LogError("{Command} of session {Session} failed ({Kind})", command.GetType().Name, command.SessionId, e.GetType().Name);
        }
    }
}
