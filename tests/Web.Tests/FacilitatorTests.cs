using System.Net;

namespace GroupTherapy.Web.Tests;

/// <summary>A facilitator's evening outside the conversation: who comes, the emergency sheet, attendance, credentials.</summary>
[Collection(nameof(Browsing))]
public sealed class FacilitatorTests(Browsing browsing)
{
    [Fact]
    public async Task A_facilitator_sees_who_comes_opens_an_emergency_sheet_and_corrects_the_attendance()
    {
        var cast = await Cast.TonightAsync(browsing.Deployment);
        await using var a = await browsing.OpenAsync(Size.Laptop);
        await using var m = await browsing.OpenAsync(Size.Phone);
        await m.SignInAsync(cast.Tampa);
        await m.GoToWaitingRoomAsync("Tampa, Florida", "Sunny");

        await a.SignInAsync(cast.LeadEmail);
        await a.SeesHeadingAsync("Who comes");
        await a.SeesAsync("joins from Florida");
        await a.SeesAsync("lives in New York");
        await a.SeesAsync("This week: Beginning");
        await a.LookAsync("facilitator-tonight");

        await a.Page.GotoAsync($"/lead/groups/{cast.Evening.Group}/program");
        await a.Page.GetByLabel("Title").FillAsync("Going on");
        await a.Page.ReloadAsync();
        await a.SeesAsync("We kept what you had typed here.");
        Assert.Equal("Going on", await a.Page.GetByLabel("Title").InputValueAsync());
        await a.LookAsync("facilitator-program");
        await a.Button("Save").ClickAsync();
        await a.SeesHeadingAsync("Roster");
        await a.SeesAsync("Going on");
        await a.GoAsync("Coming up");
        await a.SeesAsync("This week: Going on");

        await a.Button("I cannot lead it").ClickAsync();
        await a.Button("Ask for somebody else").ClickAsync();
        await a.SeesAsync("You asked for somebody else to lead.");
        await a.SeesAsync("Ben Adeyemi, LCSW");
        await a.LookAsync("facilitator-cover");
        await a.Button("I can lead it after all").ClickAsync();
        await a.Button("Ask for somebody else").WaitForAsync();
        await a.Page.Keyboard.PressAsync("Escape");

        await a.EnterAsFacilitatorAsync();
        await a.Button("Open the session").ClickAsync();
        await a.Button("Let Sunny in").First.ClickAsync();
        await m.IsInTheRoomAsync();
        await a.OpenPanelAsync("People");
        await a.Button("Emergency sheet of Sunny").ClickAsync();
        await a.Page.GetByLabel("Why do you need it?").FillAsync("Sunny does not answer");
        await a.Button("Show the sheet").ClickAsync();
        await a.SeesAsync("Somebody New");
        await a.SeesAsync("Florida (told");
        await a.LookAsync("facilitator-emergency");
        await a.Page.Keyboard.PressAsync("Escape");
        Assert.Equal(0, await a.Page.GetByText("Somebody New").CountAsync());
        await a.Button("Leave").ClickAsync();
        await a.SeesAsync("Nobody else is here who may lead");
        await a.LookAsync("facilitator-leave");
        await a.Button("Stay").ClickAsync();
        await a.Button("End for all").ClickAsync();
        await a.Button("End now").ClickAsync();
        await m.SeesHeadingAsync("The session is over");

        await m.Page.GotoAsync("/me/disclosures");
        await m.SeesAsync("Sunny does not answer");
        await m.LookAsync("member-disclosures");
        m.AssertClean();

        await a.Page.GotoAsync($"/lead/groups/{cast.Evening.Group}");
        await a.SeesHeadingAsync("Roster");
        await a.LookAsync("facilitator-group");
        await a.Page.GetByRole(AriaRole.Table, new() { Name = "Sessions" }).GetByRole(AriaRole.Link).First.ClickAsync();
        var correction = a.Page.GetByLabel("Correct the attendance of", new() { Exact = false });
        await correction.First.WaitForAsync();
        await correction.Last.SelectOptionAsync("excused");
        await a.SeesAsync("corrected");
        Assert.Equal("excused", await correction.Last.InputValueAsync());
        await a.LookAsync("facilitator-attendance");

        using (var others = await cast.Lead.RawAsync(HttpMethod.Get, $"/api/facilitators/{await AnaAsync()}/credentials"))
        {
            Assert.Equal(HttpStatusCode.NotFound, others.StatusCode);
        }

        await a.GoAsync("Licences");
        await a.SeesHeadingAsync("New Jersey");
        await a.LookAsync("facilitator-credentials");
        await a.GoAsync("My hours");
        await a.Button("Add hours").ClickAsync();
        await a.Button("Add time away").ClickAsync();
        await a.Page.GetByLabel("From").First.FillAsync(TimeProvider.System.GetUtcNow().AddDays(40).ToString("yyyy-MM-ddT08:00", null));
        await a.Page.GetByLabel("Until").First.FillAsync(TimeProvider.System.GetUtcNow().AddDays(41).ToString("yyyy-MM-ddT08:00", null));
        await a.LookAsync("facilitator-hours");
        await a.Button("Save").ClickAsync();
        await a.SeesAsync("Saved.");
        a.AssertClean();
    }

    private async Task<string> AnaAsync()
    {
        var operators = await Person.SignInAsync(browsing.Deployment, "operator@demo.test");
        return (string)(await operators.GetAsync("/api/facilitators"))["items"]!.AsArray().First(f => (string?)f!["email"] == "ana@demo.test")!["id"]!;
    }
}
