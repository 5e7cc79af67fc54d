using System.Net;
using System.Text.Json.Nodes;

namespace GroupTherapy.Web.Tests;

/// <summary>An operator's day: through the pages alone, on a laptop; and what cannot wait, on a phone.</summary>
[Collection(nameof(Browsing))]
public sealed class OperatorTests(Browsing browsing)
{
    [Fact]
    public async Task An_operator_opens_a_group_records_a_credential_and_finds_who_could_cover_a_session()
    {
        var operators = await Person.SignInAsync(browsing.Deployment, "operator@demo.test");
        var lead = await Person.NewFacilitatorAsync(browsing.Deployment, operators);
        await using var o = await browsing.OpenAsync(Size.Laptop);
        await o.SignInAsync("operator@demo.test");
        await o.SeesHeadingAsync("Work queue");
        await o.SeesHeadingAsync("Credentials that need a look");
        await o.LookAsync("operator-work");

        await o.GoAsync("Groups");
        await o.Page.GetByRole(AriaRole.Link, new() { Name = "New group" }).ClickAsync();
        await o.Button("Open the group").ClickAsync();
        await o.SeesAsync("This is needed.");
        var name = $"Quiet Mornings {Guid.CreateVersion7().ToString("N")[20..]}";
        await o.Page.GetByLabel("Name", new() { Exact = true }).FillAsync(name);
        await o.Page.GetByLabel("Topic").SelectOptionAsync("anxiety");
        await o.Page.GetByLabel("Practice").SelectOptionAsync("grouport");
        await TakeFreeTimeByKeyAsync(o);
        await o.Page.GetByLabel("Facilitator", new() { Exact = true }).SelectOptionAsync(lead.Id.ToString());
        await o.Page.GetByLabel("First session on").FillAsync(TimeProvider.System.GetUtcNow().AddDays(9).ToString("yyyy-MM-dd", null));
        await o.Page.GetByLabel("At (the group's own clock)").FillAsync("07:30");
        await o.Page.GetByLabel("How people meet").SelectOptionAsync("in_person");
        await o.Page.GetByLabel("Place", new() { Exact = true }).FillAsync("12 Main Street, Suite 4");
        await o.Button("Add a week").ClickAsync();
        await o.Page.GetByLabel("Title").FillAsync("Arriving");
        await o.Page.GetByLabel("Homework").FillAsync("Notice one calm minute a day.");
        await o.LookAsync("operator-group-form");
        await o.Button("Open the group").ClickAsync();
        await o.SeesHeadingAsync(name);
        await o.SeesHeadingAsync("Coming sessions");
        await o.SeesAsync("12 Main Street, Suite 4");
        await o.LookAsync("operator-group");

        await o.Page.GetByRole(AriaRole.Link, new() { Name = "Change" }).ClickAsync();
        await o.Page.GetByLabel("Seats").FillAsync("8");
        await o.Button("Save").ClickAsync();
        await o.SeesAsync("0 of 8 taken");

        await o.Page.GetByRole(AriaRole.Table, new() { Name = "Coming sessions" }).GetByRole(AriaRole.Link).First.ClickAsync();
        await o.SeesHeadingAsync("Who could cover it");
        await o.Page.GetByRole(AriaRole.Heading, new() { Name = "Ben Adeyemi, LCSW" }).WaitForAsync();
        await o.LookAsync("operator-session");
        await o.Button("Move").ClickAsync();
        await o.SeesHeadingAsync("Move this session");
        await o.Page.GetByLabel("New time").FillAsync(TimeProvider.System.GetUtcNow().AddDays(10).ToString("yyyy-MM-ddT08:15", null));
        await o.Page.GetByRole(AriaRole.Dialog).GetByRole(AriaRole.Button, new() { Name = "Move" }).ClickAsync();
        await o.SeesAsync("Moved. Everybody is told.");

        await o.GoAsync("People");
        await o.Page.GetByRole(AriaRole.Table, new() { Name = "Facilitators" }).GetByRole(AriaRole.Link, new() { Name = "R. Lane, LMHC" }).Last.ClickAsync();
        await o.SeesHeadingAsync("Credentials");
        await o.Button("Add a credential").ClickAsync();
        await o.Page.GetByLabel("Place").SelectOptionAsync("US-VT");
        await o.Page.GetByLabel("From").FillAsync("2024-01-01");
        await o.Page.GetByLabel("Last day").FillAsync("2028-01-01");
        await o.Button("Show the impact").ClickAsync();
        await o.SeesAsync("decided");
        await o.LookAsync("operator-credential");
        await o.Button("Save").ClickAsync();
        await o.Page.GetByRole(AriaRole.Table, new() { Name = "Credentials" }).GetByText("Vermont").WaitForAsync();
        // What Enrollment has not learned yet of a new group is a 404, which the page asks for again and the browser writes to its console.
        o.AssertClean("the server responded with a status of 404");
    }

    // Arrow keys go from tab to tab, Tab goes into what the tab shows, and what has the focus has a ring around it.
    private static async Task TabsAreReachedByKeyAsync(Visitor o)
    {
        var rows = o.Page.GetByRole(AriaRole.Tab, new() { Name = "Rows" });
        await rows.FocusAsync();
        foreach (var name in new[] { "Check", "Differences", "Impact" })
        {
            await o.Page.Keyboard.PressAsync("ArrowRight");
            await SelectedPanelIsReachedAsync(name);
        }

        await o.Page.Keyboard.PressAsync("Home");
        await SelectedPanelIsReachedAsync("Rows");

        async Task SelectedPanelIsReachedAsync(string name)
        {
            await o.Page.GetByRole(AriaRole.Tab, new() { Name = name, Selected = true }).WaitForAsync();
            await o.Page.Keyboard.PressAsync("Tab");
            var panel = o.Page.GetByRole(AriaRole.Tabpanel, new() { Name = name });
            Assert.True(await panel.EvaluateAsync<bool>("e => e === document.activeElement && getComputedStyle(e).outlineStyle === 'solid'"), name);
            await o.Page.Keyboard.PressAsync("Shift+Tab");
        }
    }

    // The day and the time are one Tab each, and arrow keys move among them; what is chosen stands in the form at once.
    private static async Task TakeFreeTimeByKeyAsync(Visitor o)
    {
        await o.Page.GetByLabel("Facilitator", new() { Exact = true }).SelectOptionAsync(new SelectOptionValue { Label = "Ana Rivera, LMHC" });
        await o.Button("Find free times").PressAsync("Enter");
        await o.Page.Keyboard.PressAsync("Tab");
        await o.Page.Keyboard.PressAsync("ArrowRight");
        Assert.True(await o.Page.GetByRole(AriaRole.Radio, new() { Name = "Tuesday" }).IsCheckedAsync());
        await o.Page.GetByRole(AriaRole.Radio, new() { Name = "1:00 PM" }).WaitForAsync();
        await o.Page.Keyboard.PressAsync("Tab");
        await o.Page.Keyboard.PressAsync("Space");
        await o.Page.Keyboard.PressAsync("ArrowRight");
        Assert.Equal("13:15", await o.Page.GetByLabel("At (the group's own clock)").InputValueAsync());
        Assert.Equal(DayOfWeek.Tuesday, DateOnly.Parse(await o.Page.GetByLabel("First session on").InputValueAsync(), null).DayOfWeek);
        await o.LookAsync("operator-free-times");
        await o.Button("Find free times").ClickAsync();
    }

    [Fact]
    public async Task An_operator_drafts_rules_reads_a_decision_verifies_the_audit_and_sees_the_weeks_ahead()
    {
        var member = await Person.NewMemberAsync(browsing.Deployment, "FL");
        var group = (await member.GetAsync("/api/groups?topic=anxiety&state=US-FL"))["items"]!
            .AsArray()
            .First(g => (string)g!["serviceClass"]! == "psychotherapy_group" && (int)g["seatsLeft"]! > 0)!;
        await member.SeatAsync((Guid)group["id"]!);
        await using var o = await browsing.OpenAsync(Size.Laptop, ColorScheme.Dark);
        await o.SignInAsync("operator@demo.test");

        await o.GoAsync("Decisions");
        await o.Page.GetByRole(AriaRole.Table, new() { Name = "Decisions" }).GetByRole(AriaRole.Link).First.ClickAsync();
        await o.SeesHeadingAsync("Record of a licensing decision");
        await o.Button("Replay").ClickAsync();
        await o.SeesAsync("gives exactly the same answer");
        await o.LookAsync("operator-decision");
        await o.Page.EmulateMediaAsync(new() { Media = Media.Print, ColorScheme = ColorScheme.Light });
        await o.Page.ScreenshotAsync(new() { Path = Path.Combine(Browsing.Output, "operator-decision-print.png"), FullPage = true });
        await o.Page.EmulateMediaAsync(new() { Media = Media.Screen, ColorScheme = ColorScheme.Dark });

        await o.GoAsync("Rule sets");
        await o.Button("New draft").First.ClickAsync();
        await o.Page.GetByLabel("Note").FillAsync("A longer place check");
        await o.Page.GetByRole(AriaRole.Dialog).GetByRole(AriaRole.Button, new() { Name = "New draft" }).ClickAsync();
        await TabsAreReachedByKeyAsync(o);
        await o.Page.GetByLabel("Table").SelectOptionAsync("jurisdictions");
        await o.Page.GetByLabel("Search").FillAsync("vermont");
        await o.Page.GetByRole(AriaRole.Button, new() { Name = "place-us-vt" }).ClickAsync();
        await o.Page.GetByLabel("Source date").FillAsync("2026-11-02");
        await o.LookAsync("operator-rule-row");
        await o.Button("Save").ClickAsync();
        await o.SeesAsync("Saved.");
        await o.Page.GetByRole(AriaRole.Tab, new() { Name = "Differences" }).ClickAsync();
        await o.SeesAsync("place-us-vt");
        await o.LookAsync("operator-rule-diff");
        await o.Page.GetByRole(AriaRole.Tab, new() { Name = "Check" }).ClickAsync();
        await o.Page.GetByRole(AriaRole.Tab, new() { Name = "Impact" }).ClickAsync();
        await o.Button("Show the impact").ClickAsync();
        await o.SeesAsync("stay as they are");
        await o.Button("Submit for review").ClickAsync();
        await o.SeesAsync("Another operator can publish it.");

        await o.GoAsync("Practice");
        await o.Page.GetByLabel("Phone").First.FillAsync("+1 312 555 0100");
        await o.Button("Save").ClickAsync();
        await o.SeesAsync("Saved.");

        await o.GoAsync("Coverage");
        await o.SeesHeadingAsync("The weeks ahead");
        await o.LookAsync("operator-coverage");
        await o.GoAsync("Audit");
        await o.Button("Verify all chains").ClickAsync();
        await o.SeesAsync("All chains are intact");
        await o.LookAsync("operator-audit");
        o.AssertClean();
    }

    [Fact]
    public async Task A_held_case_is_decided_from_a_phone()
    {
        var operators = await Person.SignInAsync(browsing.Deployment, "operator@demo.test");
        var lead = await Person.NewFacilitatorAsync(browsing.Deployment, operators);
        var evening = await Evening.TonightAsync(operators, lead.Id);
        await operators.SendAsync(HttpMethod.Patch, $"/api/groups/{evening.Group}", new { intakeFirst = true });
        var member = await Person.NewMemberAsync(browsing.Deployment, "NY", "Helena Ortiz");
        await Eventually.Async(() => IsHeldAsync(member, evening.Group), () => "Enrollment did not learn that the group asks for an intake first");
        await using var o = await browsing.OpenAsync(Size.Phone);
        await o.SignInAsync("operator@demo.test");
        await o.SeesAsync("needs an intake interview");
        await o.LookAsync("operator-work");
        var heading = o.Page.GetByRole(AriaRole.Heading, new() { Name = "Helena Ortiz" });
        await heading.GetByRole(AriaRole.Link).ClickAsync();
        await o.Button("Intake done").ClickAsync();
        await o.Page.GetByRole(AriaRole.Dialog).GetByLabel("Practice").SelectOptionAsync("grouport");
        await o.LookAsync("operator-intake");
        await o.Button("Save").ClickAsync();
        await o.SeesHeadingAsync("Intakes");
        await o.GoAsync("Work queue");
        await o.Page.GetByRole(AriaRole.Listitem).Filter(new() { Has = heading }).GetByRole(AriaRole.Button, new() { Name = "Release" }).ClickAsync();
        // The question begins in its field: no key is lost to "Close".
        await o.Page.GetByLabel("Reason, for the record").And(o.Page.Locator(":focus")).WaitForAsync();
        await o.Page.Keyboard.TypeAsync("The interview went well.");
        await o.Page.GetByRole(AriaRole.Dialog).GetByRole(AriaRole.Button, new() { Name = "Release" }).ClickAsync();
        await o.SeesAsync("Released.");
        o.AssertClean();
    }

    // Until Enrollment knows that the group asks for an intake, a request reserves a seat: then it is given back.
    private static async Task<bool> IsHeldAsync(Person member, Guid group)
    {
        using var asked = await member.RawAsync(HttpMethod.Post, "/api/enrollments", new { groupId = group });
        if (asked.StatusCode != HttpStatusCode.Created)
        {
            return false;
        }

        var enrollment = JsonNode.Parse(await asked.Content.ReadAsStringAsync())!;
        if ((string)enrollment["status"]! == "held")
        {
            return true;
        }

        await member.PostAsync($"/api/enrollments/{enrollment["id"]}/cancel", new { });
        return false;
    }
}
