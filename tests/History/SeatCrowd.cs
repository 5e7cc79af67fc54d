using System.Collections.Concurrent;
using System.Globalization;
using System.Net;
using System.Text.Json.Nodes;
using GroupTherapy.Platform.Data;
using GroupTherapy.Platform.Security;
using GroupTherapy.Tests.Support;

namespace GroupTherapy.History;

/// <summary>Asks once as somebody, with an idempotency key when there is one.</summary>
public delegate Task<Answer> Asks(HttpMethod method, string path, object? body = null, string? key = null);

/// <summary>People who want the few seats of a few groups: they reserve, confirm, give back, wait, are offered, and let things lapse, recorded.</summary>
public sealed partial class SeatCrowd : IAsyncDisposable
{
    private const int Lowest = 3;
    private const int AtOnce = 4;

    private readonly HistoryFile _history;
    private readonly CancellationTokenSource _quiet = new();
    private readonly List<Caller> _callers = [];
    private readonly List<Task> _running = [];
    private readonly List<Guid> _groups = [];
    private readonly Asks _operators;
    private readonly Func<Guid, int, Task> _change;
    private readonly int _highest;
    private readonly ConcurrentDictionary<Guid, string> _rids = new();
    private readonly ConcurrentBag<Offered> _offers = [];
    private readonly ConcurrentBag<Waited> _waits = [];
    private readonly ConcurrentDictionary<string, double> _left = new();

    private SeatCrowd(HistoryFile history, Asks operators, Func<Guid, int, Task> change, int highest) =>
        (_history, _operators, _change, _highest) = (history, operators, change, highest);

    private sealed record Waited(Guid Group, string Wid, double Asked, double Told);

    /// <summary>The offer was made at some time from <c>Earliest</c> to <c>Seen</c>.</summary>
    private sealed record Offered(string Wid, string? Rid, double Earliest, double Seen);

    /// <param name="highest">Seats of a group at most; operators change the capacity between three and this.</param>
    public static async Task<SeatCrowd> GatherAsync(
        Site site,
        HistoryFile history,
        int seed,
        Account operators,
        int groups,
        int callers,
        int highest,
        TimeSpan offer
    )
    {
        var opened = new List<Guid>();
        for (var n = 0; n < groups; n++)
        {
            opened.Add(await OpenGroupAsync(operators, await Account.NewFacilitatorAsync(site, operators), $"Recorded seats {n}", highest, inDays: 3 + n));
        }

        var members = new List<Asks>();
        for (var made = 0; made < callers; made += AtOnce)
        {
            members.AddRange(
                (await Task.WhenAll(Enumerable.Range(0, Math.Min(AtOnce, callers - made)).Select(_ => Account.NewMemberAsync(site)))).Select(a =>
                    (Asks)a.AskAsync
                )
            );
        }

        return Of(
            history,
            seed,
            operators.AskAsync,
            (group, capacity) => operators.AskAsync(HttpMethod.Patch, $"/api/groups/{group}", new { capacity }),
            opened,
            members,
            highest,
            offer
        );
    }

    /// <param name="change">Gives a group another capacity.</param>
    /// <param name="groups">Each opened with <paramref name="highest"/> seats.</param>
    public static SeatCrowd Of(
        HistoryFile history,
        int seed,
        Asks operators,
        Func<Guid, int, Task> change,
        IReadOnlyList<Guid> groups,
        IReadOnlyList<Asks> members,
        int highest,
        TimeSpan offer
    )
    {
        var crowd = new SeatCrowd(history, operators, change, highest);
        foreach (var group in groups)
        {
            // The judge holds every moment against the most seats there ever were.
            history.Add("group", new { group, capacity = highest });
            crowd._groups.Add(group);
        }

        var random = new Random(seed);
        foreach (var member in members)
        {
            // Two groups each: nobody is passed over in one line for having two other seats unconfirmed.
            var first = random.Next(groups.Count);
            crowd._callers.Add(
                new Caller(
                    crowd,
                    member,
                    $"caller{crowd._callers.Count}",
                    [groups[first], groups[(first + 1) % groups.Count]],
                    offer,
                    new Random(random.Next())
                )
            );
        }

        return crowd;
    }

    public void Begin(Random random)
    {
        foreach (var caller in _callers)
        {
            _running.Add(Task.Run(() => caller.RunAsync(_quiet.Token)));
        }

        _running.Add(Task.Run(() => ChangeCapacitiesAsync(new Random(random.Next()))));
    }

    /// <summary>Whether a caller's own enrolments can be read.</summary>
    public async Task<bool> AnswersAsync() => (await _callers[0].Ask(HttpMethod.Get, "/api/me/enrollments")).IsDone;

    /// <summary>Stops new requests; held and offered seats are confirmed, given back or lapse, and the seats are counted.</summary>
    public async Task EndAsync()
    {
        await _quiet.CancelAsync();
        await Task.WhenAll(_running);
        await Task.WhenAll(_callers.Select(c => c.LeaveLinesAsync()));
        await Eventually.Async(
            async () => (await Task.WhenAll(_callers.Select(c => c.IsSettledAsync()))).All(s => s),
            () => "seats that were held or offered did not lapse",
            TimeSpan.FromSeconds(90)
        );
        Order();
        foreach (var group in _groups)
        {
            var (held, cursor) = (new List<object>(), "");
            do
            {
                var (path, page) = ($"/api/groups/{group}/roster?limit=500{cursor}", default(Answer));
                await Eventually.Async(
                    async () => (page = await _operators(HttpMethod.Get, path)).IsDone,
                    () => $"{path} answered {page.Code}",
                    TimeSpan.FromSeconds(40)
                );
                held.AddRange(
                    page.Body!["items"]!
                        .AsArray()
                        .Where(i => (string)i!["status"]! is "enrolled" or "reserved" or "offered")
                        .Select(i =>
                            (object)
                                new
                                {
                                    rid = _rids.GetValueOrDefault((Guid)i!["enrollmentId"]!, $"unknown {i["enrollmentId"]}"),
                                    user = (string)i["memberId"]!,
                                    state = (string)i["status"]! == "enrolled" ? "confirmed" : "held",
                                }
                        )
                );
                cursor = (string?)page.Body["nextCursor"] is { } next ? $"&cursor={Uri.EscapeDataString(next)}" : "";
            } while (cursor.Length > 0);
            _history.Add("final_seats", new { group, held });
        }
    }

    public async ValueTask DisposeAsync()
    {
        await _quiet.CancelAsync();
        await Task.WhenAll(_running);
    }

    /// <summary>
    /// When an offer was made is known within bounds alone: from the transaction's own instant until its member saw it. Within them the offers are put behind
    /// those of who stood before, and behind the going of who left; where that cannot be, the line was not kept to.
    /// </summary>
    private void Order()
    {
        var waits = _waits.ToDictionary(w => w.Wid);
        foreach (var line in _offers.Where(o => waits.ContainsKey(o.Wid)).GroupBy(o => waits[o.Wid].Group))
        {
            var placed = new List<(Waited Wait, double At)>();
            foreach (var offer in line.OrderBy(o => waits[o.Wid].Told))
            {
                var wait = waits[offer.Wid];
                var before = placed.Where(p => p.Wait.Told < wait.Asked).Select(p => p.At);
                var gone = waits
                    .Values.Where(w => w.Group == wait.Group && w.Told < wait.Asked && _left.TryGetValue(w.Wid, out var left) && left < offer.Seen)
                    .Select(w => _left[w.Wid] + 0.01);
                var after = before.Concat(gone).DefaultIfEmpty(0).Max();
                var at = Math.Min(Math.Max(offer.Earliest, after), offer.Seen);
                placed.Add((wait, at));
                _history.Add(at, "offer", new { wid = offer.Wid, rid = offer.Rid });
            }
        }
    }

    private async Task ChangeCapacitiesAsync(Random random)
    {
        while (!_quiet.IsCancellationRequested)
        {
            await Pause.ForAsync(random.Next(2000, 5000), _quiet.Token);
            await _change(_groups[random.Next(_groups.Count)], random.Next(Lowest, _highest + 1));
        }
    }

    /// <summary>Opens a weekly group, the first time in some days.</summary>
    internal static async Task<Guid> OpenGroupAsync(Account operators, Account facilitator, string name, int capacity, int inDays)
    {
        var group = await operators.DoAsync(
            HttpMethod.Post,
            "/api/groups",
            new
            {
                practice = "grouport",
                name,
                topic = "anxiety",
                serviceClass = "psychotherapy_group",
                capacity,
                minimumAge = 18,
                facilitatorId = facilitator.Id,
                coFacilitatorIds = Array.Empty<Guid>(),
                schedule = new
                {
                    startsOn = TimeProvider.System.GetUtcNow().AddDays(inDays).ToString("yyyy-MM-dd", CultureInfo.InvariantCulture),
                    localTime = "18:00",
                    timeZone = "America/New_York",
                    durationMinutes = 60,
                    weeks = (int?)4,
                },
                program = Array.Empty<object>(),
                policies = new { },
            }
        );
        return (Guid)group["id"]!;
    }
}
