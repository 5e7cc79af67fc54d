using System.Text.Json.Nodes;
using GroupTherapy.Tests.Support;

namespace GroupTherapy.SystemTests;

/// <summary>Video through the whole product: a call goes on while the processes around it die.</summary>
[Collection(nameof(Deployment))]
public sealed class MediaTests(Deployment deployment)
{
    [Fact]
    public async Task A_call_goes_on_when_the_gateway_and_the_room_processes_are_killed()
    {
        var operators = await Person.SignInAsync(deployment, "operator@demo.test");
        var lead = await Person.NewFacilitatorAsync(deployment, operators);
        var evening = await Evening.TonightAsync(operators, lead.Id);
        var maya = await Person.NewMemberAsync(deployment, "NY");
        await maya.SeatAsync(evening.Group);
        var leadJoin = await lead.JoinAsync(evening.Session, null);
        Assert.StartsWith("turn:127.0.0.1:", (string)leadJoin["iceServers"]![0]!["urls"]![0]!, StringComparison.Ordinal);
        var (leads, _) = await RoomClient.EnterAsync(lead, leadJoin);
        var (member, entered) = await RoomClient.EnterAsync(maya, await maya.JoinAsync(evening.Session, "US-NY"));
        await leads.CallAsync("Open");
        await leads.CallAsync("AdmitAll");
        await member.SeesAsync("participant.joined", "the member was not let in");
        var mayaId = (string)entered["participantId"]!;
        await using var peers = await MediaPeers.StartAsync();

        var offer = await peers.DoAsync("offer", new { peer = "maya" });
        var sent = await member.CallAsync("Publish", new { sdp = offer.GetProperty("sdp").GetString() });
        await peers.DoAsync("answered", new { peer = "maya", sdp = (string)sent!["sdp"]! });
        JsonNode? received = null;
        await Eventually.Async(
            async () => (received = await leads.CallAsync("Subscribe", new { participantIds = new[] { mayaId } }))!["streams"]!.AsArray().Count == 2,
            () => "the member's sound and picture were not offered");
        var answer = await peers.DoAsync("receive", new { peer = "lead", sdp = (string)received!["sdp"]!, fresh = true });
        await leads.CallAsync("Answer", new { sdp = answer.GetProperty("sdp").GetString() });
        await FlowsAsync(peers);

        // The gateway, then both nodes of Room: nobody's media asks them for anything.
        foreach (var (name, instance) in new[] { ("gateway", 1), ("room", 1), ("room", 2) })
        {
            var killed = await deployment.KillAsync(name, instance);
            await FlowsAsync(peers);
            await deployment.BackAsync(name, killed, instance);
        }

        var (again, _) = await RoomClient.EnterAsync(lead, await lead.JoinAsync(evening.Session, null));
        var kept = await again.CallAsync("Subscribe", new { participantIds = new[] { mayaId }, fresh = false });
        Assert.False((bool)kept!["fresh"]!);
        await FlowsAsync(peers);

        // And the process that has it now is obeyed.
        await again.CallAsync("Remove", new { participantId = mayaId, reason = "test" });
        await Eventually.Async(
            async () => await CountAsync(peers) is var before && await LaterAsync(peers) == before, () => "a removed member was still heard");
    }

    private static async Task FlowsAsync(MediaPeers peers)
    {
        var before = await CountAsync(peers);
        await Eventually.Async(async () => await CountAsync(peers) > before + 10, () => "media stopped");
    }

    private static async Task<int> CountAsync(MediaPeers peers) =>
        (await peers.DoAsync("stats", new { peer = "lead" })).GetProperty("counts").EnumerateObject().Sum(c => c.Value.GetInt32());

    // Packets are 20 ms apart.
    private static async Task<int> LaterAsync(MediaPeers peers)
    {
        var (began, count) = (TimeProvider.System.GetTimestamp(), 0);
        while (TimeProvider.System.GetElapsedTime(began) < TimeSpan.FromMilliseconds(400))
        {
            count = await CountAsync(peers);
        }

        return count;
    }
}
