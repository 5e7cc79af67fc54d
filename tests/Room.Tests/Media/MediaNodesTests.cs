using System.Diagnostics;
using GroupTherapy.Host.Processes;
using GroupTherapy.Room.Storage;
using GroupTherapy.Tests.Support;
using Xunit;

namespace GroupTherapy.Room.Tests.Media;

/// <summary>Media nodes that die, hang and come back, and processes of Room that do.</summary>
public sealed class MediaNodesTests
{
    [Theory]
    [InlineData("KILL")]
    [InlineData("STOP")]
    public async Task When_a_media_node_dies_or_hangs_all_participants_go_on_at_the_other_and_a_removed_one_stays_out(string signal)
    {
        await using var world = await MediaWorld.StartAsync(media: 2);
        var (evening, lead, members) = await world.CallAsync(members: 2);
        await lead.Client.CallAsync("Remove", new { participantId = members[1].Id, reason = "test" });
        var ana = members[0];
        var node = await world.Rooms.ReadAsync<string>("select node from media_rooms");

        var watch = Stopwatch.StartNew();
        await SendAsync(world.NodeOf(node), signal);
        foreach (var person in new[] { lead, ana })
        {
            await Eventually.Async(
                () => person.Client.Media.Any(m => m.GetProperty("type").GetString() == "moved"), () => "no `moved` call arrived");
        }

        var told = watch.ElapsedMilliseconds;
        // As pages do: both at once, without waiting for each other.
        await Task.WhenAll(lead.PublishAsync(), ana.PublishAsync(), lead.ReceiveAsync([ana], fresh: true), ana.ReceiveAsync([lead], fresh: true));
        await Task.WhenAll(lead.GetsAsync(ana, "video"), ana.GetsAsync(lead, "audio"));
        TestContext.Current.TestOutputHelper?.WriteLine($"{signal}: told after {told} ms, everybody back after {watch.ElapsedMilliseconds} ms");

        Assert.NotEqual(node, await world.Rooms.ReadAsync<string>("select node from media_rooms"));
        Assert.Equal(2, await world.Rooms.ReadAsync<int>("select epoch from media_rooms"));
        Assert.Equal((403, "removed"), await evening.RefusedAsync(evening.Members[1]));
        Assert.Equal(2, await world.Rooms.ReadAsync<long>("select count(*) from media_peers"));
        await SendAsync(world.NodeOf(node), "CONT");
    }

    [Fact]
    [Trait("hostile", "M14")]
    public async Task A_call_goes_on_when_the_process_of_Room_that_keeps_it_dies()
    {
        await using var world = await MediaWorld.StartAsync(nodes: 2);
        var evening = await world.Rooms.EveningAsync();
        var lead = new MediaPerson(world, await evening.EnterAsync(evening.Lead, world.Rooms.B));
        await lead.Client.CallAsync("Open");
        var member = await evening.MemberAsync();
        var ana = new MediaPerson(world, await evening.EnterAsync(member, world.Rooms.A));
        await lead.Client.CallAsync("AdmitAll");
        await ana.Client.SeesAsync("room", "participant.joined");
        await lead.PublishAsync();
        await ana.PublishAsync();
        await lead.ReceiveAsync([ana]);
        await ana.ReceiveAsync([lead]);
        await lead.GetsAsync(ana, "audio");
        await ana.GetsAsync(lead, "audio");

        // As if it had been killed: its connections are cut, nothing is said to the media node.
        ana.Client.Abort();
        var again = await evening.EnterAsync(member, world.Rooms.B);
        ana.ComesBackWith(again);
        await ana.ReceiveAsync([lead], fresh: false);

        Assert.Equal(
            world.Rooms.B.Get<NodeLease>().NodeId,
            await world.Rooms.ReadAsync<Guid>("select owner from media_peers where participant_id = @Id", new { ana.Id }));
        await lead.GetsAsync(ana, "audio");
        await ana.GetsAsync(lead, "video");
        Assert.DoesNotContain(again.Media, m => m.GetProperty("type").GetString() == "moved");
    }

    [Fact]
    public async Task The_only_media_node_is_killed_and_started_again_and_the_call_goes_on_there()
    {
        await using var world = await MediaWorld.StartAsync();
        var (_, lead, members) = await world.CallAsync(members: 1);
        await world.Janus[0].KillAsync();
        Assert.Contains(
            await lead.Client.RefusedAsync("Subscribe", new { participantIds = new[] { members[0].Id } }), new[] { "try-again", "(no refusal)" });
        await lead.Client.PostAsync("still here");
        await members[0].Client.ReadsAsync("room", "still here");

        await world.Janus[0].StartAsync();
        foreach (var person in new[] { lead, members[0] })
        {
            await Eventually.Async(
                () => person.Client.Media.Any(m => m.GetProperty("type").GetString() == "moved"), () => "no `moved` call arrived after the loss");
            await Eventually.Async(async () => await PublishesAsync(person), () => "nothing could be sent");
        }

        await lead.ReceiveAsync([members[0]], fresh: true);
        await members[0].ReceiveAsync([lead], fresh: true);
        await lead.GetsAsync(members[0], "audio");
        await members[0].GetsAsync(lead, "video");
    }

    private static async Task<bool> PublishesAsync(MediaPerson person)
    {
        try
        {
            await person.PublishAsync();
            return true;
        }
        catch (HubRefusedException e) when (e.Code is "try-again" or "bad-request")
        {
            await person.Client.RefusedAsync("Unpublish");
            return false;
        }
    }

    private static async Task SendAsync(ProcessRef node, string signal)
    {
        using var kill = Process.Start("kill", [$"-{signal}", $"{node.Pid}"]);
        await kill.WaitForExitAsync();
    }
}
