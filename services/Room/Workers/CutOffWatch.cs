using GroupTherapy.Room.Delivery;
using GroupTherapy.Room.Domain;
using GroupTherapy.Room.Storage;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace GroupTherapy.Room.Workers;

/// <summary>Sends the people of a node whose lease is over to another. Apart from the loop that renews it, since that one may be waiting for the database
/// just then.</summary>
internal sealed class CutOffWatch(LiveRooms rooms, NodeLease lease, ILogger<CutOffWatch> log) : BackgroundService
{
    private static readonly TimeSpan Every = TimeSpan.FromSeconds(1);

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(Every);
        while (await timer.WaitForNextTickAsync(stoppingToken))
        {
            if (lease.IsOver)
            {
                log.LogWarning("The node's lease is over; its people are sent elsewhere");
                MoveEverybody(rooms);
            }
        }
    }

    public static void MoveEverybody(LiveRooms rooms)
    {
        foreach (var connection in rooms.Connections.Where(c => c.Entry is not null))
        {
            connection.End(EndReasons.AnotherNode);
        }
    }
}
