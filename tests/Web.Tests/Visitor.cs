using System.Globalization;

namespace GroupTherapy.Web.Tests;

/// <summary>A person before a page: what they do, in their words.</summary>
public sealed class Visitor(IBrowserContext context, IPage page, Deployment deployment, Size size) : IAsyncDisposable
{
    private readonly Watch _watch = new(page, deployment.Address);

    public IPage Page => page;

    public IBrowserContext Context => context;

    public ILocator Button(string name, bool exact = true) => page.GetByRole(AriaRole.Button, new() { Name = name, Exact = exact });

    public ILocator Heading(string name) => page.GetByRole(AriaRole.Heading, new() { Name = name });

    public async Task SignInAsync(string email, string password = Person.Password)
    {
        await page.GotoAsync("/");
        await page.GetByLabel("E-mail").FillAsync(email);
        await page.GetByLabel("Password", new() { Exact = true }).FillAsync(password);
        await Button("Sign in").ClickAsync();
    }

    /// <summary>Signs in without the page for it: the browser has the cookie and the mark of somebody who has signed in.</summary>
    public async Task SignInDirectlyAsync(string email)
    {
        var answer = await context.APIRequest.PostAsync(
            "/api/identity/login?useCookies=true",
            new()
            {
                DataObject = new { email, password = Person.Password },
                Headers = new Dictionary<string, string> { ["Origin"] = deployment.Address.GetLeftPart(UriPartial.Authority) },
            }
        );
        Assert.True(answer.Ok, $"sign-in answered {answer.Status}");
        await context.AddInitScriptAsync("localStorage.setItem('signed-in', '1')");
    }

    /// <summary>To a page of one's own by the navigation; on a phone an operator opens it first.</summary>
    public async Task GoAsync(string name)
    {
        var menu = page.GetByRole(AriaRole.Button, new() { Name = "Show the pages" });
        if (await menu.IsVisibleAsync())
        {
            await menu.ClickAsync();
        }

        await page.GetByRole(AriaRole.Navigation, new() { Name = "Pages" }).GetByRole(AriaRole.Link, new() { Name = name, Exact = true }).ClickAsync();
    }

    /// <summary>Waits until the page has what it asked for: nothing is busy and no skeleton is left.</summary>
    public async Task IsStillAsync()
    {
        await page.GetByRole(AriaRole.Heading, new() { Level = 1 }).First.WaitForAsync();
        await page.WaitForFunctionAsync("() => !document.querySelector('[aria-busy=true], .skeleton')");
    }

    /// <summary>From the next session's card to the waiting room.</summary>
    public async Task GoToWaitingRoomAsync(string home, string alias)
    {
        await page.GetByRole(AriaRole.Link, new() { Name = "Join" }).ClickAsync();
        await page.GetByText($"At home in {home}").ClickAsync();
        await page.GetByText("I am alone").ClickAsync();
        await page.GetByLabel("The name that others see").FillAsync(alias);
        await Button("Go to the waiting room").ClickAsync();
        await SeesHeadingAsync("You are in the waiting room");
    }

    public async Task EnterAsFacilitatorAsync()
    {
        await page.GetByRole(AriaRole.Link, new() { Name = "Open the room" }).ClickAsync();
        await Button("Enter the room").ClickAsync();
        await Button("Leave").WaitForAsync();
    }

    public Task IsInTheRoomAsync() => Button("Leave").WaitForAsync();

    public Task SeesHeadingAsync(string name) => Heading(name).WaitForAsync();

    public Task SeesAsync(string text) => page.GetByText(text).First.WaitForAsync();

    /// <summary>Opens the chat at a lane and writes.</summary>
    public async Task WriteAsync(string text, string lane = "Everybody", string box = "Message to everybody")
    {
        await OpenPanelAsync("Chat");
        await page.GetByRole(AriaRole.Group, new() { Name = "Chat" }).GetByRole(AriaRole.Button, new() { Name = lane }).ClickAsync();
        await page.GetByLabel(box).FillAsync(text);
        await page.GetByLabel(box).PressAsync("Enter");
        await page.GetByRole(AriaRole.Log).GetByText(text).WaitForAsync();
    }

    public async Task OpenPanelAsync(string name)
    {
        var button = page.GetByRole(AriaRole.Region, new() { Name = "Your controls", Exact = true }).GetByRole(AriaRole.Button, new() { NameString = name });
        if (await button.GetAttributeAsync("aria-pressed") != "true")
        {
            await button.ClickAsync();
        }
    }

    /// <summary>A message that stands in the log that is open or hidden: what this page knows.</summary>
    public ILocator Message(string text) => page.Locator(".message", new() { HasText = text });

    /// <summary>A picture for people to judge, and axe's verdict on the same page.</summary>
    public async Task LookAsync(string name)
    {
        await page.ScreenshotAsync(new() { Path = Path.Combine(Browsing.Output, $"{name}-{size.Width.ToString(CultureInfo.InvariantCulture)}.png") });
        await Axe.AssertNothingSeriousAsync(page, name);
        var wider = await page.EvaluateAsync<int>("() => document.documentElement.scrollWidth - document.documentElement.clientWidth");
        Assert.True(wider <= 0, $"{name} is {wider} pixels wider than the window");
    }

    /// <summary>The same person before another page of the same browser.</summary>
    public Visitor Beside(IPage other) => new(context, other, deployment, size);

    public void AssertClean(params string[] expected) => _watch.AssertClean(expected);

    public async ValueTask DisposeAsync() => await context.DisposeAsync();
}
