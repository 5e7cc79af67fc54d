using GroupTherapy.Room.Delivery;
using GroupTherapy.Room.Media;
using GroupTherapy.Room.Storage;
using GroupTherapy.Tests.Support;
using Xunit;

namespace GroupTherapy.Room.Tests.Media;

/// <summary>A page that is loaded anew has other connections at the media server: what is still told of the earlier ones does nothing to them.</summary>
public sealed class MediaLateReportsTests
{
    [Fact]
    public async Task What_the_media_server_tells_late_about_the_page_before_changes_nothing_for_the_member_who_came_back()
    {
        await using var world = await MediaWorld.StartAsync();
        var (evening, lead, members) = await world.CallAsync(members: 1);
        var ana = members[0];
        var call = CallOf(world, ana);
        var before = call.Row!;
        await ComeBackAsync(evening, lead, ana);
        Assert.NotEqual(before.RemoteSession, call.Row!.RemoteSession);

        IMediaPeerEvents reports = call;
        reports.SendingEnded(before.Publisher);
        reports.ReceivingEnded(before.Subscriber!.Value);
        reports.Gone(before.RemoteSession);

        // Still seen and heard, still able to say so, and still under the facilitator's control.
        await ana.Client.CallAsync("Devices", new { audio = true, video = false });
        await Eventually.Async(() => lead.SeesDeviceOf(ana, "video", false), () => "the camera that is off was not told");
        await lead.Client.CallAsync("Mute", new { participantId = ana.Id, audio = true });
        await lead.GetsNothingAsync(ana, "audio");
        await lead.GetsAsync(ana, "video");
        await ana.GetsAsync(lead, "audio");
        Assert.DoesNotContain(ana.Client.Media, m => m.GetProperty("type").GetString() == "moved");
    }

    [Fact]
    public async Task A_sign_of_life_for_the_page_before_that_is_refused_late_does_not_end_the_call_of_the_member_who_came_back()
    {
        await using var world = await MediaWorld.StartAsync();
        var (_, _, members) = await world.CallAsync(members: 1);
        var (calls, plane, store) = (world.Rooms.A.Get<MediaCalls>(), world.Rooms.A.Get<IMediaPlane>(), world.Rooms.A.Get<MediaStore>());
        var call = CallOf(world, members[0]);
        var (row, room) = (call.Row!, (await store.RoomAsync(call.Session, default))!);

        // While the member begins anew, their earlier session is gone and asked for once more.
        await call.Gate.WaitAsync();
        await plane.EndAsync(room, call.Participant, row.RemoteSession, default);
        var late = calls.KeepAliveAsync(call, default);
        var peer = await plane.JoinAsync(room, call.Participant, call, default);
        var now = row with { RemoteSession = peer.RemoteSession, Publisher = peer.Publisher, PrivateId = peer.PrivateId, Subscriber = null };
        call.Begin(peer, now, world.Rooms.Clock.GetUtcNow());
        await store.SavePeerAsync(now, default);
        call.Gate.Release();
        await late;

        Assert.Same(peer, call.Peer);
        Assert.DoesNotContain(members[0].Client.Media, m => m.GetProperty("type").GetString() == "moved");
        Assert.Equal(peer.RemoteSession, (await store.PeerAsync(call.Session, call.Participant, default))?.RemoteSession);
    }

    [Fact]
    public async Task The_end_of_the_line_of_the_page_before_does_not_end_the_call_of_the_member_who_came_back()
    {
        await using var world = await MediaWorld.StartAsync();
        var (evening, lead, members) = await world.CallAsync(members: 1);
        var (calls, call) = (world.Rooms.A.Get<MediaCalls>(), CallOf(world, members[0]));
        var before = call.Connection!;
        members[0].ComesBackWith(await evening.EnterAsync(evening.Members[0]));
        var now = world.Rooms.A.Get<LiveRooms>().Connections.Single(c => c.Entry?.ParticipantId == members[0].Id && c != before);

        // The new line has the call while the end of the earlier one waits for its turn.
        await call.Gate.WaitAsync();
        calls.Ended(before);
        call.Connection = now;
        call.Gate.Release();

        await lead.GetsAsync(members[0], "video");
        await members[0].GetsAsync(lead, "video");
        Assert.NotNull(call.Peer);
    }

    [Fact]
    public async Task A_session_at_the_media_server_that_no_process_keeps_does_not_keep_its_member_out()
    {
        await using var world = await MediaWorld.StartAsync();
        var (evening, lead, members) = await world.CallAsync(members: 1);
        var (plane, store) = (world.Rooms.A.Get<IMediaPlane>(), world.Rooms.A.Get<MediaStore>());
        var call = CallOf(world, members[0]);
        var room = (await store.RoomAsync(call.Session, default))!;
        await call.Gate.WaitAsync();
        var row = call.Row!;
        await plane.EndAsync(room, call.Participant, row.RemoteSession, default);
        await store.DeletePeerAsync(row, default);
        call.Clear();
        await plane.JoinAsync(room, call.Participant, new NoReader(), default);
        call.Gate.Release();

        await ComeBackAsync(evening, lead, members[0]);
        await lead.GetsAsync(members[0], "video");
    }

    // As a page that is loaded anew in mid-call.
    private static async Task ComeBackAsync(Evening evening, MediaPerson lead, MediaPerson member)
    {
        member.ComesBackWith(await evening.EnterAsync(evening.Members[0]));
        await member.PublishAsync();
        await member.ReceiveAsync([lead], fresh: true);
        await lead.GetsAsync(member, "video");
    }

    private static MediaCall CallOf(MediaWorld world, MediaPerson who) => world.Rooms.A.Get<MediaCalls>().All.Single(c => c.Participant == who.Id);

    private sealed class NoReader : IMediaPeerEvents
    {
        public void SendingEnded(long publisher) { }

        public void ReceivingEnded(long subscriber) { }

        public void Gone(long remoteSession) { }

        public void PacketsLost(bool received, Guid? of) { }
    }
}
