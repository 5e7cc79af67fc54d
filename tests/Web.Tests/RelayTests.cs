namespace GroupTherapy.Web.Tests;

/// <summary>People on networks that let nothing but the relay through.</summary>
[Collection(nameof(Browsing))]
public sealed class RelayTests(Browsing browsing)
{
    [Fact]
    public async Task Participants_behind_the_relay_alone_over_UDP_or_TLS_see_and_hear_the_others()
    {
        var cast = await Cast.TonightAsync(browsing.Deployment);
        await using var a = await browsing.OpenForCallAsync();
        await using var m = await browsing.OpenForCallAsync(relay: true, servers: "turn:");
        await using var n = await browsing.OpenForCallAsync(relay: true, servers: "turns:");
        await OnAir.BeginAsync(cast, a, m, n);

        foreach (var one in new[] { m, n })
        {
            var ways = await one.WaysAsync();
            Assert.NotEmpty(ways);
            Assert.All(ways, way => Assert.Equal("relay", way));
        }

        Assert.All(await a.WaysAsync(), way => Assert.NotEqual("relay", way));
        foreach (var one in new[] { a, m, n })
        {
            one.AssertClean();
        }
    }
}
