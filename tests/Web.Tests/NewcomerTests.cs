using System.Net;

namespace GroupTherapy.Web.Tests;

/// <summary>A visitor without an account.</summary>
[Collection(nameof(Browsing))]
public sealed class NewcomerTests(Browsing browsing)
{
    private const string Group = "Anxiety: Steadier Evenings";

    [Fact]
    public async Task A_newcomer_finds_a_group_hears_that_they_can_join_and_takes_a_seat_after_reading_the_consents()
    {
        await using var m = await browsing.OpenAsync(Size.Phone);
        await m.Page.GotoAsync("/");
        await m.Page.GetByRole(AriaRole.Link, new() { Name = "Find a group" }).ClickAsync();
        await m.Page.GetByLabel("Where you live").SelectOptionAsync("FL");
        await m.SeesHeadingAsync(Group);
        await m.LookAsync("groups");
        await m.Page.GetByRole(AriaRole.Link, new() { Name = Group }).ClickAsync();
        await m.SeesHeadingAsync("Can I join?");
        await m.LookAsync("group");

        await m.Page.GetByRole(AriaRole.Link, new() { Name = "Create an account" }).ClickAsync();
        await m.Page.GetByLabel("E-mail").FillAsync($"{Guid.CreateVersion7():N}@demo.test");
        await m.Page.GetByLabel("Password").FillAsync("too short");
        await m.Button("Create an account").ClickAsync();
        await m.SeesAsync("This has fewer than 15 characters.");
        await m.Page.GetByLabel("Password").FillAsync("four green bottles standing");
        await m.LookAsync("register");
        await m.Button("Create an account").ClickAsync();

        await FillAsync(("Name in your papers", "M. Example"), ("Date of birth", "1990-05-05"), ("Phone", "+1 212 555 0100"));
        await m.LookAsync("profile");
        await m.Button("Go on").ClickAsync();
        await m.SeesAsync("Step 2 of 3");
        await FillAsync(("Street and number", "1 Main Street"), ("City", "Tampa"), ("ZIP code", "33602"));
        await m.Page.GetByLabel("State").SelectOptionAsync("FL");
        await m.Button("Go on").ClickAsync();
        await FillAsync(("Their name", "A. Friend"), ("Their phone", "+1 212 555 0101"), ("Who they are to you", "friend"));
        await m.LookAsync("profile-contact");
        await m.Button("Save").ClickAsync();

        await m.SeesAsync("Yes, you can join.");
        await m.Button("Reserve a seat").ClickAsync();
        await m.SeesHeadingAsync("Please read and agree");
        await m.Page.GetByText("Nothing is recorded", new() { Exact = true }).ClickAsync();
        await m.LookAsync("consents");
        Assert.True(await m.Button("Take my seat").IsDisabledAsync());
        foreach (var box in await m.Page.GetByRole(AriaRole.Checkbox).AllAsync())
        {
            await box.CheckAsync();
        }

        await m.Button("Take my seat").ClickAsync();
        await m.SeesAsync("You have a seat.");
        await m.Page.GetByRole(AriaRole.Link, new() { Name = "Get ready" }).Or(m.Page.GetByRole(AriaRole.Link, new() { Name = "Join" })).WaitForAsync();
        await m.LookAsync("home-newcomer");
        // The profile that is not there yet is a 404, which the browser writes to its console.
        m.AssertClean("the server responded with a status of 404");

        async Task FillAsync(params (string Label, string Text)[] fields)
        {
            foreach (var (label, text) in fields)
            {
                await m.Page.GetByLabel(label, new() { Exact = true }).FillAsync(text);
            }
        }
    }

    [Fact]
    public async Task A_Spanish_reader_is_told_that_the_texts_to_agree_to_are_in_English_and_a_screen_reader_reads_them_so()
    {
        var member = await Person.NewMemberAsync(browsing.Deployment, "FL");
        var group = (await member.GetAsync("/api/groups?topic=depression&state=US-FL"))["items"]!.AsArray().First(g => (int)g!["seatsLeft"]! > 0)!;
        await member.PostAsync("/api/enrollments", new { groupId = group["id"] }, HttpStatusCode.Created);
        await using var m = await browsing.OpenAsync(Size.Phone, ColorScheme.Dark, "es-US");
        await m.SignInDirectlyAsync((string)member.Me["email"]!);
        await m.Page.GotoAsync($"/groups/{group["id"]}");
        await m.SeesAsync("puede que solo existan en inglés");
        Assert.Equal("en", await m.Page.GetByText("Nothing is recorded", new() { Exact = true }).EvaluateAsync<string>("e => e.closest('[lang]').lang"));
        Assert.Equal("en", await m.Page.GetByRole(AriaRole.Heading, new() { Level = 1 }).GetAttributeAsync("lang"));
        await m.LookAsync("consents-spanish-dark");
        m.AssertClean();
    }

    [Fact]
    public async Task The_pages_speak_Spanish_to_browsers_that_ask_for_it()
    {
        await using var m = await browsing.OpenAsync(Size.Phone, ColorScheme.Dark, "es-US");
        await m.Page.GotoAsync("/groups");
        await m.SeesHeadingAsync("Encontrar un grupo");
        Assert.Equal("es", await m.Page.GetAttributeAsync("html", "lang"));
        await m.LookAsync("groups-spanish-dark");
        m.AssertClean();
    }
}
