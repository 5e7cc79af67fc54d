using System.Net;

namespace GroupTherapy.Web.Tests;

/// <summary>A member's week outside the room.</summary>
[Collection(nameof(Browsing))]
public sealed class MemberTests(Browsing browsing)
{
    [Fact]
    public async Task A_member_at_home_is_in_the_waiting_room_with_one_tap_and_minds_their_own_affairs()
    {
        var cast = await Cast.TonightAsync(browsing.Deployment);
        await using var m = await browsing.OpenAsync(Size.Phone);
        await m.SignInAsync(cast.Tampa);
        await m.SeesHeadingAsync("Beginning");
        await m.SeesAsync("Notice one breath a day.");
        await m.LookAsync("member-home");

        await m.GoAsync("My account");
        await m.LookAsync("member-me");
        await m.Page.GetByRole(AriaRole.Link, new() { Name = "Calendar link" }).ClickAsync();
        await m.Button("Create my link").WaitForAsync();
        Assert.Equal(0, await m.Button("End my link").CountAsync());
        await m.Button("Create my link").ClickAsync();
        Assert.Contains("/calendars/", await m.Page.GetByLabel("Your link").InputValueAsync(), StringComparison.Ordinal);
        await m.LookAsync("member-calendar");
        await m.Button("End my link").ClickAsync();
        await m.SeesAsync("The link does not work any more.");
        await m.Button("End my link").WaitForAsync(new() { State = WaitForSelectorState.Detached });

        await m.GoAsync("My account");
        await m.Page.GetByRole(AriaRole.Link, new() { Name = "I am moving" }).ClickAsync();
        await m.Page.GetByLabel("State").SelectOptionAsync("TX");
        await m.SeesAsync("could not go on with you from there");
        await m.LookAsync("member-move");
        await m.Page.GetByLabel("State").SelectOptionAsync("NY");
        await m.LookAsync("member-move-possible");

        await m.GoAsync("My sessions");
        await m.Button("Still at home in Tampa? Straight in").ClickAsync();
        await m.SeesHeadingAsync("You are in the waiting room");
        await m.Page.GotoAsync($"/groups/{cast.Evening.Group}");
        await m.Button("Leave this group").ClickAsync();
        await m.LookAsync("member-leave");
        await m.Page.GetByRole(AriaRole.Dialog).GetByRole(AriaRole.Button, new() { Name = "Leave this group" }).ClickAsync();
        await m.SeesAsync("You have left the group.");
        m.AssertClean();
    }

    [Fact]
    public async Task A_member_tells_that_they_cannot_come_takes_it_back_and_collects_their_data()
    {
        var member = await Person.NewMemberAsync(browsing.Deployment, "FL");
        var group = (await member.GetAsync("/api/groups?topic=depression&state=US-FL"))["items"]!.AsArray().First(g => (int)g!["seatsLeft"]! > 0)!;
        await member.SeatAsync((Guid)group["id"]!);
        await using var m = await browsing.OpenAsync(Size.Phone);
        await m.SignInAsync((string)member.Me["email"]!);
        await m.Button("I cannot come").ClickAsync();
        await m.SeesAsync("You said that you cannot come.");
        await m.LookAsync("member-absent");
        await m.Button("I can come after all").ClickAsync();
        await m.Button("I cannot come").WaitForAsync();

        await m.GoAsync("My account");
        await m.Page.GetByRole(AriaRole.Link, new() { Name = "My data" }).ClickAsync();
        await m.Button("Collect my data").ClickAsync();
        await m.Page.GetByRole(AriaRole.Link, new() { Name = "Read it" }).WaitForAsync();
        await m.LookAsync("member-data");
        m.AssertClean();
    }

    [Fact]
    [Trait("hostile", "W05 W07")]
    public async Task A_page_that_is_left_alone_shows_nothing_once_its_sign_in_has_ended_and_Back_after_signing_out_shows_nothing()
    {
        var member = await Person.NewMemberAsync(browsing.Deployment, "FL");
        var email = (string)member.Me["email"]!;
        await using var m = await browsing.OpenAsync(Size.Laptop);
        var renewals = 0;
        m.Page.Request += (_, request) => renewals += request.Url.Contains("/refresh", StringComparison.Ordinal) ? 1 : 0;
        await m.Page.Clock.InstallAsync();
        await m.SignInAsync(email);
        await m.GoAsync("My account");
        await m.SeesAsync(email);

        // Nobody touches it; its sign-in ends at the server, as it does by itself when nothing renews it.
        await member.SendAsync(HttpMethod.Delete, "/api/identity/sessions", expected: HttpStatusCode.NoContent);
        await Eventually.Async(async () => await MayStillReadAsync(m) == 401, () => "the sign-in did not end");
        await m.Page.Clock.FastForwardAsync("31:00");
        await m.SeesAsync("You were signed out.");
        // The last touch is owed one renewal, and no more.
        Assert.InRange(renewals, 0, 1);
        Assert.Equal(0, await m.Page.GetByText(email).CountAsync());

        await m.SignInAsync(email);
        await m.GoAsync("My account");
        await m.SeesAsync(email);
        await m.Button("Sign out").ClickAsync();
        await m.Page.GetByLabel("Password", new() { Exact = true }).WaitForAsync();
        await m.Page.GoBackAsync();
        await m.Page.GetByLabel("Password", new() { Exact = true }).WaitForAsync();
        Assert.Equal(0, await m.Page.GetByText(email).CountAsync());
        m.AssertClean("the server responded with a status of 401");
    }

    [Fact]
    public async Task A_member_books_an_hour_alone_and_is_in_the_room_with_the_facilitator()
    {
        var operators = await Person.SignInAsync(browsing.Deployment, "operator@demo.test");
        var lead = await Person.NewFacilitatorAsync(browsing.Deployment, operators);
        // Hours begin each quarter, so that there is always one whose waiting room is open.
        await Eventually.Async(() => OffersHoursAsync(lead), () => "Scheduling did not learn of the facilitator");
        var member = await Person.NewMemberAsync(browsing.Deployment, "FL");
        await using var m = await browsing.OpenAsync(Size.Phone);
        await using var a = await browsing.OpenAsync(Size.Laptop);
        await m.SignInAsync((string)member.Me["email"]!);
        await m.SeesHeadingAsync("No session is coming up");
        await m.Page.GotoAsync($"/book/{lead.Id}");
        await m.Page.GetByRole(AriaRole.Group, new() { Name = "Which hour?" }).Locator("label").First.ClickAsync();
        await m.LookAsync("member-book");
        await m.Page.GetByRole(AriaRole.Button, new() { Name = "Keep" }).ClickAsync();
        await m.SeesHeadingAsync("Please read and agree");
        foreach (var box in await m.Page.GetByRole(AriaRole.Checkbox).AllAsync())
        {
            await box.CheckAsync();
        }

        await m.Button("Take my seat").ClickAsync();
        await m.GoToWaitingRoomAsync("Town, Florida", "Sunny");
        await a.SignInAsync((string)lead.Me["email"]!);
        await a.EnterAsFacilitatorAsync();
        await a.Button("Open the session").ClickAsync();
        await a.Button("Let Sunny in").First.ClickAsync();
        await m.IsInTheRoomAsync();
        a.AssertClean();
        m.AssertClean();
    }

    // What the browser's cookie is answered.
    private async Task<int> MayStillReadAsync(Visitor visitor)
    {
        var own = browsing.Deployment.Address.GetLeftPart(UriPartial.Authority);
        return (await visitor.Context.APIRequest.GetAsync("/api/identity/me", new() { Headers = new Dictionary<string, string> { ["Origin"] = own } })).Status;
    }

    private static async Task<bool> OffersHoursAsync(Person lead)
    {
        string[] days = ["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"];
        using var saved = await lead.RawAsync(
            HttpMethod.Put,
            "/api/me/availability",
            new
            {
                timeZone = "America/New_York",
                weekly = days.Select(dayOfWeek => new
                {
                    dayOfWeek,
                    from = "00:00",
                    to = "24:00",
                }),
                timeOff = Array.Empty<object>(),
                breakMinutes = 0,
                travelMinutes = 0,
                noticeHours = 0,
                horizonDays = 7,
                bookable = new[] { new { serviceClass = "psychotherapy_individual", durationMinutes = 15 } },
            }
        );
        return saved.IsSuccessStatusCode;
    }

    [Fact]
    public async Task A_visitor_whom_the_law_excludes_is_told_kindly_before_signing_up_and_sees_alternatives()
    {
        await using var m = await browsing.OpenAsync(Size.Phone, ColorScheme.Dark);
        await m.Page.GotoAsync("/groups");
        await m.Page.GetByRole(AriaRole.Link, new() { Name = "Anxiety: Steadier Evenings" }).ClickAsync();
        await m.Page.GetByLabel("Where do you live?").SelectOptionAsync("TX");
        await m.SeesAsync("Not from Texas, for now.");
        await m.LookAsync("member-not-from-here");
        await m.Page.GetByLabel("Where do you live?").SelectOptionAsync("FL");
        await m.SeesAsync("Yes, this group is open to people in Florida.");
        await m.LookAsync("member-from-here");
        m.AssertClean();
    }

    [Fact]
    public async Task Who_goes_in_without_a_place_is_shown_the_question_again_on_a_phone()
    {
        var cast = await Cast.TonightAsync(browsing.Deployment);
        await using var m = await browsing.OpenAsync(Size.Phone);
        await m.SignInAsync(cast.Tampa);
        await m.Page.GetByRole(AriaRole.Link, new() { Name = "Join" }).ClickAsync();
        await m.Page.GetByText("At home in Tampa, Florida").WaitForAsync();
        await m.Page.EvaluateAsync("() => scrollTo(0, document.body.scrollHeight)");
        await m.Button("Go to the waiting room").PressAsync("Enter");
        var told = m.Page.GetByRole(AriaRole.Alert).GetByText("Please say where you are.");
        await Assertions.Expect(told).ToBeInViewportAsync(new() { Ratio = 1 });
        await Assertions.Expect(m.Page.GetByRole(AriaRole.Radio, new() { Name = "At home in Tampa, Florida" })).ToBeFocusedAsync();
        m.AssertClean();
    }

    [Theory]
    [InlineData("en-US", "Join")]
    [InlineData("es-US", "Entrar")]
    public async Task A_session_over_midnight_fits_a_phone(string locale, string join)
    {
        var cast = await Cast.TonightAsync(browsing.Deployment);
        var sessions = await cast.Lead.GetAsync($"/api/groups/{cast.Evening.Group}/sessions");
        var startsAt = (DateTimeOffset)sessions["items"]![0]!["startsAt"]!;
        await using var m = await browsing.OpenAsync(Size.Phone, locale: locale, zone: ZoneWhereItIsEleven(startsAt));
        await m.SignInDirectlyAsync(cast.Tampa);
        await m.Page.GotoAsync("/");
        await m.Page.GetByRole(AriaRole.Link, new() { Name = join }).WaitForAsync();
        await m.LookAsync($"home-over-midnight-{locale[..2]}");
        m.AssertClean();
    }

    /// <summary>A zone in which an instant is between 23:00 and midnight. The names of such zones count hours west of Greenwich.</summary>
    private static string ZoneWhereItIsEleven(DateTimeOffset at)
    {
        var ahead = 23 - at.UtcDateTime.Hour;
        return ahead > 12 ? $"Etc/GMT+{24 - ahead}" : $"Etc/GMT-{ahead}";
    }
}
