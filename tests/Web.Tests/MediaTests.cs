namespace GroupTherapy.Web.Tests;

/// <summary>People see and hear each other, as far as the facilitator lets them: real browsers, a real media server, packets on loopback alone.</summary>
[Collection(nameof(Browsing))]
public sealed class MediaTests(Browsing browsing)
{
    [Fact]
    public async Task Three_people_see_and_hear_each_other_until_one_is_muted_and_one_is_removed()
    {
        var cast = await Cast.TonightAsync(browsing.Deployment);
        await using var a = await browsing.OpenForCallAsync();
        await using var m = await browsing.OpenForCallAsync();
        await using var n = await browsing.OpenForCallAsync();
        await OnAir.BeginAsync(cast, a, m, n);
        foreach (var one in new[] { a, m, n })
        {
            var addresses = await one.AddressesAsync();
            Assert.NotEmpty(addresses);
            Assert.All(addresses, address => Assert.StartsWith("127.", address, StringComparison.Ordinal));
        }

        await a.LookAsync("room-with-video");
        await m.Page.SetViewportSizeAsync(360, 740);
        await m.LookAsync("room-with-video-phone");
        // Small tiles get small pictures; a large one gets a large picture.
        await Eventually.Async(async () => await m.WidestAsync() is > 0 and <= 320, () => "a phone's small tiles get large pictures", OnAir.OnBusyCores);
        await m.LookAsync("room-with-video-phone");
        await m.Page.SetViewportSizeAsync(740, 360);
        await m.LookAsync("room-with-video-phone-sideways");
        await m.Page.SetViewportSizeAsync(900, 700);
        await m.Button("More").ClickAsync();
        await m.Page.GetByRole(AriaRole.Menuitem, new() { Name = "Show who speaks" }).ClickAsync();
        await Eventually.Async(async () => await m.WidestAsync() > 320, () => "a large tile gets a small picture", OnAir.OnBusyCores);
        await m.LookAsync("room-with-video-speaker");
        await m.Button("More").ClickAsync();
        await m.Page.GetByRole(AriaRole.Menuitem, new() { Name = "Show everybody" }).ClickAsync();

        // Who turns a device off is shown so at once.
        await n.Button("Mute").ClickAsync();
        await m.Page.Locator(".tile", new() { HasText = "River" }).GetByText("microphone off").WaitForAsync(new() { State = WaitForSelectorState.Attached });
        await n.Button("Unmute").ClickAsync();
        await n.Button("Stop camera").ClickAsync();
        await m.Page.Locator(".tile", new() { HasText = "River" }).GetByText("camera off").WaitForAsync(new() { State = WaitForSelectorState.Attached });
        await n.Button("Camera").ClickAsync();
        await m.SeesOthersMoveAsync(2, "River's picture is not back");

        // Blocked at the server: Sunny's browser goes on sending, and no participant receives it.
        await a.Button("Mute Sunny").First.ClickAsync();
        await m.SeesAsync("A facilitator has muted your microphone.");
        await n.HearsOthersAsync(1, "River still hears Sunny, who is muted");
        await a.Button("Unmute Sunny").First.ClickAsync();
        await n.HearsOthersAsync(2, "River does not hear Sunny again");

        await a.Button("Remove River").First.ClickAsync();
        await a.Button("Remove").ClickAsync();
        await n.SeesHeadingAsync("A facilitator has taken you out of the session");
        Assert.True(await n.Page.EvaluateAsync<bool>("() => peers.every(p => p.connectionState === 'closed')"));
        await m.SeesOthersMoveAsync(1, "Sunny still has River's picture");

        // Pictures go, the sound stays.
        await m.Button("More").ClickAsync();
        await m.Page.GetByRole(AriaRole.Menuitem, new() { Name = "Sound only" }).ClickAsync();
        await Eventually.Async(
            async () => await m.ShownAsync() == 0 && await m.HeardAsync() == 1,
            () => "Sunny does not have the sound alone",
            OnAir.OnBusyCores
        );

        await a.Button("End for all").ClickAsync();
        await a.Button("End now").ClickAsync();
        await m.SeesHeadingAsync("The session is over");
        Assert.True(await m.Page.EvaluateAsync<bool>("() => peers.every(p => p.connectionState === 'closed')"));
        foreach (var one in new[] { a, m, n })
        {
            one.AssertClean();
        }
    }

    [Fact]
    public async Task A_person_who_asks_for_a_blurred_background_is_seen_blurred_or_not_at_all()
    {
        var cast = await Cast.TonightAsync(browsing.Deployment);
        await using var a = await browsing.OpenForCallAsync();
        await using var m = await browsing.OpenForCallAsync();
        await m.ShowChessboardAsync();
        await OnAir.BeginAsync(cast, a, m);
        Assert.True(await m.SendsItsCameraAsync());
        var sharp = await a.SharpnessAsync();

        await m.Button("More").ClickAsync();
        await m.Page.GetByRole(AriaRole.Menuitem, new() { Name = "Blur my background" }).ClickAsync();
        await Eventually.Async(async () => !await m.SendsItsCameraAsync(), () => "Sunny's camera is still sent as it is", OnAir.OnBusyCores);
        await m.BeginToWatchTheCameraAsync();
        // A machine that is too slow for it says so and sends no picture at all.
        var tooSlow = m.Page.GetByText("This device is a little too slow");
        await Eventually.Async(
            async () => await a.SharpnessAsync() is > 0 and var now && now < sharp / 4 || await tooSlow.IsVisibleAsync(),
            () => "the facilitator gets no blurred picture",
            OnAir.OnBusyCores
        );

        Assert.False(await m.CameraWasSentAsync(), "Sunny's camera was sent as it is, after blur was asked for");
        a.AssertClean();
        m.AssertClean();
    }

    [Fact]
    public async Task A_phone_call_that_takes_microphone_and_camera_is_told_and_both_come_back_by_themselves()
    {
        var cast = await Cast.TonightAsync(browsing.Deployment);
        await using var a = await browsing.OpenForCallAsync();
        await using var m = await browsing.OpenForCallAsync(Size.Phone);
        await OnAir.BeginAsync(cast, a, m);

        // As the system does it: the tracks end, and the page is told.
        await m.Page.EvaluateAsync(
            """
            () => peers.flatMap(p => p.getSenders()).map(s => s.track).filter(t => t).forEach(t => {
              t.stop();
              t.dispatchEvent(new Event('ended'));
            })
            """
        );
        await m.SeesAsync("has taken your microphone or camera");
        await OnAir.SeeAndHearAsync(a, m);
        await m.Page.GetByText("has taken your microphone or camera").WaitForAsync(new() { State = WaitForSelectorState.Detached });
        a.AssertClean();
        m.AssertClean();
    }

    [Fact]
    public async Task In_a_group_without_cameras_none_is_opened_and_the_page_says_so()
    {
        var cast = await Cast.TonightAsync(browsing.Deployment, new { camera = "off" });
        await using var a = await browsing.OpenForCallAsync();
        await using var m = await browsing.OpenForCallAsync(Size.Phone);
        await a.CountCamerasAskedForAsync();
        await m.CountCamerasAskedForAsync();
        await m.SignInAsync(cast.Tampa);
        await m.GoToWaitingRoomAsync("Tampa, Florida", "Sunny");
        await m.SeesAsync("Cameras stay off in this group.");
        await a.SignInAsync(cast.LeadEmail);
        await a.EnterAsFacilitatorAsync();
        await a.Button("Open the session").ClickAsync();
        await a.Button("Let Sunny in").First.ClickAsync();
        await m.IsInTheRoomAsync();
        foreach (var one in new[] { a, m })
        {
            await one.HearsOthersAsync(1, "they do not hear each other");
            await one.SeesAsync("Cameras off");
            Assert.Equal(0, await one.Button("Camera").Or(one.Button("Stop camera")).CountAsync());
            Assert.Equal(0, await one.CamerasAskedForAsync());
            one.AssertClean();
        }
    }
}
