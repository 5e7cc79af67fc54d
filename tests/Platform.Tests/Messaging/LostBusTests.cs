using System.Net;
using GroupTherapy.Tests.Support;

namespace GroupTherapy.Platform.Tests.Messaging;

[Collection("shared broker")]
public sealed class LostBusTests(BusWorld world) : IClassFixture<BusWorld>
{
    [Fact]
    public async Task A_process_whose_endpoint_stopped_for_good_is_not_live_any_more()
    {
        using var http = world.Http();
        Assert.Equal(HttpStatusCode.OK, (await http.GetAsync("/health/live")).StatusCode);

        await world.StopListeningAsync();
        Assert.Equal(HttpStatusCode.OK, (await http.GetAsync("/health/live")).StatusCode);
        world.Kept.Clock.Advance(TimeSpan.FromMinutes(4));

        await Eventually.Async(async () => (await http.GetAsync("/health/live")).StatusCode == HttpStatusCode.ServiceUnavailable, () => "it calls itself live");
    }
}
