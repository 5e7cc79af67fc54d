using System.Net;
using GroupTherapy.Platform.Messaging;
using GroupTherapy.Tests.Support;

namespace GroupTherapy.Platform.Tests.Messaging;

public sealed class LostBusTests(BusWorld world) : IClassFixture<BusWorld>
{
    [Fact]
    public async Task A_process_whose_endpoint_stopped_for_good_is_not_live_any_more()
    {
        await Eventually.Async(() => world.OfBeta<BusState>().WasWhole, () => "the watch did not see the bus whole", TimeSpan.FromSeconds(60));
        using var http = world.Http();
        Assert.Equal(HttpStatusCode.OK, (await http.GetAsync("/health/live")).StatusCode);

        await world.StopListeningAsync();

        await Eventually.Async(
            async () => (await http.GetAsync("/health/live")).StatusCode == HttpStatusCode.ServiceUnavailable, () => "it calls itself live", TimeSpan.FromSeconds(180));
    }
}
