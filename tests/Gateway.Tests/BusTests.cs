using System.Net;
using GroupTherapy.Gateway.Authentication;
using GroupTherapy.Tests.Support;

namespace GroupTherapy.Gateway.Tests;

/// <summary>With a broker: a sign-out arrives as an event.</summary>
public sealed class BusStage : Stage
{
    private RabbitEndpoint? _rabbit;

    protected override IEnumerable<KeyValuePair<string, string?>> Bus(string service)
    {
        var (username, password) = _rabbit!.Account(service);
        return [new("Bus:Host", _rabbit.Host), new("Bus:Port", $"{_rabbit.Port}"), new("Bus:Username", username), new("Bus:Password", password)];
    }

    public override async ValueTask InitializeAsync()
    {
        _rabbit = await Engines.RabbitAsync();
        await base.InitializeAsync();
    }
}

public sealed class BusTests(BusStage stage) : IClassFixture<BusStage>
{
    [Fact]
    public async Task A_sign_out_arrives_from_the_bus_too()
    {
        // Without the poll, which would hide what the bus does.
        await stage.Get<RevocationPoll>().StopAsync(CancellationToken.None);
        await Eventually.Async(
            async () =>
            {
                // The gateway's queue may still be on its way: an event from before it is no loss, the poll would bring it.
                var signIn = await stage.SignInAsync();
                using var client = stage.Client(signIn.AccessToken);
                Assert.Equal(HttpStatusCode.NoContent, (await client.PostAsync("/api/identity/logout", null)).StatusCode);
                await Eventually.Async(
                    async () => (await client.GetAsync("/api/groups")).StatusCode == HttpStatusCode.Unauthorized,
                    () => "the event did not arrive"
                );
                return true;
            },
            () => "no sign-out arrived from the bus",
            TimeSpan.FromSeconds(60)
        );
    }
}
