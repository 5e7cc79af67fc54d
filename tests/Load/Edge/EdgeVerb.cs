using System.Diagnostics;
using System.Globalization;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Text.Json;
using System.Text.Json.Nodes;
using GroupTherapy.Host;
using GroupTherapy.Load.Rooms;

namespace GroupTherapy.Load.Edge;

/// <summary>What the gateway adds to a request, and what a sign-in costs, on a demonstration that runs (loopback has no limits per address there).</summary>
internal static class EdgeVerb
{
    public const string Help =
        """
        requests through the gateway beside the service alone; the cost of a sign-in; logout to the last connection closed
                       --data DIR (a running demonstration; required) --window 10 (seconds) --callers 16 --members 40 --sign-ins 40
        """;

    private const double GoalOverhead = 0.25;
    private const string Password = "a long sentence of a load test";

    public static async Task<int> RunAsync(string[] args)
    {
        var (data, window, callers, members, signIns) = ((string?)null, TimeSpan.FromSeconds(10), 16, 40, 40);
        for (var i = 0; i < args.Length; i++)
        {
            string Value() => ++i < args.Length ? args[i] : throw new ArgumentException($"{args[i - 1]} needs a value.");
            switch (args[i])
            {
                case "--data": data = Path.GetFullPath(Value()); break;
                case "--window": window = TimeSpan.FromSeconds(double.Parse(Value(), CultureInfo.InvariantCulture)); break;
                case "--callers": callers = int.Parse(Value(), CultureInfo.InvariantCulture); break;
                case "--members": members = int.Parse(Value(), CultureInfo.InvariantCulture); break;
                case "--sign-ins": signIns = int.Parse(Value(), CultureInfo.InvariantCulture); break;
                default: Console.Error.WriteLine($"There is no option {args[i]}."); return 2;
            }
        }

        if (data is null)
        {
            Console.Error.WriteLine("edge needs --data DIR of a running demonstration: deploy/up --detach --no-media --data DIR --port N");
            return 2;
        }

        var status = JsonNode.Parse(await StatusAsync(data))!;
        var pids = status["processes"]!.AsArray().SelectMany(p => Machine.WithDescendants((int)p!["pid"]!).Select(pid => (Name: (string)p["name"]!, pid)))
            .ToLookup(p => p.Name, p => p.pid);
        var (gateway, scheduling) = (new Uri((string)status["gateway"]!), Address(status, "scheduling"));

        Console.WriteLine("What a request costs, in CPU-ms of each process (this client aside)");
        const string catalogue = "/api/groups?limit=20";
        await WindowAsync(scheduling, catalogue, [], callers, TimeSpan.FromSeconds(3), pids);
        var alone = await WindowAsync(scheduling, catalogue, [], callers, window, pids);
        Print("the catalogue, from the service alone", alone);
        await WindowAsync(gateway, catalogue, [], callers, TimeSpan.FromSeconds(3), pids);
        var through = await WindowAsync(gateway, catalogue, [], callers, window, pids);
        Print("the catalogue, through the gateway", through);
        var (ofService, ofAll) = (through.Of("gateway") / alone.Of("scheduling"), through.Of("gateway") / (alone.Of("scheduling") + alone.Of("postgres")));
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture,
            $"  the gateway adds {ofAll:0%} to what the request costs without it; goal {GoalOverhead:0%} {(ofAll <= GoalOverhead ? "met" : "missed")}; "
            + $"{ofService:0%} of the service's own process, without its database"));

        var tokens = await MembersAsync(gateway, members);
        Print($"their sessions, {members} members, a token each", await WindowAsync(gateway, "/api/me/sessions", tokens, callers, window, pids));

        await SignInsAsync(gateway, signIns, pids);
        await Logout.MeasureAsync(gateway, [.. tokens.Take(10)]);
        return 0;
    }

    private static async Task SignInsAsync(Uri gateway, int count, ILookup<string, int> pids)
    {
        using var http = new HttpClient { BaseAddress = gateway };
        var email = await RegisterAsync(http);
        var refresh = await RefreshTokenAsync(await http.PostAsJsonAsync("/api/identity/login", new { email, password = Password }));
        var before = Used(pids);
        for (var i = 0; i < count; i++)
        {
            (await http.PostAsJsonAsync("/api/identity/login", new { email, password = Password })).EnsureSuccessStatusCode();
        }

        var between = Used(pids);
        for (var i = 0; i < count; i++)
        {
            refresh = await RefreshTokenAsync(await http.PostAsJsonAsync("/api/identity/refresh", new { refreshToken = refresh }));
        }

        var after = Used(pids);
        double Ms(string name, Dictionary<string, double> from, Dictionary<string, double> to) => (to[name] - from[name]) / count * 1000;
        var (login, renewed) = (Ms("identity", before, between), Ms("identity", between, after));
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture,
            $"A sign-in: identity {login:0.0} ms, gateway {Ms("gateway", before, between):0.0} ms; a refresh, without a hash: identity {renewed:0.0} ms, "
            + $"gateway {Ms("gateway", between, after):0.0} ms. The hash is about {login - renewed:0.0} ms of a sign-in"));
    }

    private static async Task<Window> WindowAsync(
        Uri address, string path, IReadOnlyList<string> tokens, int callers, TimeSpan length, ILookup<string, int> pids)
    {
        using var http = new HttpClient(new SocketsHttpHandler { UseCookies = false }) { BaseAddress = address };
        var (before, began, turn) = (Used(pids), Stopwatch.GetTimestamp(), 0);
        var counts = await Task.WhenAll(Enumerable.Range(0, callers).Select(async _ =>
        {
            var (good, refused) = (0, 0);
            while (Stopwatch.GetElapsedTime(began) < length)
            {
                using var request = new HttpRequestMessage(HttpMethod.Get, path);
                if (tokens.Count > 0)
                {
                    request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", tokens[Interlocked.Increment(ref turn) % tokens.Count]);
                }

                using var answer = await http.SendAsync(request);
                await answer.Content.CopyToAsync(Stream.Null);
                (good, refused) = answer.IsSuccessStatusCode ? (good + 1, refused) : (good, refused + 1);
            }

            return (good, refused);
        }));
        return new Window(counts.Sum(c => c.good), counts.Sum(c => c.refused), Stopwatch.GetElapsedTime(began), before, Used(pids));
    }

    private static void Print(string what, Window window) => Console.WriteLine(string.Create(CultureInfo.InvariantCulture,
        $"  {what}: {window.Good / window.Length.TotalSeconds:0} requests/s ({window.Refused} refused); gateway {window.Of("gateway"):0.000}, identity "
        + $"{window.Of("identity"):0.000}, scheduling {window.Of("scheduling"):0.000}, PostgreSQL {window.Of("postgres"):0.000}"));

    private static async Task<IReadOnlyList<string>> MembersAsync(Uri gateway, int count)
    {
        using var http = new HttpClient { BaseAddress = gateway };
        var tokens = new List<string>();
        for (var i = 0; i < count; i++)
        {
            using var login = await http.PostAsJsonAsync("/api/identity/login", new { email = await RegisterAsync(http), password = Password });
            tokens.Add((string)JsonNode.Parse(await login.Content.ReadAsStringAsync())!["accessToken"]!);
        }

        return tokens;
    }

    private static async Task<string> RegisterAsync(HttpClient http)
    {
        var email = $"{Guid.CreateVersion7():N}@demo.test";
        using var answer = await http.PostAsJsonAsync("/api/identity/register", new { email, password = Password });
        answer.EnsureSuccessStatusCode();
        return email;
    }

    private static async Task<string> RefreshTokenAsync(HttpResponseMessage answer)
    {
        answer.EnsureSuccessStatusCode();
        return JsonDocument.Parse(await answer.Content.ReadAsStringAsync()).RootElement.GetProperty("refreshToken").GetString()!;
    }

    private static Dictionary<string, double> Used(ILookup<string, int> pids) => pids.ToDictionary(p => p.Key, p => Machine.Cpu(p));

    private static Uri Address(JsonNode status, string name) =>
        new($"http://{status["processes"]!.AsArray().First(p => (string)p!["name"]! == name)!["address"]}");

    private static async Task<string> StatusAsync(string data)
    {
        using var process = Process.Start(new ProcessStartInfo(Path.Combine(Checkout.Root, "deploy", "run-host"), ["status", "--json", "--data", data])
        {
            RedirectStandardOutput = true,
        })!;
        return await process.StandardOutput.ReadToEndAsync();
    }

    private sealed record Window(int Good, int Refused, TimeSpan Length, Dictionary<string, double> Before, Dictionary<string, double> After)
    {
        /// <summary>CPU-milliseconds of a process for each request that was answered.</summary>
        public double Of(string process) => (After[process] - Before[process]) / Math.Max(1, Good) * 1000;
    }
}
