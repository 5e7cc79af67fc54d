using GroupTherapy.Room.Delivery;
using GroupTherapy.Room.Domain;
using GroupTherapy.Room.Storage;
using Microsoft.Extensions.Hosting;

namespace GroupTherapy.Room.Workers;

/// <summary>When the process has to stop, its connections are sent elsewhere, a little apart, before anything is closed under them.</summary>
internal sealed class DrainOnStop(LiveRooms rooms, IHostApplicationLifetime lifetime, TimeProvider clock) : IHostedService
{
    private static readonly TimeSpan Spread = TimeSpan.FromMilliseconds(600);
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(2);
    private static readonly TimeSpan Settling = TimeSpan.FromMilliseconds(50);

    public Task StartAsync(CancellationToken cancellationToken)
    {
        // The server closes its sockets in this same notification. The last registration runs first, and it waits: an asynchronous stop would come after the
        // closing.
        lifetime.ApplicationStarted.Register(() => lifetime.ApplicationStopping.Register(() => Task.Run(DrainAsync).GetAwaiter().GetResult()));
        return Task.CompletedTask;
    }

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    private async Task DrainAsync()
    {
        rooms.IsDraining = true;
        var began = clock.GetTimestamp();
        foreach (var connection in rooms.Connections)
        {
            _ = EndAsync(connection);
        }

        // Written is not sent yet: the sockets empty while the connections close, and must not be closed under that.
        while (rooms.Connections.Any() && clock.GetElapsedTime(began) < Limit)
        {
            await Task.Delay(Settling, clock);
        }

        await Task.Delay(Settling, clock);
    }

    private async Task EndAsync(RoomConnection connection)
    {
        await Task.Delay(Spread * Random.Shared.NextDouble(), clock);
        connection.End(EndReasons.AnotherNode);
    }
}
