namespace GroupTherapy.Web.Tests;

/// <summary>A facilitator of the practice who does not lead the group reaches a member of it in danger, and its operator reads why.</summary>
[Collection(nameof(Browsing))]
public sealed class BreakGlassTests(Browsing browsing)
{
    private const string Why = "Ana is ill, and Sunny wrote that she will not be here tomorrow.";

    [Fact]
    [Trait("hostile", "R43")]
    public async Task A_colleague_opens_the_group_reaches_the_member_and_the_operator_finds_it_in_the_list_of_work()
    {
        var cast = await Cast.TonightAsync(browsing.Deployment);
        await using var m = await browsing.OpenAsync(Size.Phone);
        await m.SignInAsync(cast.Tampa);
        await m.GoToWaitingRoomAsync("Tampa, Florida", "Sunny");

        var operators = await Person.SignInAsync(browsing.Deployment, "operator@demo.test");
        var colleague = await Person.NewFacilitatorAsync(browsing.Deployment, operators);
        var name = (string)(await operators.GetAsync($"/api/groups/{cast.Evening.Group}"))["name"]!;
        await using var c = await browsing.OpenAsync(Size.Laptop);
        await c.SignInAsync((string)colleague.Me["email"]!);
        await c.GoAsync("My groups");
        await c.Button("Reach a member in danger").ClickAsync();
        await c.SeesAsync("operators are told at once");
        await c.Page.GetByLabel("Group", new() { Exact = true }).SelectOptionAsync(new SelectOptionValue { Label = name });
        await c.Page.GetByLabel("Why must a member be reached?").FillAsync("Too short");
        Assert.True(await c.Button("Open this group for an hour").IsDisabledAsync());
        await c.Page.GetByLabel("Why must a member be reached?").FillAsync(Why);
        await c.LookAsync("break-glass-reason");
        await c.Button("Open this group for an hour").ClickAsync();
        await c.SeesAsync("Choose the person.");
        await c.Button("Emergency sheet of Sunny").ClickAsync();
        await c.SeesAsync("+1 212 555 0100");
        await c.LookAsync("break-glass-sheet");
        await c.Page.Keyboard.PressAsync("Escape");
        Assert.Equal(0, await c.Page.GetByText("+1 212 555 0100").CountAsync());
        c.AssertClean();

        await using var o = await browsing.OpenAsync(Size.Laptop);
        await o.SignInAsync("operator@demo.test");
        await o.SeesHeadingAsync("Opened in an emergency");
        await o.SeesAsync(Why);
        await o.LookAsync("operator-break-glass");
        o.AssertClean();

        // The member reads nothing of it before the hour is over.
        Assert.Empty((await (await Person.SignInAsync(browsing.Deployment, cast.Tampa)).GetAsync("/api/me/disclosures"))["items"]!.AsArray());
    }
}
