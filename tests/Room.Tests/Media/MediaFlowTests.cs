using System.Diagnostics;
using GroupTherapy.Tests.Support;
using Xunit;

namespace GroupTherapy.Room.Tests.Media;

/// <summary>Sound and pictures between people, and what the room's state takes from them.</summary>
public sealed class MediaFlowTests
{
    [Fact]
    [Trait("hostile", "M05")]
    public async Task A_facilitator_and_two_members_hear_and_see_each_other_and_moderation_reaches_their_media()
    {
        await using var world = await MediaWorld.StartAsync();
        var (_, lead, members) = await world.CallAsync(members: 2);
        var (ana, ben) = (members[0], members[1]);
        await Eventually.Async(
            () => lead.Client.Media.Any(m => m.GetProperty("type").GetString() == "publishers" && m.GetProperty("participants").GetArrayLength() == 3),
            () => "who sends was not told"
        );

        // Muting sound leaves pictures, and the others.
        await lead.Client.CallAsync("Mute", new { participantId = ana.Id, audio = true });
        await ben.GetsNothingAsync(ana, "audio");
        await ben.GetsAsync(ana, "video");
        await ana.GetsAsync(ben, "audio");
        await Eventually.Async(() => IsBlocked(ben, ana, "audioBlocked"), () => "the block was not told");
        await lead.Client.CallAsync("Unmute", new { participantId = ana.Id, audio = true });
        await ben.GetsAsync(ana, "audio");

        // A speaking turn leaves one member's microphone, and staff's.
        await lead.Client.CallAsync("GiveTurn", new { participantId = ben.Id });
        await lead.GetsNothingAsync(ana, "audio");
        await lead.GetsAsync(ben, "audio");
        await lead.GetsAsync(ana, "video");
        await ana.GetsAsync(lead, "audio");
        await lead.Client.CallAsync("GiveTurn", new { });
        await lead.GetsAsync(ana, "audio");

        // A removed member neither sends nor receives, and comes back by no call.
        var watch = Stopwatch.StartNew();
        await lead.Client.CallAsync("Remove", new { participantId = ben.Id, reason = "test" });
        TestContext.Current.TestOutputHelper?.WriteLine($"Remove answered after {watch.ElapsedMilliseconds} ms");
        await lead.GetsNothingAsync(ben, "audio");
        await lead.GetsNothingAsync(ben, "video");
        await ben.GetsNothingAsync(ana, "audio");
        await ben.GetsNothingAsync(lead, "video");
        await ana.GetsAsync(lead, "video");

        // The end leaves no participant any media.
        await lead.Client.CallAsync("End", new { reason = "over" });
        await ana.GetsNothingAsync(lead, "audio");
        await Eventually.Async(
            async () =>
                await world.Rooms.ReadAsync<long>("select count(*) from media_peers") == 0
                && await world.Rooms.ReadAsync<long>("select count(*) from media_rooms where closed_at is null") == 0,
            () => "the room stayed open at the media server"
        );
    }

    [Fact]
    public async Task A_room_that_lost_its_facilitator_is_silent_and_dark_until_a_facilitator_is_back()
    {
        await using var world = await MediaWorld.StartAsync(settings: [("Times:FacilitatorGrace", "2")]);
        var (evening, lead, members) = await world.CallAsync(members: 2);
        lead.Client.Abort();
        await members[0].Client.SeesAsync("room", "room.held");

        await members[0].GetsNothingAsync(members[1], "audio");
        await members[0].GetsNothingAsync(members[1], "video");

        await evening.EnterAsync(evening.Lead);
        await members[0].Client.SeesAsync("room", "room.resumed");
        await members[0].GetsAsync(members[1], "audio");
        await members[0].GetsAsync(members[1], "video");
    }

    [Fact]
    public async Task A_member_who_came_in_while_their_picture_was_blocked_is_seen_when_it_is_allowed_again()
    {
        // Each at another process of Room.
        await using var world = await MediaWorld.StartAsync(nodes: 2);
        var evening = await world.Rooms.EveningAsync();
        var lead = new MediaPerson(world, await evening.EnterAsync(evening.Lead, world.Rooms.A));
        await lead.Client.CallAsync("Open");
        var member = new MediaPerson(world, await evening.EnterAsync(await evening.MemberAsync(), world.Rooms.B));
        await lead.Client.CallAsync("AdmitAll");
        await member.Client.SeesAsync("room", "participant.joined");
        await lead.PublishAsync();
        await lead.Client.CallAsync("Mute", new { participantId = member.Id, video = true });
        await member.PublishAsync(sizes: true);

        await lead.Client.CallAsync("Unmute", new { participantId = member.Id, video = true });

        // A connection that was blocked from its first packet on cannot be used: the page is told, and begins anew.
        await Eventually.Async(
            () => member.Client.Media.Any(m => m.GetProperty("type").GetString() == "moved"),
            () => "the page was not told to begin anew"
        );
        await member.PublishAsync();
        await member.ReceiveAsync([lead]);
        await lead.ReceiveAsync([member]);
        await lead.GetsAsync(member, "video");
        await member.GetsAsync(lead, "video");
    }

    [Fact]
    public async Task Others_are_told_which_devices_are_on()
    {
        await using var world = await MediaWorld.StartAsync();
        var (_, lead, members) = await world.CallAsync(members: 1);

        await members[0].Client.CallAsync("Devices", new { audio = false, video = true });
        await Eventually.Async(
            () => Is(lead, members[0], "audio", false) && Is(lead, members[0], "video", true),
            () => "the microphone that is off was not told"
        );
        await members[0].Client.CallAsync("Devices", new { audio = true, video = false });
        await Eventually.Async(() => Is(lead, members[0], "audio", true) && Is(lead, members[0], "video", false), () => "the camera that is off was not told");
        await lead.GetsAsync(members[0], "audio");
    }

    [Fact]
    public async Task A_member_whose_camera_comes_on_before_their_connection_is_up_is_seen_and_heard()
    {
        await using var world = await MediaWorld.StartAsync();
        var (leading, clients) = await (await world.Rooms.EveningAsync()).LiveAsync(2);
        var (lead, ana, ben) = (new MediaPerson(world, leading), new MediaPerson(world, clients[0]), new MediaPerson(world, clients[1]));
        foreach (var (one, other) in new[] { (lead, ben), (ben, lead) })
        {
            await one.PublishAsync();
            await one.ReceiveAsync([other, ana]);
        }

        await ana.PublishAsync(connecting: () => ana.Client.CallAsync("Devices", new { audio = false, video = true }));

        foreach (var other in new[] { lead, ben })
        {
            await other.GetsAsync(ana, "video");
            await other.GetsAsync(ana, "audio");
            await Eventually.Async(() => Is(other, ana, "audio", false) && Is(other, ana, "video", true), () => "Ana's devices were not told");
        }
    }

    [Fact]
    public async Task On_a_line_that_loses_packets_pictures_become_small_and_pause_while_sound_goes_on_and_the_person_is_told()
    {
        await using var world = await MediaWorld.StartAsync();
        var (_, lead, members) = await world.CallAsync(members: 2);
        var (ana, ben) = (members[0], members[1]);

        await ana.LosesAsync(percent: 40);
        await Eventually.Async(() => PicturesOf(ana) == "paused", () => "pictures did not pause", TimeSpan.FromSeconds(40));
        Assert.Contains(ana.Client.Media, m => m.GetProperty("type").GetString() == "pictures" && m.GetProperty("size").GetString() == "small");
        await ana.GetsNothingAsync(ben, "video");
        await ana.GetsNothingAsync(lead, "video");
        await ana.GetsAsync(ben, "audio");
        // The line of nobody else is touched.
        await ben.GetsAsync(lead, "video");
        await ben.GetsAsync(ana, "video");
        Assert.Null(PicturesOf(ben));

        // A page that finds its line thin asks for no pictures: nothing is negotiated anew.
        Assert.Null((await ben.AsksForAsync([lead, ana], most: "paused")).GetProperty("sdp").GetString());
        await ben.GetsNothingAsync(lead, "video");
        await ben.GetsAsync(lead, "audio");
        await ben.AsksForAsync([lead, ana], most: "full");
        await ben.GetsAsync(lead, "video");

        await ana.LosesAsync(percent: 0);
        await Eventually.Async(() => PicturesOf(ana) is "small" or "full", () => "pictures did not come back", TimeSpan.FromSeconds(40));
        await ana.GetsAsync(ben, "video");
    }

    private static string? PicturesOf(MediaPerson who) =>
        who.Client.Media.LastOrDefault(m => m.GetProperty("type").GetString() == "pictures") is { ValueKind: System.Text.Json.JsonValueKind.Object } told
            ? told.GetProperty("size").GetString()
            : null;

    private static bool Is(MediaPerson seenBy, MediaPerson who, string what, bool isOn) => seenBy.SeesDeviceOf(who, what, isOn);

    private static bool IsBlocked(MediaPerson seenBy, MediaPerson who, string what) =>
        seenBy.Client.Media.LastOrDefault(m => m.GetProperty("type").GetString() == "publishers") is { ValueKind: System.Text.Json.JsonValueKind.Object } told
        && told.GetProperty("participants").EnumerateArray().Any(p => p.GetProperty("participantId").GetGuid() == who.Id && p.GetProperty(what).GetBoolean());
}
