using GroupTherapy.Room.Storage;
using GroupTherapy.Tests.Support;
using Xunit;

namespace GroupTherapy.Room.Tests.Media;

/// <summary>Which node a room comes to.</summary>
public sealed class MediaPlacementTests
{
    [Fact]
    public async Task Rooms_go_to_the_node_that_carries_least_and_to_none_that_is_drained()
    {
        await using var world = await MediaWorld.StartAsync(media: 2);
        var store = world.Rooms.A.Get<MediaStore>();

        await OpenAsync(world, 2);
        var nodes = await NodesAsync(world);
        Assert.Equal(["janus-1", "janus-2"], nodes.Order());

        await store.DrainAsync("janus-2", drains: true, CancellationToken.None);
        await OpenAsync(world, 2);
        Assert.Equal(3, (await NodesAsync(world)).Count(n => n == "janus-1"));

        await store.DrainAsync("janus-2", drains: false, CancellationToken.None);
        await OpenAsync(world, 1);
        Assert.Equal(2, (await NodesAsync(world)).Count(n => n == "janus-2"));
    }

    // One after the other: each is placed before the next.
    private static async Task OpenAsync(MediaWorld world, int rooms)
    {
        for (var n = 0; n < rooms; n++)
        {
            var before = (await NodesAsync(world)).Count;
            await (await world.Rooms.EveningAsync()).LiveAsync(0);
            await Eventually.Async(async () => (await NodesAsync(world)).Count == before + 1, () => "the room was not placed");
        }
    }

    private static Task<IReadOnlyList<string>> NodesAsync(MediaWorld world) =>
        world.Rooms.Db.QueryAsync<string>("select node from media_rooms where closed_at is null");
}
