using System.Net;
using System.Net.Http.Json;
using System.Text.Json.Nodes;
using GroupTherapy.Tests.Support;

namespace GroupTherapy.History;

/// <summary>How somebody gets to a room: HTTP in their name, and where the hub is for them just now.</summary>
public sealed record Door(HttpClient Http, Uri Hub, string Token);

/// <summary>
/// One person in one session, with a good client: it joins again for every connection, goes on from its cursors, drops what it has seen, never passes over a
/// gap, and repeats what was not answered under the same id. What the person is shown and told goes into the history.
/// </summary>
public sealed class Guest : IAsyncDisposable
{
    private static readonly string[] Final = ["removed", "room-ended"];

    private readonly Func<Task<Door>> _door;
    private readonly Sight _sight;
    private readonly string? _place;
    private readonly CancellationTokenSource _leaving = new();
    private readonly Lock _gate = new();
    private TaskCompletionSource<HubLine> _line = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private Task _living = Task.CompletedTask;
    private int _said;
    private int _lines;

    /// <param name="name">In the history and as the alias in the room.</param>
    /// <param name="place">Where a member says they are; null for staff.</param>
    public Guest(Scene scene, string name, Func<Task<Door>> door, string? place)
    {
        (Scene, Name, _door, _place) = (scene, name, door, place);
        _sight = new Sight(scene, name);
        _sight.Doubted += () => Line?.Cut();
    }

    public Scene Scene { get; }

    public string Name { get; }

    public Guid ParticipantId => _sight.ParticipantId;

    public bool IsStaff => _place is null;

    public bool IsIn => Line is not null && _sight.IsIn;

    /// <summary>Why this person may not come back, once they may not.</summary>
    public string? Out { get; private set; }

    /// <summary>Refused joins of somebody who is out and tries all the same.</summary>
    public int Knocks { get; private set; }

    /// <summary>For planting: given what would be shown, answers what is shown instead.</summary>
    public Func<Shown, IEnumerable<Shown>>? Distorts
    {
        set => _sight.Distorts = value;
    }

    /// <summary>Connections lost, gaps met on a connection.</summary>
    public (int Lines, int Gaps) Trouble => (_lines, _sight.Gaps);

    private HubLine? Line => _line.Task.IsCompletedSuccessfully ? _line.Task.Result : null;

    public void Arrive() => _living = Task.Run(LiveAsync);

    /// <summary>Waits until this person is in the room, with a connection.</summary>
    public Task IsInAsync() => Eventually.Async(() => IsIn, () => $"{Name} is not in the room; out: {Out}", TimeSpan.FromSeconds(60));

    public Task HasEnteredAsync() => Eventually.Async(() => Line is not null, () => $"{Name} has not entered; out: {Out}", TimeSpan.FromSeconds(60));

    public bool HasSeen(string cid) => _sight.HasSeen(cid);

    public bool HasSeenUpTo(string stream, long seq) => _sight.CursorOf(stream) >= seq;

    /// <summary>Says something and repeats it until it is answered.</summary>
    /// <param name="to"><c>everyone</c>, <c>facilitators</c>, or for staff the name of a member.</param>
    /// <returns>The message's id, and whether it was acknowledged.</returns>
    public async Task<(string Cid, bool Acknowledged)> SayAsync(string to, TimeSpan? atMost = null, bool once = false)
    {
        var cid = $"{Name}-{Interlocked.Increment(ref _said)}";
        var stream = to switch
        {
            Scene.Everyone => Scene.Room,
            Scene.Facilitators => IsStaff ? Scene.Staff : Scene.PrivateOf(ParticipantId),
            _ => Scene.PrivateOf(Scene.IdOf(to)),
        };
        var message = new { id = cid, text = Sight.TextOf(cid), to = to is Scene.Everyone or Scene.Facilitators ? to : $"{Scene.IdOf(to)}" };
        Scene.History.Add("send", new { room = Scene.Name(stream), cid, @from = Name, to = Scene.AudienceOf(stream) });
        var (until, unknown) = (Scene.History.Now + (atMost ?? TimeSpan.FromSeconds(40)).TotalMilliseconds, false);
        do
        {
            try
            {
                var line = await LineAsync(TimeSpan.FromMilliseconds(Math.Max(1, until - Scene.History.Now)));
                var posted = (await line.CallAsync("Post", [message], within: TimeSpan.FromSeconds(once ? 2 : 5)))!;
                Scene.History.Add("send_ok", new { room = Scene.Name((string)posted["stream"]!), cid, seq = (long)posted["seq"]!, @from = Name });
                return (cid, true);
            }
            catch (HubRefusedException e) when (e.Code is not ("try-again" or "too-fast"))
            {
                // A repeat that is refused tells nothing about what came before it.
                Fail(cid, definite: !unknown, e.Code);
                return (cid, false);
            }
            catch (HubRefusedException e)
            {
                unknown |= e.Code == "try-again";
            }
            catch (HubLostException)
            {
                unknown = true;
                Line?.Cut();
            }
            catch (TimeoutException)
            {
                break;
            }

            await Task.Delay(Random.Shared.Next(100, 400));
        }
        while (!once && Scene.History.Now < until && !_leaving.IsCancellationRequested);
        Fail(cid, definite: false, null);
        return (cid, false);
    }

    /// <summary>Does something else than speaking, again and again until it is answered.</summary>
    /// <returns>The refusal's code, or null. An end that was asked for may close the line before its answer: then why the line was closed.</returns>
    public async Task<string?> ActAsync(string method, object? argument = null)
    {
        string? refused = null;
        await Eventually.Async(
            async () =>
            {
                if (Out is not null)
                {
                    refused = Out;
                    return true;
                }

                try
                {
                    await (await LineAsync(TimeSpan.FromSeconds(1))).CallAsync(method, argument is null ? [] : [argument]);
                    return true;
                }
                catch (HubRefusedException e) when (e.Code != "try-again")
                {
                    refused = e.Code;
                    return true;
                }
            },
            () => $"{Name} could not {method}", TimeSpan.FromSeconds(60));
        return refused;
    }

    /// <summary>From now on this person's line leads nowhere, and they do not know it.</summary>
    public void Vanish() => _sight.Gone();

    /// <summary>Loses the connection; the client comes back by itself.</summary>
    public void Stumble() => Line?.Cut();

    /// <summary>Says for the history what this person sees and that nothing more will come.</summary>
    public void Drain() => _sight.Drain();

    public async ValueTask DisposeAsync()
    {
        await _leaving.CancelAsync();
        Line?.Cut();
        await _living;
    }

    private void Fail(string cid, bool definite, string? code) => Scene.History.Add("send_fail", new { cid, definite, code });

    private Task<HubLine> LineAsync(TimeSpan atMost)
    {
        lock (_gate)
        {
            return _line.Task.WaitAsync(atMost, _leaving.Token);
        }
    }

    private async Task LiveAsync()
    {
        while (!_leaving.IsCancellationRequested)
        {
            try
            {
                await OnceAsync();
            }
            catch (Exception e) when (e is HubLostException or HubRefusedException or HttpRequestException
                or OperationCanceledException or System.Text.Json.JsonException)
            {
                // The next attempt tells more.
            }

            if (Out is "room-ended" or "session-ended")
            {
                return;
            }

            // Not all at once after a fault. Who is out knocks on, to see that the door stays shut.
            await Pause.ForAsync(Random.Shared.Next(100, 500) * (Out is null ? 1 : 2), _leaving.Token);
        }
    }

    private async Task OnceAsync()
    {
        var door = await _door();
        var asked = Scene.History.Now;
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(_leaving.Token);
        limit.CancelAfter(TimeSpan.FromSeconds(6));
        using var response = await door.Http.PostAsJsonAsync(
            $"/api/sessions/{Scene.Session}/join", new { location = _place is null ? null : new { jurisdiction = _place }, alias = Name }, limit.Token);
        var join = JsonNode.Parse(await response.Content.ReadAsStringAsync(limit.Token))!;
        if (response.StatusCode != HttpStatusCode.OK)
        {
            Refused((string?)join["code"]);
            return;
        }

        _sight.Decided(join["decision"], asked);
        await using var line = await HubLine.ConnectAsync(new Uri(door.Hub, (string)join["hub"]!), door.Token, _sight.Take);
        try
        {
            await line.CallAsync("Enter", [new { ticket = (string)join["ticket"]!, cursors = _sight.Cursors }], answer => _sight.Entered(answer, asked));
            lock (_gate)
            {
                _line.TrySetResult(line);
            }

            await Task.WhenAny(line.Gone, Pause.ForAsync(Timeout.Infinite, _leaving.Token));
        }
        finally
        {
            lock (_gate)
            {
                _line = _line.Task.IsCompleted ? new TaskCompletionSource<HubLine>(TaskCreationOptions.RunContinuationsAsynchronously) : _line;
            }

            line.Cut();
            await line.Gone;
            _lines++;
            _sight.Gone();
            if (line.Ended is { } ended && (bool)ended["terminal"]!)
            {
                Out = (string)ended["reason"]!;
            }
        }
    }

    private void Refused(string? code)
    {
        if (Out is not null)
        {
            Knocks++;
        }
        else if (Final.Contains(code))
        {
            Out = code;
        }
    }
}
