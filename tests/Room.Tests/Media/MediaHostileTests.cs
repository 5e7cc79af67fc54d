using GroupTherapy.Tests.Support;
using Xunit;

namespace GroupTherapy.Room.Tests.Media;

/// <summary>People who ask the media plane for what is not theirs, and get a refusal that disturbs no other participant.</summary>
public sealed class MediaHostileTests
{
    [Fact]
    [Trait("hostile", "M02 M04 M07 M13")]
    public async Task What_is_not_allowed_is_refused_to_the_sender_and_the_call_of_the_others_goes_on()
    {
        await using var world = await MediaWorld.StartAsync();
        var evening = await world.Rooms.EveningAsync();
        var (early, offer) = (await evening.EnterAsync(evening.Lead), await OfferAsync(world, "nobody"));
        Assert.Equal("not-open", await early.RefusedAsync("Publish", new { sdp = offer }));
        Assert.Equal("not-open", await early.RefusedAsync("IceServers"));
        await early.CallAsync("Open");
        var waiting = await evening.EnterAsync(await evening.MemberAsync());
        Assert.Equal("not-admitted", await waiting.RefusedAsync("Publish", new { sdp = offer }));
        Assert.Equal("not-admitted", await waiting.RefusedAsync("Subscribe", new { participantIds = new[] { early.ParticipantId } }));
        Assert.Equal("not-admitted", await waiting.RefusedAsync("IceServers"));
        Assert.Equal("not-admitted", await waiting.RefusedAsync("Devices", new { audio = true, video = true }));
        Assert.Equal("not-admitted", await waiting.RefusedAsync("Unpublish"));
        Assert.DoesNotContain("\"target\":\"media\"", waiting.Wire, StringComparison.Ordinal);

        var (lead, ana) = (new MediaPerson(world, early), new MediaPerson(world, waiting));
        await early.CallAsync("AdmitAll");
        await waiting.SeesAsync("room", "participant.joined");
        await lead.PublishAsync();
        await ana.PublishAsync();
        await lead.ReceiveAsync([ana]);
        await lead.GetsAsync(ana, "audio");

        Assert.Equal("bad-request", await waiting.RefusedAsync("Publish", new { sdp = "v=0" }));
        Assert.Equal("bad-request", await waiting.RefusedAsync("Publish", new { sdp = offer }));
        Assert.Equal("bad-request", await waiting.RefusedAsync("Publish", new { sdp = offer + "a=x:" + new string('x', 50_000) }));
        Assert.Equal(
            "bad-request",
            await waiting.RefusedAsync("Publish", new { sdp = offer + "m=application 9 UDP/DTLS/SCTP webrtc-datachannel\r\na=mid:9\r\n" })
        );
        var another = offer[offer.IndexOf("m=video", StringComparison.Ordinal)..].Replace("a=mid:1", "a=mid:2", StringComparison.Ordinal);
        Assert.Equal("bad-request", await waiting.RefusedAsync("Publish", new { sdp = offer + another }));
        Assert.Equal("not-found", await waiting.RefusedAsync("Subscribe", new { participantIds = new[] { Guid.CreateVersion7() } }));
        Assert.Equal("not-found", await waiting.RefusedAsync("Subscribe", new { participantIds = new[] { waiting.ParticipantId } }));
        Assert.Equal(
            "bad-request",
            await waiting.RefusedAsync("Subscribe", new { participantIds = Enumerable.Range(0, 100).Select(_ => Guid.CreateVersion7()) })
        );
        Assert.Equal("bad-request", await waiting.RefusedAsync("Subscribe", new { participantIds = new[] { early.ParticipantId }, most = "huge" }));
        Assert.Equal("bad-request", await waiting.RefusedAsync("Answer", new { sdp = offer }));
        Assert.Equal("bad-request", await waiting.RefusedAsync("Trickle", new { @for = "somebody", candidate = new { candidate = "" } }));
        Assert.Equal(
            "bad-request",
            await waiting.RefusedAsync(
                "Trickle",
                new
                {
                    @for = "publisher",
                    candidate = new
                    {
                        candidate = "candidate:1 1 udp 1 192.0.2.9 9 typ host ufrag wxyz",
                        sdpMid = "0",
                        sdpMLineIndex = 0,
                    },
                }
            )
        );
        // Of the facilitator's connection.
        Assert.Equal(
            "bad-request",
            await waiting.RefusedAsync(
                "Trickle",
                new
                {
                    @for = "publisher",
                    candidate = new
                    {
                        candidate = $"candidate:1 1 udp 1 192.0.2.9 9 typ host ufrag {lead.Ufrag}",
                        sdpMid = "0",
                        sdpMLineIndex = 0,
                    },
                }
            )
        );
        var codes = new List<string>();
        for (var n = 0; n < 90; n++)
        {
            codes.Add(
                await waiting.RefusedAsync(
                    "Trickle",
                    new
                    {
                        @for = "publisher",
                        candidate = new
                        {
                            candidate = $"candidate:{n} 1 udp 1 192.0.2.9 9 typ host",
                            sdpMid = "0",
                            sdpMLineIndex = 0,
                        },
                    }
                )
            );
        }

        Assert.Contains("too-fast", codes);
        await lead.GetsAsync(ana, "audio");
        await lead.GetsAsync(ana, "video");
    }

    [Fact]
    public async Task A_room_without_media_servers_says_so_and_has_its_chat()
    {
        await using var rooms = await RoomWorld.StartAsync(nodes: 1);
        var (lead, members) = await (await rooms.EveningAsync()).LiveAsync(1);

        Assert.False(lead.Entered.GetProperty("media").GetProperty("on").GetBoolean());
        Assert.Equal("media-off", await lead.RefusedAsync("Publish", new { sdp = "v=0" }));
        Assert.Empty((await lead.CallAsync("IceServers")).GetProperty("iceServers").EnumerateArray());
        await lead.PostAsync("hello");
        await members[0].ReadsAsync("room", "hello");
    }

    private static async Task<string> OfferAsync(MediaWorld world, string peer) =>
        (await world.Peers.DoAsync("offer", new { peer })).GetProperty("sdp").GetString()!;
}
