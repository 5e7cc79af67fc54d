using System.Security.Cryptography;
using GroupTherapy.Room.Storage;
using GroupTherapy.Tests.Support;
using Microsoft.Extensions.Configuration;
using Xunit;

namespace GroupTherapy.Room.Tests;

/// <summary>The master key can be exchanged while rooms are live.</summary>
public sealed class KeyRotationTests
{
    [Fact]
    public async Task A_live_room_goes_on_while_its_key_is_wrapped_anew_and_the_old_master_key_opens_nothing_any_more()
    {
        await using var world = await RoomWorld.StartAsync();
        var evening = await world.EveningAsync();
        var (lead, members) = await evening.LiveAsync(2);
        await lead.PostAsync("before");
        var folder = world.A.Get<IConfiguration>()["Secrets:Directory"]!;
        var old = await WrappedAsync(world, evening);

        Assert.True(await world.A.Get<RoomKeys>().RotateAsync(world.Db, TestContext.Current.CancellationToken) >= 1);
        var wrapped = await WrappedAsync(world, evening);
        Assert.NotEqual(old[..4], wrapped[..4]);

        // The other node learns the new key by its id; the old file is gone.
        File.Delete(Path.Combine(folder, "room-master.key"));
        await members[1].PostAsync("after");
        await using var late = await evening.EnterAsync(evening.Members[0], world.B, body: new { });
        foreach (var client in members.Append(lead).Append(late))
        {
            await client.ReadsAsync("room", "after");
        }

        var fresh = new RoomKeys(world.A.Get<IConfiguration>());
        Assert.NotNull(fresh.Unwrap(evening.Session, await WrappedAsync(world, evening)));
        Assert.Throws<InvalidOperationException>(() => fresh.Unwrap(evening.Session, old));
        Assert.ThrowsAny<CryptographicException>(() => fresh.Unwrap(evening.Session, [.. wrapped[..4], .. old[4..]]));

        // A session that is planned now is wrapped by the new key.
        var next = await world.EveningAsync();
        Assert.NotEqual(old[..4], (await WrappedAsync(world, next))[..4]);
    }

    private static Task<byte[]> WrappedAsync(RoomWorld world, Evening evening) =>
        world.ReadAsync<byte[]>("select wrapped_key from sessions where session_id = @id", new { id = evening.Session });
}
