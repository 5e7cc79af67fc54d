using System.Text.Json;

namespace GroupTherapy.Web.Tests;

/// <summary>People see and hear each other, as far as the facilitator lets them: real browsers, a real media server, packets on loopback alone.</summary>
[Collection(nameof(Browsing))]
public sealed class MediaTests(Browsing browsing)
{
    private static readonly Size Window = new(900, 700);
    private static readonly TimeSpan OnBusyCores = TimeSpan.FromSeconds(60);

    [Fact]
    public async Task Three_people_see_and_hear_each_other_until_one_is_muted_and_one_is_removed()
    {
        var cast = await Cast.TonightAsync(browsing.Deployment);
        await using var a = await OpenAsync();
        await using var m = await OpenAsync();
        await using var n = await OpenAsync();
        await m.SignInAsync(cast.Tampa);
        await m.GoToWaitingRoomAsync("Tampa, Florida", "Sunny");
        await n.SignInAsync(cast.Albany);
        await n.GoToWaitingRoomAsync("Albany, New York", "River");
        Assert.Equal(0, await m.Page.EvaluateAsync<int>("() => peers.length"));
        await a.SignInAsync(cast.LeadEmail);
        await a.EnterAsFacilitatorAsync();
        await a.Button("Open the session").ClickAsync();
        await a.Button("Let all in (2)").ClickAsync();
        await m.IsInTheRoomAsync();
        await n.IsInTheRoomAsync();

        foreach (var (one, name) in new[] { (a, "the facilitator"), (m, "Sunny"), (n, "River") })
        {
            await Eventually.Async(async () => await ShownAsync(one) == 2, () => $"{name} does not see the two others move", OnBusyCores);
            await Eventually.Async(async () => await HeardAsync(one) == 2, () => $"{name} does not hear the two others", OnBusyCores);
            var addresses = await AddressesAsync(one);
            Assert.NotEmpty(addresses);
            Assert.All(addresses, address => Assert.StartsWith("127.", address, StringComparison.Ordinal));
        }

        await a.LookAsync("room-with-video");
        await m.Page.SetViewportSizeAsync(360, 740);
        await m.LookAsync("room-with-video-phone");

        // Blocked at the server: Sunny's browser goes on sending, and no participant receives it.
        await a.Button("Mute Sunny").First.ClickAsync();
        await m.SeesAsync("A facilitator has muted your microphone.");
        await Eventually.Async(async () => await HeardAsync(n) == 1, () => "River still hears Sunny, who is muted", OnBusyCores);
        await a.Button("Unmute Sunny").First.ClickAsync();
        await Eventually.Async(async () => await HeardAsync(n) == 2, () => "River does not hear Sunny again", OnBusyCores);

        await a.Button("Remove River").First.ClickAsync();
        await a.Button("Remove").ClickAsync();
        await n.SeesHeadingAsync("A facilitator has taken you out of the session");
        Assert.True(await n.Page.EvaluateAsync<bool>("() => peers.every(p => p.connectionState === 'closed')"));
        await Eventually.Async(async () => await ShownAsync(m) == 1, () => "Sunny still has River's picture", OnBusyCores);

        // Pictures go, the sound stays.
        await m.Button("More").ClickAsync();
        await m.Page.GetByRole(AriaRole.Menuitem, new() { Name = "Sound only" }).ClickAsync();
        await Eventually.Async(async () => await ShownAsync(m) == 0 && await HeardAsync(m) == 1, () => "Sunny does not have the sound alone", OnBusyCores);

        await a.Button("End for all").ClickAsync();
        await a.Button("End now").ClickAsync();
        await m.SeesHeadingAsync("The session is over");
        Assert.True(await m.Page.EvaluateAsync<bool>("() => peers.every(p => p.connectionState === 'closed')"));
        foreach (var one in new[] { a, m, n })
        {
            one.AssertClean();
        }
    }

    private async Task<Visitor> OpenAsync()
    {
        var visitor = await browsing.OpenAsync(Window);
        await visitor.Context.AddInitScriptAsync(
            "window.peers = []; window.RTCPeerConnection = class extends RTCPeerConnection { constructor(...a) { super(...a); window.peers.push(this); } };");
        return visitor;
    }

    /// <summary>Other people's pictures that are on the screen and get new frames.</summary>
    private static Task<int> ShownAsync(Visitor visitor) => visitor.Page.EvaluateAsync<int>(
        """
        async () => {
          const shown = () => [...document.querySelectorAll('.tile-picture:not(.covered) video:not(.mirrored)')];
          const before = new Map(shown().map(v => [v, v.getVideoPlaybackQuality().totalVideoFrames]));
          await new Promise(done => setTimeout(done, 700));
          return shown().filter(v => v.getVideoPlaybackQuality().totalVideoFrames > (before.get(v) ?? Infinity)).length;
        }
        """);

    /// <summary>Other people's sound that gets louder energy in.</summary>
    private static Task<int> HeardAsync(Visitor visitor) => visitor.Page.EvaluateAsync<int>(
        """
        async () => {
          const energies = async () => {
            const found = new Map();
            for (const peer of peers.filter(p => p.connectionState === 'connected'))
              for (const report of (await peer.getStats()).values())
                if (report.type === 'inbound-rtp' && report.kind === 'audio') found.set(report.ssrc + report.mid, report.totalAudioEnergy);
            return found;
          };
          const before = await energies();
          await new Promise(done => setTimeout(done, 1500));
          const after = await energies();
          return [...after].filter(([id, energy]) => energy > (before.get(id) ?? Infinity) + 1e-7).length;
        }
        """);

    /// <summary>Both ends of every connection that carries media.</summary>
    private static async Task<IReadOnlyList<string>> AddressesAsync(Visitor visitor) =>
        JsonSerializer.Deserialize<string[]>(await visitor.Page.EvaluateAsync<string>(
        """
        async () => {
          const found = [];
          for (const peer of peers.filter(p => p.connectionState === 'connected')) {
            const stats = await peer.getStats();
            for (const report of stats.values())
              if (report.type === 'candidate-pair' && report.nominated && report.state === 'succeeded')
                found.push(stats.get(report.localCandidateId).address, stats.get(report.remoteCandidateId).address);
          }
          return JSON.stringify(found);
        }
        """))!;
}
