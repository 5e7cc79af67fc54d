using System.Globalization;

namespace GroupTherapy.Web.Tests;

/// <summary>A call that goes on whatever dies: real browsers in the room page, and nobody has to tap.</summary>
[Collection(nameof(Browsing))]
public sealed class CallTests(Browsing browsing)
{
    private static readonly string[] WhileItWasAway = ["Failed to load resource", "WebSocket connection to"];

    [Fact]
    public async Task People_go_on_seeing_each_other_while_processes_of_Room_and_the_gateway_are_killed()
    {
        var cast = await Cast.TonightAsync(browsing.Deployment);
        await using var a = await browsing.OpenForCallAsync();
        await using var m = await browsing.OpenForCallAsync();
        var (endingsOfA, endingsOfM) = (a.CountEndings(), m.CountEndings());
        await OnAir.BeginAsync(cast, a, m);
        var people = new[] { (a, await a.SendersMadeAsync(), endingsOfA), (m, await m.SendersMadeAsync(), endingsOfM) };
        await m.BeginToTimeGapsAsync();

        foreach (var (process, instance) in new[] { ("room", 1), ("room", 2), ("gateway", 1) })
        {
            var pid = await browsing.Deployment.KillAsync(process, instance);
            await browsing.Deployment.BackAsync(process, pid, instance);
            foreach (var one in new[] { a, m })
            {
                await one.Page.GetByText("The connection was lost.").WaitForAsync(new() { State = WaitForSelectorState.Detached });
            }

            await OnAir.SeeAndHearAsync(a, m);
        }

        // No page gave its call up by itself: another connection is made only when the browser or the server says that the old one is gone.
        Say($"longest time without a new frame: {await m.LongestGapAsync():0} ms");
        foreach (var (who, before, endings) in people)
        {
            var (made, failures) = (await who.SendersMadeAsync() - before, await who.FailuresAsync());
            Say($"connections made anew: {made}, given up by the browser: {failures}, told by the server: {endings()}");
            Assert.True(made == 0 || failures + endings() > 0, "a connection that lived was given up");
        }

        // And it is still under the facilitator's control.
        await a.Button("Mute Sunny").First.ClickAsync();
        await a.HearsOthersAsync(0, "the facilitator still hears Sunny, who is muted");
        await a.Button("Unmute Sunny").First.ClickAsync();
        await a.HearsOthersAsync(1, "the facilitator does not hear Sunny again");
        a.AssertClean(WhileItWasAway);
        m.AssertClean(WhileItWasAway);
    }

    [Fact]
    public async Task When_a_media_node_is_killed_all_participants_are_back_at_the_other_without_a_tap_and_a_removed_one_stays_out()
    {
        var cast = await Cast.TonightAsync(browsing.Deployment);
        await using var a = await browsing.OpenForCallAsync();
        await using var m = await browsing.OpenForCallAsync();
        await using var n = await browsing.OpenForCallAsync();
        await OnAir.BeginAsync(cast, a, m, n);
        await a.Button("Remove River").First.ClickAsync();
        await a.Button("Remove").ClickAsync();
        await n.SeesHeadingAsync("A facilitator has taken you out of the session");
        await OnAir.SeeAndHearAsync(a, m);
        await Task.WhenAll(a.BeginToTimeGapsAsync(), m.BeginToTimeGapsAsync());

        // Whichever of the two it is on: both are killed, one after the other.
        foreach (var node in Enumerable.Range(1, await browsing.Deployment.CountAsync("janus")))
        {
            var pid = await browsing.Deployment.KillAsync("janus", node);
            await browsing.Deployment.BackAsync("janus", pid, node);
            await OnAir.SeeAndHearAsync(a, m);
        }

        Say($"longest time without a new frame: facilitator {await a.LongestGapAsync():0} ms, member {await m.LongestGapAsync():0} ms");
        Assert.True(await n.Page.EvaluateAsync<bool>("() => peers.every(p => p.connectionState === 'closed')"));
        await n.Page.GetByRole(AriaRole.Link, new() { Name = "To my sessions" }).ClickAsync();
        await n.Page.GetByRole(AriaRole.Link, new() { Name = "Join" }).ClickAsync();
        await n.Page.GetByText("At home in Albany, New York").ClickAsync();
        await n.Button("Go to the waiting room").ClickAsync();
        await n.SeesHeadingAsync("You cannot go back into this session");
        a.AssertClean();
        m.AssertClean();
    }

    [Fact]
    public async Task A_page_that_is_loaded_anew_in_mid_call_and_a_second_tab_have_sound_and_picture_without_a_tap()
    {
        var cast = await Cast.TonightAsync(browsing.Deployment);
        await using var a = await browsing.OpenForCallAsync();
        await using var m = await browsing.OpenForCallAsync();
        await OnAir.BeginAsync(cast, a, m);

        foreach (var one in new[] { m, a })
        {
            await one.Page.ReloadAsync();
            await one.IsInTheRoomAsync();
            await OnAir.SeeAndHearAsync(a, m);
        }

        var tab = m.Beside(await m.Context.NewPageAsync());
        await tab.Page.GotoAsync($"/sessions/{cast.Evening.Session}");
        await tab.Page.GetByText("At home in Tampa, Florida").ClickAsync();
        await tab.Button("Go to the waiting room").ClickAsync();
        await tab.IsInTheRoomAsync();
        await m.SeesAsync("You take part from another window or device.");
        await OnAir.SeeAndHearAsync(a, tab);
        Assert.Equal(2, await a.Page.Locator(".tile").CountAsync());
        // The window without the call has given its devices back: no camera light stays on for it.
        await m.Page.WaitForFunctionAsync("() => opened.every(track => track.readyState === 'ended')");
        await m.LookAsync("room-elsewhere");

        await m.Button("Use them here").ClickAsync();
        await tab.SeesAsync("You take part from another window or device.");
        await tab.Page.CloseAsync();
        await OnAir.SeeAndHearAsync(a, m);
        a.AssertClean();
        m.AssertClean();
    }

    private static void Say(FormattableString text) => TestContext.Current.TestOutputHelper?.WriteLine(text.ToString(CultureInfo.InvariantCulture));
}
