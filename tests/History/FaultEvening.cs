using GroupTherapy.Tests.Support;

namespace GroupTherapy.History;

/// <summary>
/// An evening of a few rooms and a rush for seats in one deployment, struck by faults at random moments, recorded from the first join to the stored logs.
/// </summary>
public sealed class FaultEvening : IAsyncDisposable
{
    /// <summary>Seconds that the deployment is started with: <c>--set</c>.</summary>
    public const int FacilitatorGrace = 8;
    public const int SeatHold = 10;
    public const int Offer = 6;

    private static readonly TimeSpan Steady = TimeSpan.FromSeconds(1);

    private readonly HistoryFile _history;
    private readonly Prober _prober;
    private readonly FaultGround _ground;
    private readonly SeatCrowd? _crowd;
    private readonly Action<string> _say;
    private int _struck;

    private FaultEvening(FaultGround ground, Prober prober, SeatCrowd? crowd, Action<string> say) =>
        (_ground, _history, _prober, _crowd, _say) = (ground, ground.History, prober, crowd, say);

    public string HistoryPath => _history.Path;

    /// <summary>Options of <c>deploy/up</c> that this evening counts on.</summary>
    public static string[] Options { get; } =
    [
        "--scale",
        "room=2",
        "--scale",
        "enrollment=2",
        "--set",
        $"facilitator-grace={FacilitatorGrace}",
        "--set",
        $"seat-hold={SeatHold}",
        "--set",
        $"offer={Offer}",
    ];

    /// <param name="seed">Of everything random; the processes' own pace remains.</param>
    /// <param name="rooms">Sessions, none or more.</param>
    /// <param name="callers">People who want seats, none or more.</param>
    /// <param name="say">Told what happens.</param>
    public static async Task<FaultEvening> BeginAsync(Site site, string name, int seed, int rooms, int callers, Action<string> say)
    {
        // A facilitator's absence counts after the grace; what holds the room runs each half second, and may wait for a database that was killed.
        var history = HistoryFile.Start(name, new { safe_ms = (FacilitatorGrace + 12) * 1000, seat_grace_ms = 45_000 });
        say($"seed {seed}, history {history.Path}");
        var random = new Random(seed);
        var operators = await Account.SignInAsync(site, "operator@demo.test");
        var proxy = await FaultProxy.BeforeAsync(site.Gateway.Port);
        List<BusTap> taps =
        [
            await BusTap.OnAsync(site, "enrollment", "enrollment.permit-changed.v1", "enrollment.enrollment-ended.v1", "enrollment.enrollment-confirmed.v1"),
            await BusTap.OnAsync(site, "scheduling", "scheduling.session-scheduled.v1"),
        ];
        var gathering = Enumerable
            .Range(0, rooms)
            .Select(n =>
                Party.GatherAsync(
                    site,
                    history,
                    $"r{n}",
                    random.Next(),
                    operators,
                    withCo: n == 0,
                    members: 6,
                    n == 0 ? null : new Uri($"http://127.0.0.1:{proxy.Port}")
                )
            )
            .ToList();
        var parties = await Task.WhenAll(gathering);
        var crowd =
            callers == 0
                ? null
                : await SeatCrowd.GatherAsync(site, history, random.Next(), operators, groups: 3, callers, highest: 6, TimeSpan.FromSeconds(Offer));
        var evening = new FaultEvening(new FaultGround(site, history, parties, proxy, taps, random), new Prober(history), crowd, say);
        await Task.WhenAll(parties.Select(p => p.BeginAsync()));
        crowd?.Begin(random);
        evening.Watch(await News.OfAsync(site, operators));
        await evening._prober.AllGoodAsync(0, Steady);
        return evening;
    }

    /// <summary>Strikes once, at a random moment, and waits until everything works again.</summary>
    /// <param name="run">The how-manieth time this fault strikes here, from 0.</param>
    public async Task StrikeAsync(Fault fault, int run)
    {
        await Task.Delay(_ground.Random.Next(200, 1200));
        var struck = 0d;
        await fault.StrikeAsync(
            _ground,
            () =>
            {
                struck = _history.Now;
                _history.Add(
                    struck,
                    "fault",
                    new
                    {
                        id = $"{fault.Kind}-{_struck++}",
                        kind = fault.Kind,
                        target = fault.Target,
                    }
                );
            },
            run
        );
        await _prober.AllGoodAsync(_history.Now, Steady);
        _say($"{fault.Kind}: works again {(_history.Now - struck) / 1000 - Steady.TotalSeconds:0.0} s after the blow");
    }

    /// <summary>A member of every room is sent to the waiting room and readmitted.</summary>
    public Task SendOutAndLetInAsync() => Task.WhenAll(_ground.Parties.Select(p => p.SendOutAndLetInAsync()));

    /// <summary>Ends the evening and has it judged.</summary>
    public async Task<Verdict> EndAsync(string require)
    {
        await _prober.FinishAsync();
        await _prober.DisposeAsync();
        await Task.WhenAll(_ground.Parties.Select(p => p.EndAsync()).Append(_crowd?.EndAsync() ?? Task.CompletedTask));
        var oddities = _ground.Parties.SelectMany(p => p.Scene.Oddities).ToList();
        _history.Dispose();
        foreach (var oddity in oddities)
        {
            _say(oddity);
        }

        var verdict = await Judge.CheckAsync(_history.Path, require);
        return oddities.Count == 0 ? verdict : verdict with { Exit = 1 };
    }

    public async ValueTask DisposeAsync()
    {
        await _prober.DisposeAsync();
        foreach (var party in _ground.Parties)
        {
            await party.DisposeAsync();
        }

        if (_crowd is not null)
        {
            await _crowd.DisposeAsync();
        }

        foreach (var tap in _ground.Taps)
        {
            await tap.DisposeAsync();
        }

        await _ground.LeadProxy.DisposeAsync();
        _history.Dispose();
    }

    private void Watch(News news)
    {
        _prober.Watch("news", TimeSpan.FromMilliseconds(500), news.ArriveAsync, () => news.Missing);
        foreach (var party in _ground.Parties)
        {
            _prober.Watch($"talk {party.Name}", TimeSpan.FromMilliseconds(400), party.IsHeardAsync);
        }

        if (_crowd is not null)
        {
            _prober.Watch("seats", TimeSpan.FromMilliseconds(300), _crowd.AnswersAsync);
        }
    }
}
