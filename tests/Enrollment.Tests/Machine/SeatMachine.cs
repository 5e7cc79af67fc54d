using System.Net;
using System.Text.Json.Nodes;
using GroupTherapy.Contracts.Scheduling.V1;
using GroupTherapy.Tests.Support;

namespace GroupTherapy.Enrollment.Tests.Machine;

/// <summary>Runs one script against the service and against the model, and compares every answer and, after each command, all that can be seen.</summary>
internal sealed partial class SeatMachine
{
    private static readonly int[] Capacities = [1, 1, 1];

    // The last of them takes nobody without an intake.
    private const int IntakeFirst = 2;
    private static readonly string[] Acts =
    [
        "enrollment.reserved",
        "enrollment.waitlisted",
        "enrollment.held",
        "enrollment.refused",
        "enrollment.confirmed",
        "enrollment.ended",
        "enrollment.released",
        "enrollment.reconsidered",
        "waitlist.offered",
        "waitlist.passed-over",
    ];

    private readonly ApartWorld _world;
    private readonly Guid[] _people = [.. Enumerable.Range(0, Script.People).Select(_ => Guid.CreateVersion7())];
    private readonly Guid[] _groups = [.. Capacities.Select(_ => Guid.CreateVersion7())];
    private readonly long[] _versions = [.. Capacities.Select(_ => 1L)];
    private readonly List<Guid> _stays = [];
    private readonly List<Request> _requests = [];
    private readonly List<(object Message, Guid Id)> _news = [];
    private readonly Dictionary<string, string> _bytes = [];
    private readonly Dictionary<string, int> _seen;

    // Several when workers had a choice that nobody has seen the outcome of.
    private List<SeatModel> _models;

    private SeatMachine(ApartWorld world, Dictionary<string, int> seen)
    {
        (_world, _seen) = (world, seen);
        _models =
        [
            new SeatModel(
                world.Clock.GetUtcNow(),
                Capacities.Select((c, g) => (c, g == IntakeFirst)),
                _people.Select((_, p) => IsKnown(p) ? Law.Yes : Law.Unclear)
            ),
        ];
    }

    private sealed record Request(string Key, Guid By, string Role, string Path, object Body, Func<SeatModel, Said> Act);

    private SeatModel Model => _models[0];

    /// <param name="seen">Counts what was done and what was answered: a machine that only ever meets refusals proves nothing.</param>
    public static async Task RunAsync(ApartWorld world, Script script, Dictionary<string, int> seen)
    {
        var machine = new SeatMachine(world, seen);
        await machine.BeginAsync();
        foreach (var (command, number) in script.Commands.Select((c, i) => (c, i + 1)))
        {
            try
            {
                machine.Advance(TimeSpan.FromSeconds(1));
                await machine.SettledAsync();
                if (await machine.DoAsync(command, mayRace: false))
                {
                    machine.Saw(command.GetType().Name);
                }

                await machine.CompareAsync();
            }
            catch (Exception e)
            {
                await machine.EndAsync();
                throw new InvalidOperationException($"At command {number}, {command}: {e.Message}", e);
            }
        }

        foreach (var step in machine.Model.WhatHappened)
        {
            machine.Saw(step);
        }

        await machine.EndAsync();
    }

    // The last of them has no profile: whatever they ask for is held.
    private static bool IsKnown(int person) => person < Script.People - 1;

    private async Task BeginAsync()
    {
        foreach (var p in Enumerable.Range(0, Script.People).Where(IsKnown))
        {
            await MoveAsync(p, Law.Yes);
        }

        for (var g = 0; g < _groups.Length; g++)
        {
            await TellAsync(new GroupOpened(Group(g, Capacities[g], 1), _world.Clock.GetUtcNow()));
        }
    }

    // Nothing of this run is left over for the next one.
    private async Task EndAsync()
    {
        for (var g = 0; g < _groups.Length; g++)
        {
            if (!Model.Groups[g].Closed)
            {
                await TellAsync(new GroupClosed(Group(g, 1, _versions[g] + 100, closed: true), _world.Clock.GetUtcNow()));
            }
        }
    }

    private async Task<bool> DoAsync(Command command, bool mayRace, int? killAfter = null)
    {
        switch (command)
        {
            case Reserve(var p, var g):
                return await AskAsync(_people[p], "member", "/api/enrollments", new { groupId = _groups[g] }, m => m.Enrol(p, g), mayRace, killAfter);
            case Confirm(var n, var fitting, var withConsents) when Find(n, fitting, s => s.Status is "reserved" or "offered") is { } i:
                return await AskAsync(
                    _people[Model.Stays[i].Person],
                    "member",
                    $"/api/enrollments/{_stays[i]}/confirm",
                    new { consents = withConsents ? ApartWorld.Consents : [] },
                    m => m.Confirm(i, withConsents),
                    mayRace,
                    killAfter
                );
            case Cancel(var n, var fitting) when Find(n, fitting, s => s.IsLive) is { } i:
                return await AskAsync(
                    _people[Model.Stays[i].Person],
                    "member",
                    $"/api/enrollments/{_stays[i]}/cancel",
                    new { },
                    m => m.Cancel(i),
                    mayRace,
                    killAfter
                );
            case Settle(var n, var fitting, var release) when Find(n, fitting, s => s.Status == "held" || s.ReviewSince is not null) is { } i:
                return await AskAsync(
                    _world.OperatorId,
                    "operator",
                    $"/api/enrollments/{_stays[i]}/{(release ? "release" : "refuse")}",
                    new { reason = "A test." },
                    m => release ? m.Release(i) : m.Refuse(i),
                    mayRace,
                    killAfter
                );
            case Intake(var p):
                return await AskAsync(
                    _world.OperatorId,
                    "operator",
                    $"/api/members/{_people[p]}/intakes",
                    new { practice = "grouport", doneOn = "2026-01-15" },
                    m => m.RecordIntake(p),
                    mayRace,
                    killAfter
                );
            case Move(var p, var to):
                if (await MoveAsync(p, to))
                {
                    _models.ForEach(m => m.Move(p, to));
                }

                return true;
            case Tick(var minutes):
                Advance(TimeSpan.FromMinutes(minutes));
                return true;
            case ToDeadline(var before):
                return ToNextDeadline(TimeSpan.FromSeconds(before));
            case AtDeadline(var then):
                return ToNextDeadline(TimeSpan.Zero) && await DoAsync(then, mayRace: true);
            case AskAgain(var back) when back <= _requests.Count:
                return await AskAsync(_requests[^back], mayRace, null);
            case TellAgain(var back) when back <= _news.Count:
                await _world.DeliverAsync(_news[^back].Message, _news[^back].Id);
                return true;
            case Capacity(var g, var seats, var late) when !Model.Groups[g].Closed:
                var version = late ? _versions[g] : ++_versions[g];
                await TellAsync(new GroupChanged(Group(g, seats, version), _world.Clock.GetUtcNow()));
                _models.ForEach(m => m.Change(g, seats, version, false));
                return true;
            case Close(var g) when !Model.Groups[g].Closed:
                var last = ++_versions[g];
                await TellAsync(new GroupClosed(Group(g, Model.Groups[g].Capacity, last, closed: true), _world.Clock.GetUtcNow()));
                _models.ForEach(m => m.Change(g, m.Groups[g].Capacity, last, true));
                return true;
            case Kill(var hours):
                await _world.KillAsync();
                Advance(TimeSpan.FromHours(hours));
                await _world.StartAsync();
                return true;
            case KillDuring(var request, var milliseconds):
                return await DoAsync(request, mayRace: true, milliseconds);
            default:
                return false;
        }
    }

    private int? Find(int nth, bool fitting, Func<ModelStay, bool> fits)
    {
        var those = Enumerable.Range(0, Model.Stays.Count).Where(i => !fitting || fits(Model.Stays[i])).ToList();
        return those.Count == 0 ? null : those[nth % those.Count];
    }

    private Task<bool> AskAsync(Guid by, string role, string path, object body, Func<SeatModel, Said> act, bool mayRace, int? killAfter)
    {
        var request = new Request($"{Guid.CreateVersion7()}", by, role, path, body, act);
        _requests.Add(request);
        return AskAsync(request, mayRace, killAfter);
    }

    /// <param name="mayRace">Workers may have done something, all or nothing of what is due when the request comes.</param>
    private async Task<bool> AskAsync(Request request, bool mayRace, int? killAfter)
    {
        var answer = killAfter is { } milliseconds ? await AskAndKillAsync(request, milliseconds) : await SendAsync(request);
        var kept = answer.Status is HttpStatusCode.OK or HttpStatusCode.Created;
        var (what, detail) = kept
            ? (
                (string?)answer.Body["status"] ?? "recorded",
                (string?)answer.Body["seatHeldUntil"] ?? (string?)answer.Body["offerExpiresAt"] ?? $"{answer.Body["waitlistPosition"]}"
            )
            : ((string)answer.Body["code"]!, "");
        var told =
            $"{(int)answer.Status} {what} "
            + $"{(DateTimeOffset.TryParse(detail, null, out var at) && detail.Contains('T', StringComparison.Ordinal) ? SeatModel.Time(at) : detail)}";
        var expected = new HashSet<string>();
        var after = new List<SeatModel>();
        foreach (var model in mayRace ? Reachable(_models, alsoOnTheWay: true) : [.. _models.Select(m => m.Clone())])
        {
            var (said, replayed) = model.Once(request.Key, request.Act);
            var text = $"{said.Status} {said.What} {said.Detail}";
            expected.Add($"{text}{(replayed ? " (replayed)" : "")}");
            if (text == told && (killAfter is not null || replayed == answer.Replayed))
            {
                after.Add(model);
            }
        }

        if (after.Count == 0)
        {
            throw new InvalidOperationException(
                $"answered {told}{(answer.Replayed ? " (replayed)" : "")} and not {string.Join(" or ", expected)}\nbefore:\n{Model.View()}"
            );
        }

        if (answer.Replayed && killAfter is null && _bytes.TryGetValue(request.Key, out var bytes) && bytes != answer.Text)
        {
            throw new InvalidOperationException($"answered the same key with other bytes:\n{bytes}\n{answer.Text}");
        }

        Saw(answer.Replayed ? "replayed" : what);
        _bytes[request.Key] = answer.Text;
        _models = Distinct(after);
        if (
            answer.Status == HttpStatusCode.Created
            && answer.Body["groupId"] is not null
            && !answer.Replayed | killAfter is not null
            && !_stays.Contains((Guid)answer.Body["id"]!)
        )
        {
            _stays.Add((Guid)answer.Body["id"]!);
        }

        return true;
    }

    private Task<Answered> SendAsync(Request request) => _world.SendAsync(request.By, request.Role, HttpMethod.Post, request.Path, request.Body, request.Key);

    private async Task<Answered> AskAndKillAsync(Request request, int milliseconds)
    {
        var asked = SendAsync(request);
        if (milliseconds > 0)
        {
            using var timer = new PeriodicTimer(TimeSpan.FromMilliseconds(milliseconds));
            await timer.WaitForNextTickAsync();
        }

        await _world.KillAsync();
        await _world.StartAsync();
        try
        {
            var answer = await asked;
            var again = await SendAsync(request);

            // What was answered and kept is answered for good.
            return again.Replayed && (again.Status, again.Text) != (answer.Status, answer.Text)
                ? throw new InvalidOperationException($"answered {answer.Text} before the end and {again.Text} after it")
                : again;
        }
        catch (HttpRequestException)
        {
            return await SendAsync(request);
        }
    }

    private void Saw(string what) => _seen[what] = _seen.GetValueOrDefault(what) + 1;

    private void Advance(TimeSpan by)
    {
        _world.Clock.Set(_world.Clock.GetUtcNow() + by);
        _models.ForEach(m => m.Now = _world.Clock.GetUtcNow());
    }

    private bool ToNextDeadline(TimeSpan before)
    {
        if (Model.NextDeadline is not { } deadline || deadline - before <= Model.Now)
        {
            return false;
        }

        Advance(deadline - before - Model.Now);
        return true;
    }
}
