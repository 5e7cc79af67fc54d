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
            () => "who sends was not told");

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
        await lead.GetsNothingAsync(ben, "audio", TimeSpan.FromSeconds(5));
        await lead.GetsNothingAsync(ben, "video", TimeSpan.FromSeconds(5));
        await ben.GetsNothingAsync(ana, "audio", TimeSpan.FromSeconds(5));
        await ben.GetsNothingAsync(lead, "video", TimeSpan.FromSeconds(5));
        await ana.GetsAsync(lead, "video");

        // The end leaves no participant any media.
        await lead.Client.CallAsync("End", new { reason = "over" });
        await ana.GetsNothingAsync(lead, "audio", TimeSpan.FromSeconds(5));
        await Eventually.Async(
            async () => await world.Rooms.ReadAsync<long>("select count(*) from media_peers") == 0
                && await world.Rooms.ReadAsync<long>("select count(*) from media_rooms where closed_at is null") == 0,
            () => "the room stayed open at the media server");
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

    private static bool IsBlocked(MediaPerson seenBy, MediaPerson who, string what) =>
        seenBy.Client.Media.LastOrDefault(m => m.GetProperty("type").GetString() == "publishers") is { ValueKind: System.Text.Json.JsonValueKind.Object } told
        && told.GetProperty("participants").EnumerateArray().Any(p => p.GetProperty("participantId").GetGuid() == who.Id && p.GetProperty(what).GetBoolean());
}
