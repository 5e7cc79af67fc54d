namespace GroupTherapy.Web.Tests;

/// <summary>A deployment without media servers.</summary>
public sealed class BrowsingWithoutMedia : Browsing
{
    protected override IReadOnlyList<string> Options => ["--no-media"];
}

/// <summary>A room that has chat alone.</summary>
public sealed class NoMediaTests(BrowsingWithoutMedia browsing) : IClassFixture<BrowsingWithoutMedia>
{
    [Fact]
    public async Task A_room_without_video_says_so_and_has_its_chat()
    {
        var cast = await Cast.TonightAsync(browsing.Deployment);
        await using var m = await browsing.OpenForCallAsync(Size.Phone);
        await using var a = await browsing.OpenForCallAsync(Size.Laptop);
        await m.SignInAsync(cast.Tampa);
        await m.GoToWaitingRoomAsync("Tampa, Florida", "Sunny");
        await a.SignInAsync(cast.LeadEmail);
        await a.EnterAsFacilitatorAsync();
        await a.Button("Open the session").ClickAsync();
        await a.Button("Let Sunny in").First.ClickAsync();
        await m.IsInTheRoomAsync();

        foreach (var one in new[] { a, m })
        {
            await one.SeesAsync("There is no video in this room. The chat works.");
            Assert.Equal(0, await one.Button("Mute").Or(one.Button("Stop camera")).CountAsync());
            Assert.Equal(0, await one.ConnectionsMadeAsync());
            // The camera of the preview is given back: nobody could see it.
            await one.Page.Locator("video").First.WaitForAsync(new() { State = WaitForSelectorState.Detached });
        }

        await m.LookAsync("room-without-video");
        await a.LookAsync("room-without-video");
        await m.WriteAsync("Hello without a picture");
        await a.Message("Hello without a picture").WaitForAsync(new() { State = WaitForSelectorState.Attached });
        a.AssertClean();
        m.AssertClean();
    }
}
