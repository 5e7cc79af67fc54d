using System.Globalization;
using System.Text.Json;
using GroupTherapy.Host;
using Microsoft.Playwright;

namespace GroupTherapy.Load.Pages;

/// <summary>What the first page of each role costs a browser with an empty cache, on a CPU slowed four times.</summary>
internal static class PagesVerb
{
    public const string Help = """
        bytes, largest paint, time to interactive and layout shift of each role's first page
                       --at http://127.0.0.1:8080 (a deployment with demonstration data) --slow 4 --out FILE
        """;

    private const string Seated = "with a seat";
    private const string Chromium = "/usr/bin/chromium";
    private const string Password = "Correct-Horse-9-Battery";

    private static readonly (string Role, string? Email, string Path)[] Firsts =
    [
        ("visitor", null, "/groups"),
        ("member", "nora@demo.test", "/"),
        (Seated, "maya@demo.test", "/"),
        ("facilitator", "ana@demo.test", "/"),
        ("operator", "operator@demo.test", "/operate"),
    ];

    // Paints, shifts and long tasks as the browser counts them; interactive once the content stands and no long task runs any more.
    private const string Observe = """
        window.seen = { lcp: 0, cls: 0, long: 0 };
        new PerformanceObserver(l => l.getEntries().forEach(e => seen.lcp = e.startTime)).observe({ type: 'largest-contentful-paint', buffered: true });
        new PerformanceObserver(l => l.getEntries().forEach(e => { if (!e.hadRecentInput) seen.cls += e.value; }))
          .observe({ type: 'layout-shift', buffered: true });
        new PerformanceObserver(l => l.getEntries().forEach(e => seen.long = e.startTime + e.duration)).observe({ type: 'longtask', buffered: true });
        """;

    private const string Interactive = """
        () => {
          const busy = document.querySelector('[aria-busy=true], .skeleton');
          if (busy || !document.querySelector('h1')) return null;
          seen.content ??= performance.now();
          return performance.now() - Math.max(seen.content, seen.long) > 1500 ? { ...seen, interactive: Math.max(seen.content, seen.long) } : null;
        }
        """;

    public static async Task<int> RunAsync(string[] args)
    {
        var (at, slow, file) = ("http://127.0.0.1:8080", 4, Path.Combine(Checkout.Root, "artifacts", "pages.json"));
        for (var i = 0; i < args.Length; i++)
        {
            string Value() => ++i < args.Length ? args[i] : throw new ArgumentException($"{args[i - 1]} needs a value.");
            switch (args[i])
            {
                case "--at":
                    at = Value();
                    break;
                case "--slow":
                    slow = int.Parse(Value(), CultureInfo.InvariantCulture);
                    break;
                case "--out":
                    file = Path.GetFullPath(Value());
                    break;
                default:
                    Console.Error.WriteLine($"There is no option {args[i]}.");
                    return 2;
            }
        }

        using var playwright = await Playwright.CreateAsync();
        await using var browser = await playwright.Chromium.LaunchAsync(new() { ExecutablePath = Chromium, Args = ["--no-sandbox", "--disable-gpu"] });
        var found = new List<Cost>();
        Console.WriteLine($"{"role",-12} {"code",8} {"styles",8} {"fonts",8} {"data",8} {"all",8}   kB    {"LCP",6} {"TTI",6} ms   shift");
        foreach (var (role, email, path) in Firsts)
        {
            var cost = await MeasureAsync(browser, new Uri(at), role, email, path, slow);
            found.Add(cost);
            var bytes = string.Create(
                CultureInfo.InvariantCulture,
                $"{cost.Code,8:0.0} {cost.Styles,8:0.0} {cost.Fonts,8:0.0} {cost.Data,8:0.0} {cost.All,8:0.0}"
            );
            Console.WriteLine(
                string.Create(CultureInfo.InvariantCulture, $"{role,-12} {bytes}         {cost.Lcp,6:0} {cost.Tti,6:0}      {cost.Shift:0.000}")
            );
        }

        await File.WriteAllTextAsync(file, JsonSerializer.Serialize(found));
        return 0;
    }

    private static async Task<Cost> MeasureAsync(IBrowser browser, Uri at, string role, string? email, string path, int slow)
    {
        await using var context = await browser.NewContextAsync(
            new()
            {
                BaseURL = at.ToString(),
                ViewportSize = new() { Width = 360, Height = 740 },
            }
        );
        if (email is not null)
        {
            var answer = await context.APIRequest.PostAsync(
                "/api/identity/login?useCookies=true",
                new()
                {
                    DataObject = new { email, password = Password },
                    Headers = new Dictionary<string, string> { ["Origin"] = at.GetLeftPart(UriPartial.Authority) },
                }
            );
            if (!answer.Ok)
            {
                throw new InvalidOperationException($"The sign-in of {email} answered {answer.Status}.");
            }

            if (role == Seated)
            {
                await TakeSeatAsync(context.APIRequest, at);
            }

            await context.AddInitScriptAsync("localStorage.setItem('signed-in', '1')");
        }

        await context.AddInitScriptAsync(Observe);
        var page = await context.NewPageAsync();
        var devtools = await context.NewCDPSessionAsync(page);
        var (kinds, bytes) = (new Dictionary<string, string>(), new Dictionary<string, double>());
        devtools.Event("Network.responseReceived").OnEvent += (_, e) =>
            kinds[e!.Value.GetProperty("requestId").GetString()!] = e.Value.GetProperty("type").GetString()!;
        devtools.Event("Network.loadingFinished").OnEvent += (_, e) =>
        {
            var kind = kinds.GetValueOrDefault(e!.Value.GetProperty("requestId").GetString()!, "Other");
            bytes[kind] = bytes.GetValueOrDefault(kind) + e.Value.GetProperty("encodedDataLength").GetDouble() / 1000;
        };
        await devtools.SendAsync("Network.enable");
        await devtools.SendAsync("Emulation.setCPUThrottlingRate", new() { ["rate"] = slow });
        await page.GotoAsync(path);
        var seen = await (await page.WaitForFunctionAsync(Interactive, null, new() { Timeout = 60_000, PollingInterval = 100 })).JsonValueAsync<JsonElement>();
        double Of(params string[] names) => names.Sum(n => bytes.GetValueOrDefault(n));
        return new Cost(
            role,
            Of("Script"),
            Of("Stylesheet"),
            Of("Font"),
            Of("Fetch", "XHR"),
            bytes.Values.Sum(),
            seen.GetProperty("lcp").GetDouble(),
            seen.GetProperty("interactive").GetDouble(),
            seen.GetProperty("cls").GetDouble()
        );
    }

    // What a member with a seat loads is more: the next session, its week, the group. One seat is enough, and a deployment keeps it.
    private static async Task TakeSeatAsync(IAPIRequestContext api, Uri at)
    {
        var own = new Dictionary<string, string> { ["Origin"] = at.GetLeftPart(UriPartial.Authority) };
        async Task<JsonElement> CallAsync(string method, string path, object? body = null)
        {
            var headers = new Dictionary<string, string>(own) { ["Idempotency-Key"] = Guid.CreateVersion7().ToString() };
            var answer = await api.FetchAsync(
                path,
                new()
                {
                    Method = method,
                    Headers = headers,
                    DataObject = body,
                }
            );
            return answer.Ok ? (await answer.JsonAsync())!.Value : throw new InvalidOperationException($"{method} {path} answered {answer.Status}.");
        }

        var mine = await CallAsync("GET", "/api/me/enrollments");
        if (mine.GetProperty("items").EnumerateArray().Any(e => e.GetProperty("status").GetString() == "enrolled"))
        {
            return;
        }

        var groups = await CallAsync("GET", "/api/groups?state=US-FL&practice=grouport");
        var seat = await CallAsync("POST", "/api/enrollments", new { groupId = groups.GetProperty("items")[0].GetProperty("id").GetString() });
        var consents = seat.GetProperty("consents")
            .EnumerateArray()
            .Select(c => new { document = c.GetProperty("document").GetString(), version = c.GetProperty("version").GetInt32() });
        await CallAsync("POST", $"/api/enrollments/{seat.GetProperty("id").GetString()}/confirm", new { consents });
        // Scheduling learns of the seat within seconds.
        for (var tries = 0; tries < 50 && (await CallAsync("GET", "/api/me/sessions")).GetProperty("items").GetArrayLength() == 0; tries++)
        {
            await Task.Delay(200);
        }
    }

    /// <summary>Kilobytes as they travelled, milliseconds, and the shift as the browser counts it.</summary>
    private sealed record Cost(string Role, double Code, double Styles, double Fonts, double Data, double All, double Lcp, double Tti, double Shift);
}
