namespace GroupTherapy.Web.Tests;

/// <summary>An evening as people live it, through the pages alone.</summary>
[Collection(nameof(Browsing))]
public sealed class EveningTests(Browsing browsing)
{
    [Fact]
    [Trait("hostile", "W04")]
    public async Task A_facilitator_and_two_members_meet_from_sign_in_to_the_end()
    {
        var cast = await Cast.TonightAsync(browsing.Deployment);
        await using var a = await browsing.OpenAsync(Size.Laptop);
        await using var m = await browsing.OpenAsync(Size.Phone);
        await using var n = await browsing.OpenAsync(Size.Laptop, ColorScheme.Dark);

        await m.Page.GotoAsync("/");
        await m.SeesHeadingAsync("Good to see you");
        await m.LookAsync("sign-in");
        await m.SignInAsync(cast.Tampa);
        await m.Page.GetByRole(AriaRole.Link, new() { Name = "Join" }).WaitForAsync();
        await m.LookAsync("home-member");
        await m.Page.GetByRole(AriaRole.Link, new() { Name = "Join" }).ClickAsync();
        await m.SeesAsync("At home in Tampa, Florida");
        await m.Page.Locator("video.picture").WaitForAsync();
        await m.LookAsync("prepare-member");
        await m.Page.GetByText("At home in Tampa, Florida").ClickAsync();
        await m.Page.GetByLabel("The name that others see").FillAsync("Sunny");
        await m.Button("Go to the waiting room").ClickAsync();
        await m.SeesHeadingAsync("You are in the waiting room");
        await m.LookAsync("waiting-member");

        await a.SignInAsync(cast.LeadEmail);
        await a.Page.GetByRole(AriaRole.Link, new() { Name = "Open the room" }).WaitForAsync();
        await a.LookAsync("home-facilitator");
        await a.EnterAsFacilitatorAsync();
        await a.Button("Open the session").WaitForAsync();
        await a.LookAsync("lobby-facilitator");

        await n.SignInAsync(cast.Albany);
        await n.GoToWaitingRoomAsync("Albany, New York", "River");
        await n.LookAsync("waiting-member-dark");

        await a.Button("Open the session").ClickAsync();
        await a.Button("Let all in (2)").ClickAsync();
        await m.IsInTheRoomAsync();
        await n.IsInTheRoomAsync();

        await m.WriteAsync("Good evening, everybody");
        await n.Message("Good evening, everybody").WaitForAsync();
        await m.WriteAsync("I am a little nervous today", "Facilitators only", "Message to the facilitators only");
        await a.Message("I am a little nervous today").WaitForAsync(new() { State = WaitForSelectorState.Attached });
        await m.LookAsync("chat-private");
        await m.Button("Close").ClickAsync();
        await m.LookAsync("room-member");

        await n.Button("Raise hand").ClickAsync();
        await a.Button("Give River the floor").First.ClickAsync();
        await n.SeesAsync("You have the floor");
        await n.LookAsync("room-member-dark");
        await a.OpenPanelAsync("People");
        await a.LookAsync("people-facilitator");

        await a.Button("Pause messages of River").ClickAsync();
        await n.SeesAsync("A facilitator has paused your messages to the group");
        await a.Button("Allow messages of River").ClickAsync();
        await n.WriteAsync("Thank you");
        await m.Message("Thank you").WaitForAsync(new() { State = WaitForSelectorState.Attached });
        Assert.Equal(0, await n.Message("I am a little nervous today").CountAsync());

        await a.Button("Close the door").ClickAsync();
        await a.SeesAsync("Door closed");
        await a.Button("Remove River").First.ClickAsync();
        await a.Button("Remove").ClickAsync();
        await n.SeesHeadingAsync("A facilitator has taken you out of the session");
        await n.LookAsync("removed-member");
        await n.Page.GetByRole(AriaRole.Link, new() { Name = "To my sessions" }).ClickAsync();
        await n.Page.GetByRole(AriaRole.Link, new() { Name = "Join" }).ClickAsync();
        await n.Page.GetByText("At home in Albany, New York").ClickAsync();
        await n.Button("Go to the waiting room").ClickAsync();
        await n.SeesHeadingAsync("You cannot go back into this session");
        await n.LookAsync("refused-member");

        await a.Button("Crisis help").First.ClickAsync();
        await a.SeesHeadingAsync("Help, right now");
        await a.LookAsync("crisis-help");
        await a.Page.Keyboard.PressAsync("Escape");

        await a.Button("End for all").ClickAsync();
        await a.Button("End now").ClickAsync();
        await m.SeesHeadingAsync("The session is over");
        await a.SeesHeadingAsync("The session is over");
        await m.LookAsync("over-member");

        foreach (var one in new[] { a, m })
        {
            one.AssertClean();
        }

        // The refusal at the door is one that the browser writes to its console.
        n.AssertClean("the server responded with a status of 403");
    }

    [Fact]
    public async Task A_member_who_travels_hears_why_they_cannot_join_from_there_and_joins_from_home()
    {
        var cast = await Cast.TonightAsync(browsing.Deployment);
        await using var m = await browsing.OpenAsync(Size.Phone);
        await m.SignInAsync(cast.Tampa);
        await m.Page.GetByRole(AriaRole.Link, new() { Name = "Join" }).ClickAsync();
        await m.Button("Go to the waiting room").ClickAsync();
        await m.SeesAsync("Please say where you are.");
        await m.Page.GetByText("Somewhere else").ClickAsync();
        await m.Page.GetByLabel("Which state are you in?").SelectOptionAsync("US-GA");
        await m.LookAsync("prepare-elsewhere");
        await m.Button("Go to the waiting room").ClickAsync();
        await m.SeesHeadingAsync("You cannot join from there today");
        await m.SeesAsync("You keep your seat.");
        await m.LookAsync("refused-for-place");

        await m.Button("I am somewhere else").ClickAsync();
        await m.Page.GetByText("At home in Tampa, Florida").ClickAsync();
        await m.Button("Go to the waiting room").ClickAsync();
        await m.SeesHeadingAsync("You are in the waiting room");
        m.AssertClean("the server responded with a status of 403");
    }

    [Fact]
    public async Task A_room_that_loses_its_facilitator_says_so_with_the_crisis_line_and_goes_on_when_they_are_back()
    {
        var cast = await Cast.TonightAsync(browsing.Deployment);
        await using var m = await browsing.OpenAsync(Size.Phone);
        await using var a = await browsing.OpenAsync(Size.Laptop);
        await OpenWithAsync(a, m, cast);

        await a.Page.GotoAsync("about:blank");
        await m.Page.GetByRole(AriaRole.Alert).GetByText("The session is paused").WaitForAsync();
        await m.SeesAsync("988");
        await m.LookAsync("held-member");
        await m.WriteAsync("Are you all right?", "Facilitators only", "Message to the facilitators only");

        await a.Page.GotoAsync($"/sessions/{cast.Evening.Session}");
        await a.IsInTheRoomAsync();
        await m.Page.GetByRole(AriaRole.Alert).GetByText("The session is paused").WaitForAsync(new() { State = WaitForSelectorState.Detached });
        await a.Message("Are you all right?").WaitForAsync(new() { State = WaitForSelectorState.Attached });
        a.AssertClean();
        m.AssertClean();
    }

    [Fact]
    public async Task A_reload_in_mid_call_a_second_tab_and_a_gateway_that_dies_lose_nothing_that_was_said()
    {
        var cast = await Cast.TonightAsync(browsing.Deployment);
        await using var m = await browsing.OpenAsync(Size.Laptop);
        await using var a = await browsing.OpenAsync(Size.Laptop);
        await OpenWithAsync(a, m, cast);
        await a.WriteAsync("Before anything happened");

        await m.Page.ReloadAsync();
        await m.IsInTheRoomAsync();
        await m.Message("Before anything happened").WaitForAsync();

        var tab = await m.Context.NewPageAsync();
        await tab.GotoAsync($"/sessions/{cast.Evening.Session}");
        await tab.GetByText("At home in Tampa, Florida").ClickAsync();
        await tab.GetByRole(AriaRole.Button, new() { Name = "Go to the waiting room" }).ClickAsync();
        await tab.GetByRole(AriaRole.Button, new() { Name = "Leave", Exact = true }).WaitForAsync();
        Assert.Equal(2, await a.Page.Locator(".tile").CountAsync());

        await m.Page.GetByLabel("Message to everybody").FillAsync("Typed before the line broke");
        var gateway = await browsing.Deployment.KillAsync("gateway");
        await m.SeesAsync("The connection was lost.");
        await browsing.Deployment.BackAsync("gateway", gateway);
        await m.Page.GetByText("The connection was lost.").WaitForAsync(new() { State = WaitForSelectorState.Detached });

        // A post that meets the last of the outage is refused and stays in the field; it is sent again as a person would.
        var field = m.Page.GetByLabel("Message to everybody");
        await Eventually.Async(
            async () =>
            {
                if (await field.InputValueAsync() != "")
                {
                    await field.PressAsync("Enter");
                }

                return await a.Message("Typed before the line broke").CountAsync() > 0;
            },
            () => "what was typed before the line broke did not arrive",
            OnAir.OnBusyCores
        );
        await tab.Locator(".message", new() { HasText = "Typed before the line broke" }).WaitForAsync();
        await tab.CloseAsync();
        string[] whileItWasAway = ["Failed to load resource", "WebSocket connection to"];
        a.AssertClean(whileItWasAway);
        m.AssertClean(whileItWasAway);
    }

    private static async Task OpenWithAsync(Visitor lead, Visitor member, Cast cast)
    {
        await member.SignInAsync(cast.Tampa);
        await member.GoToWaitingRoomAsync("Tampa, Florida", "Sunny");
        await lead.SignInAsync(cast.LeadEmail);
        await lead.EnterAsFacilitatorAsync();
        await lead.Button("Open the session").ClickAsync();
        await lead.Button("Let Sunny in").First.ClickAsync();
        await member.IsInTheRoomAsync();
    }
}
