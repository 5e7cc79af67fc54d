using Microsoft.Extensions.Hosting;

namespace GroupTherapy.Room.Live;

/// <summary>When the process is told to stop, its connections are told to go elsewhere, a little apart, before anything is closed under them.</summary>
internal sealed class DrainOnStop(LiveRooms rooms, IHostApplicationLifetime lifetime, TimeProvider clock) : IHostedService
{
    private static readonly TimeSpan Spread = TimeSpan.FromMilliseconds(600);
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(2);

    public Task StartAsync(CancellationToken cancellationToken)
    {
        // The server closes its sockets in this same notification. What registers last is told first, and it waits: an asynchronous stop would come after the closing.
        lifetime.ApplicationStarted.Register(() => lifetime.ApplicationStopping.Register(() => Task.Run(DrainAsync).GetAwaiter().GetResult()));
        return Task.CompletedTask;
    }

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    private async Task DrainAsync()
    {
        rooms.IsDraining = true;
        var connections = rooms.Connections.ToList();
        if (connections.Count == 0)
        {
            return;
        }

        await Task.WhenAll(connections.Select(async connection =>
        {
            await Task.Delay(Spread * Random.Shared.NextDouble(), clock);
            await connection.EndAndWaitAsync(EndReasons.Moved);
        })).WaitAsync(Limit).ContinueWith(static t => _ = t.Exception, TaskScheduler.Default);
    }
}
