namespace GroupTherapy.Gateway.Description;

/// <summary>Makes the documents once after the start, so that the first reader does not wait while five processes compile what makes them.</summary>
internal sealed class DescriptionWarmUp(MergedDescription description, RoomDescription hub, TimeProvider clock) : BackgroundService
{
    private static readonly TimeSpan Between = TimeSpan.FromSeconds(5);
    private const int Attempts = 24;

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        for (var attempt = 0; attempt < Attempts; attempt++)
        {
            // Services that start have better things to do first.
            await Task.Delay(Between, clock, stoppingToken);
            try
            {
                if (await description.GetAsync(stoppingToken) is not null && await hub.GetAsync(stoppingToken) is not null)
                {
                    return;
                }
            }
            catch (Exception e) when (e is HttpRequestException or IOException)
            {
                // A service that went away in mid-answer; a reader asks again by itself.
            }
        }
    }
}
