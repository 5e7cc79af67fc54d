using GroupTherapy.Platform.Data;
using GroupTherapy.Room.Domain;
using GroupTherapy.Room.Storage;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace GroupTherapy.Room.Workers;

/// <summary>
/// Looks, in every node, for rooms whose facilitators sent no heartbeat, and for connections of dead nodes. The rooms are checked beside one another by
/// the executor, so a room that fails delays no other; it is looked at again in the next round.
/// </summary>
internal sealed class RoomWatch(Db db, NodeStore store, NodeLease lease, RoomTimes times, RoomExecutor executor, ILogger<RoomWatch> log) : BackgroundService
{
    private const int ConnectionsAtOnce = 100;
    private static readonly TimeSpan AtLeast = TimeSpan.FromMilliseconds(500);

    // A room that becomes live meanwhile, at whichever node, cannot have lost its staff before the next look.
    private TimeSpan StaffAtMost => Shorter(times.FacilitatorGrace / 4, TimeSpan.FromSeconds(2));

    private TimeSpan DeadNodesEvery => Shorter(times.NodeLease / 5, TimeSpan.FromSeconds(2));

    protected override Task ExecuteAsync(CancellationToken stoppingToken) =>
        Task.WhenAll(RepeatAsync("Facilitators", CheckStaffAsync, stoppingToken), RepeatAsync("Dead nodes", CleanUpAsync, stoppingToken));

    private static TimeSpan Shorter(TimeSpan one, TimeSpan other) => one < other ? one : other;

    /// <param name="round">Returns how long to wait for the next.</param>
    private async Task RepeatAsync(string what, Func<CancellationToken, Task<TimeSpan>> round, CancellationToken stoppingToken)
    {
        for (var wait = AtLeast; ;)
        {
            await Task.Delay(wait < AtLeast ? AtLeast : wait, db.Clock, stoppingToken);
            try
            {
                wait = await round(stoppingToken);
            }
            catch (Exception e) when (e is not OperationCanceledException || !stoppingToken.IsCancellationRequested)
            {
                wait = AtLeast;
                log.LogWarning("{What} could not be looked at ({Kind})", what, e.GetType().Name);
            }
        }
    }

    private async Task<TimeSpan> CheckStaffAsync(CancellationToken ct)
    {
        var term = lease.Term;
        var look = await store.LookForStaffAsync(ct);
        await Task.WhenAll(look.Due.Select(session => RunAsync(new CheckStaff(session) { Term = term }, ct)));
        return look.Due.Length > 0 ? AtLeast
            : look.Next is { } next ? Shorter(next - db.Clock.GetUtcNow(), StaffAtMost)
            : StaffAtMost;
    }

    // A node whose lease is over serves no client: its connections are gone, and a person without another one has been gone for longer than the grace already.
    private async Task<TimeSpan> CleanUpAsync(CancellationToken ct)
    {
        var term = lease.Term;
        var left = await store.ConnectionsOfDeadNodesAsync(ConnectionsAtOnce, ct);
        await Task.WhenAll(
            left.GroupBy(c => c.SessionId)
                .Select(session =>
                    RunAsync(
                        new ConnectionsLost(session.Key, [.. session.Select(c => c.ConnectionId)], AtOnce: times.NodeLease >= times.LeaveAfter, null)
                        {
                            Term = term,
                        },
                        ct
                    )
                )
        );
        return left.Count == ConnectionsAtOnce ? AtLeast : DeadNodesEvery;
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
