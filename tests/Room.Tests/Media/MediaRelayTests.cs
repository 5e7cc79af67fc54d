using System.Globalization;
using System.Text.Json;
using GroupTherapy.Tests.Support;
using Xunit;

namespace GroupTherapy.Room.Tests.Media;

/// <summary>The relay for networks that let nothing else through.</summary>
public sealed class MediaRelayTests
{
    [Fact]
    public async Task A_person_behind_a_relay_is_heard_with_a_credential_that_ends_by_itself()
    {
        await using var coturn = await MediaEngines.CoturnAsync();
        await using var world = await MediaWorld.StartAsync(relay: coturn.Endpoint);
        var evening = await world.Rooms.EveningAsync();
        var (leadClient, clients) = await evening.LiveAsync(1);
        var (lead, ana) = (new MediaPerson(world, leadClient), new MediaPerson(world, clients[0]));

        var told = await ana.Client.CallAsync("IceServers");
        var server = told.GetProperty("iceServers")[0];
        var username = server.GetProperty("username").GetString()!;
        var expires = DateTimeOffset.FromUnixTimeSeconds(long.Parse(username.Split(':')[0], CultureInfo.InvariantCulture));
        Assert.Equal(told.GetProperty("expiresAt").GetDateTimeOffset(), expires);
        Assert.InRange((expires - world.Rooms.Clock.GetUtcNow()).TotalMinutes, 9, 10);
        Assert.DoesNotContain(ana.Id.ToString(), username, StringComparison.Ordinal);

        await ana.PublishAsync(relay: RelayOnly(server));
        await lead.PublishAsync();
        await lead.ReceiveAsync([ana]);

        await lead.GetsAsync(ana, "audio");
        await lead.GetsAsync(ana, "video");
        Assert.Contains(
            "relay",
            (await world.Peers.DoAsync("stats", new { peer = ana.Id.ToString() })).GetProperty("sendsBy").GetString(),
            StringComparison.Ordinal
        );
    }

    // One address at a time, as the peers' library wants it.
    private static JsonElement RelayOnly(JsonElement server) =>
        JsonSerializer.SerializeToElement(
            new[]
            {
                new
                {
                    urls = server.GetProperty("urls")[0].GetString()!.Split('?')[0],
                    username = server.GetProperty("username").GetString(),
                    credential = server.GetProperty("credential").GetString(),
                },
            }
        );
}
