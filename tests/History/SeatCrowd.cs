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
public sealed class SeatCrowd : IAsyncDisposable
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
        Site site, HistoryFile history, int seed, Account operators, int groups, int callers, int highest, TimeSpan offer)
    {
        var opened = new List<Guid>();
        for (var n = 0; n < groups; n++)
        {
            opened.Add(await OpenGroupAsync(operators, await Account.NewFacilitatorAsync(site, operators), $"Recorded seats {n}", highest, inDays: 3 + n));
        }

        var members = new List<Asks>();
        for (var made = 0; made < callers; made += AtOnce)
        {
            members.AddRange((await Task.WhenAll(Enumerable.Range(0, Math.Min(AtOnce, callers - made)).Select(_ => Account.NewMemberAsync(site))))
                .Select(a => (Asks)a.AskAsync));
        }

        return Of(history, seed, operators.AskAsync, (group, capacity) =>
            operators.AskAsync(HttpMethod.Patch, $"/api/groups/{group}", new { capacity }), opened, members, highest, offer);
    }

    /// <param name="change">Gives a group another capacity.</param>
    /// <param name="groups">Each opened with <paramref name="highest"/> seats.</param>
    public static SeatCrowd Of(
        HistoryFile history, int seed, Asks operators, Func<Guid, int, Task> change, IReadOnlyList<Guid> groups, IReadOnlyList<Asks> members, int highest,
            TimeSpan offer)
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
            crowd._callers.Add(new Caller(
                crowd, member, $"caller{crowd._callers.Count}", [groups[first], groups[(first + 1) % groups.Count]], offer, new Random(random.Next())));
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

    /// <summary>Nobody asks for more; what was held or offered is confirmed, given back or lapses, and the seats are counted.</summary>
    public async Task EndAsync()
    {
        await _quiet.CancelAsync();
        await Task.WhenAll(_running);
        await Task.WhenAll(_callers.Select(c => c.LeaveLinesAsync()));
        await Eventually.Async(
            async () => (await Task.WhenAll(_callers.Select(c => c.IsSettledAsync()))).All(s => s), () =>
                "seats that were held or offered did not lapse", TimeSpan.FromSeconds(90));
        Order();
        foreach (var group in _groups)
        {
            var (held, cursor) = (new List<object>(), "");
            do
            {
                var (path, page) = ($"/api/groups/{group}/roster?limit=500{cursor}", default(Answer));
                await Eventually.Async(async () => (page = await _operators(HttpMethod.Get, path)).IsDone, () =>
                    $"{path} answered {page.Code}", TimeSpan.FromSeconds(40));
                held.AddRange(page.Body!["items"]!.AsArray().Where(i => (string)i!["status"]! is "enrolled" or "reserved" or "offered").Select(i => (object)new
                {
                    rid = _rids.GetValueOrDefault((Guid)i!["enrollmentId"]!, $"unknown {i["enrollmentId"]}"),
                    user = (string)i["memberId"]!,
                    state = (string)i["status"]! == "enrolled" ? "confirmed" : "held",
                }));
                cursor = (string?)page.Body["nextCursor"] is { } next ? $"&cursor={Uri.EscapeDataString(next)}" : "";
            }
            while (cursor.Length > 0);
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
    /// those of
    /// who stood before, and behind the going of who left; where that cannot be, the line was not kept to.
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
                var gone = waits.Values.Where(w => w.Group == wait.Group && w.Told < wait.Asked && _left.TryGetValue(w.Wid, out var left) && left < offer.Seen)
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
        var group = await operators.DoAsync(HttpMethod.Post, "/api/groups", new
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
        });
        return (Guid)group["id"]!;
    }

    /// <summary>One of them. Does one thing after the other.</summary>
    private sealed class Caller(SeatCrowd crowd, Asks ask, string name, Guid[] groups, TimeSpan offer, Random random)
    {
        private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);
        private readonly Dictionary<Guid, Stay> _stays = [];
        private int _asked;

        public Asks Ask => ask;

        private HistoryFile History => crowd._history;

        private sealed class Stay(Guid id, string rid)
        {
            public Guid Id => id;
            public string Rid => rid;
            public string Wid => $"w-{rid}";
            public required string Status { get; set; }
            public double WaitingAt { get; set; }
            public JsonNode? View { get; set; }
        }

        public async Task RunAsync(CancellationToken quiet)
        {
            while (!quiet.IsCancellationRequested)
            {
                await Pause.ForAsync(random.Next(200, 1500), quiet);
                await LookAsync();
                var group = groups[random.Next(groups.Length)];
                if (quiet.IsCancellationRequested)
                {
                    return;
                }

                switch (_stays.GetValueOrDefault(group)?.Status, random.Next(10))
                {
                    case (null, _):
                        await ReserveAsync(group);
                        break;
                    case ("reserved" or "offered", < 4):
                        await ConfirmAsync(_stays[group]);
                        break;
                    case ("reserved" or "offered", < 6):
                    case ("enrolled", < 3):
                    case ("waitlisted", 0):
                        await CancelAsync(group, _stays[group]);
                        break;
                    default:
                        break;
                }
            }
        }

        public async Task LeaveLinesAsync()
        {
            await LookAsync();
            foreach (var (group, stay) in _stays.Where(s => s.Value.Status == "waitlisted").ToList())
            {
                await CancelAsync(group, stay);
            }
        }

        public async Task<bool> IsSettledAsync() => await LookAsync() && !_stays.Values.Any(s => s.Status is "reserved" or "offered" or "waitlisted");

        private async Task ReserveAsync(Guid group)
        {
            var (rid, asked) = ($"{name}-{++_asked}", History.Now);
            History.Add(asked, "reserve", new { rid, group, user = name });
            var answer = await InsistAsync("/api/enrollments", new { groupId = group }, rid);
            if (answer.Status != HttpStatusCode.Created)
            {
                History.Add("reserve_fail", new { rid, definite = !answer.IsOpen, reason = answer.Code });
                return;
            }

            var stay = new Stay((Guid)answer.Body!["id"]!, rid) { Status = (string)answer.Body["status"]!, WaitingAt = asked, View = answer.Body };
            crowd._rids[stay.Id] = rid;
            _stays[group] = stay;
            if (stay.Status == "reserved")
            {
                History.Add("reserve_ok", new { rid, group, user = name, expires = History.At((DateTimeOffset)answer.Body["seatHeldUntil"]!) });
                return;
            }

            History.Add("reserve_fail", new { rid, definite = true, reason = stay.Status == "waitlisted" ? "full" : stay.Status });
            var told = History.Now;
            History.Add(asked, "wait", new { wid = stay.Wid, group, user = name });
            History.Add(told, "wait_ok", new { wid = stay.Wid, group, user = name });
            crowd._waits.Add(new Waited(group, stay.Wid, asked, told));
        }

        private async Task ConfirmAsync(Stay stay)
        {
            History.Add("confirm", new { rid = stay.Rid });
            var answer = await InsistAsync(
                $"/api/enrollments/{stay.Id}/confirm", new { consents = Party.Consents(stay.View!) }, $"{stay.Rid}-confirm-{++_asked}");
            if (answer.IsDone)
            {
                History.Add("confirm_ok", new { rid = stay.Rid });
                stay.Status = "enrolled";
            }
        }

        private async Task CancelAsync(Guid group, Stay stay)
        {
            if (stay.Status == "waitlisted")
            {
                // A seat may have been offered since it was last seen waiting, and that is what is given back now.
                History.Add(crowd._left[stay.Wid] = stay.WaitingAt, "wait_leave", new { wid = stay.Wid });
            }
            else
            {
                History.Add("cancel", new { rid = stay.Rid });
            }

            var answer = await InsistAsync($"/api/enrollments/{stay.Id}/cancel", new { }, $"{stay.Rid}-cancel-{++_asked}");
            if (answer.IsDone)
            {
                Ended(group, stay, (string?)answer.Body!["endReason"]);
            }
        }

        private void Ended(Guid group, Stay stay, string? reason)
        {
            if (stay.Status != "waitlisted")
            {
                History.Add(reason == "cancelled" ? "cancel_ok" : "expire", new { rid = stay.Rid, reason });
            }
            else if (reason == "offer-expired")
            {
                crowd._offers.Add(new Offered(stay.Wid, null, stay.WaitingAt, History.Now));
            }

            _stays.Remove(group);
        }

        /// <summary>Looks what became of one's stays, and records what is new.</summary>
        private async Task<bool> LookAsync()
        {
            var asked = History.Now;
            var answer = await ask(HttpMethod.Get, "/api/me/enrollments?limit=500");
            if (!answer.IsDone)
            {
                return false;
            }

            var views = answer.Body!["items"]!.AsArray().ToDictionary(i => (Guid)i!["id"]!, i => i!);
            foreach (var (group, stay) in _stays.ToList())
            {
                var view = views[stay.Id];
                switch ((string)view["status"]!)
                {
                    case "waitlisted":
                        stay.WaitingAt = asked;
                        break;
                    case "offered" when stay.Status == "waitlisted":
                        var until = History.At((DateTimeOffset)view["offerExpiresAt"]!);
                        crowd._offers.Add(new Offered(stay.Wid, stay.Rid, until - offer.TotalMilliseconds, History.Now));
                        History.Add("reserve_ok", new { rid = stay.Rid, group, user = name, expires = until });
                        (stay.Status, stay.View) = ("offered", view.DeepClone());
                        break;
                    case "enrolled" when stay.Status != "enrolled":
                        History.Add("confirm_ok", new { rid = stay.Rid });
                        stay.Status = "enrolled";
                        break;
                    case "ended":
                        Ended(group, stay, (string?)view["endReason"]);
                        break;
                    default:
                        break;
                }
            }

            return true;
        }

        /// <summary>Asks under one key until there is an answer.</summary>
        private async Task<Answer> InsistAsync(string path, object body, string key)
        {
            var until = History.Now + Patience.TotalMilliseconds;
            Answer answer;
            while ((answer = await ask(HttpMethod.Post, path, body, key)).IsOpen && History.Now < until)
            {
                await Task.Delay(random.Next(200, 600));
            }

            return answer;
        }
    }
}
