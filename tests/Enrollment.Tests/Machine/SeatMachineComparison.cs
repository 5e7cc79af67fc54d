using System.Net;
using System.Text.Json.Nodes;
using GroupTherapy.Contracts.Scheduling.V1;
using GroupTherapy.Tests.Support;

namespace GroupTherapy.Enrollment.Tests.Machine;

internal sealed partial class SeatMachine
{
    private async Task CompareAsync()
    {
        await SettledAsync();
        var view = await ViewAsync();
        var agreeing = _models.Where(m => m.View() == view).ToList();
        if (agreeing.Count == 0)
        {
            throw new InvalidOperationException($"what is to be seen is not what should be.\n{Difference(Model.View(), view)}");
        }

        var record = new List<string>();
        try
        {
            await Eventually.Async(
                async () =>
                {
                    record = await RecordAsync();
                    return agreeing.Exists(m => m.Record.Order().SequenceEqual(record));
                },
                () => "the record or the events differ"
            );
        }
        catch (TimeoutException)
        {
            throw new InvalidOperationException(
                $"the record or the events are not what they should "
                    + $"be.\n{Difference(string.Join('\n', agreeing[0].Record.Order()), string.Join('\n', record))}"
            );
        }

        _models = [.. agreeing.Where(m => m.Record.Order().SequenceEqual(record))];
    }

    /// <summary>Returns when nothing is due: what workers had to do is done.</summary>
    private async Task SettledAsync()
    {
        _models = Reachable(_models, alsoOnTheWay: false);
        await _world.SettledAsync();
    }

    private async Task<string> ViewAsync()
    {
        var lines = new List<string>();
        var mine = await Task.WhenAll(_people.Select(p => GetAsync(p, "member", "/api/me/enrollments?limit=500")));
        foreach (
            var (person, stay) in mine.SelectMany((page, p) => page["items"]!.AsArray().Select(e => (p, e!))).OrderBy(x => _stays.IndexOf((Guid)x.Item2["id"]!))
        )
        {
            var status = (string)stay["status"]!;
            lines.Add(
                SeatModel.ViewOfStay(
                    _stays.IndexOf((Guid)stay["id"]!),
                    person,
                    Array.IndexOf(_groups, (Guid)stay["groupId"]!),
                    status,
                    (DateTimeOffset?)stay["seatHeldUntil"] ?? (DateTimeOffset?)stay["offerExpiresAt"],
                    (int?)stay["waitlistPosition"],
                    (string?)stay["endReason"],
                    (DateTimeOffset?)stay["graceUntil"],
                    stay["needs"]!.AsArray().Select(n => (string)n!),
                    status == "ended" ? null : Answer(status == "enrolled" ? stay["standing"] : stay["decision"])
                )
            );
        }

        for (var g = 0; g < _groups.Length; g++)
        {
            var (waitlist, roster) = (
                GetAsync(_world.OperatorId, "operator", $"/api/groups/{_groups[g]}/waitlist?limit=500"),
                GetAsync(_world.OperatorId, "operator", $"/api/groups/{_groups[g]}/roster?limit=500")
            );
            var seats = (await _world.AskAsync<Seats>("select capacity, taken, closed from seat_groups where group_id = @id", new { id = _groups[g] }))[0];
            lines.Add(SeatModel.ViewOfGroup(g, seats.Capacity, seats.Taken, seats.Closed));
            var waiting = (await waitlist)["line"]!
                .AsArray()
                .OrderBy(w => (int)w!["position"]!)
                .Select(w => SeatModel.ViewOfWaiting(_stays.IndexOf((Guid)w!["enrollmentId"]!), (bool)w["eligible"]!, (DateTimeOffset?)w["passedUntil"]));
            var seated = (await roster)["items"]!
                .AsArray()
                .Select(r => (Id: _stays.IndexOf((Guid)r!["enrollmentId"]!), Status: (string)r["status"]!))
                .OrderBy(r => r.Id);
            lines.Add($"line g{g}: {string.Join(", ", waiting)}");
            lines.Add($"roster g{g}: {string.Join(", ", seated.Select(r => $"s{r.Id} {r.Status}"))}");
            lines.AddRange(
                (await waitlist)["log"]!
                    .AsArray()
                    .Reverse()
                    .Select(
                        (s, n) =>
                            $"log g{g} {n}: {s!["what"]}{(s["code"] is { } code ? $" {code}" : "")} "
                            + $"s{_stays.IndexOf((Guid)s["enrollmentId"]!)} by {Who((string)s["who"]!)}"
                    )
            );
            var told = _world.Events.Where(e => e.Kind == "SeatsChanged" && (Guid)e.Body["groupId"]! == _groups[g]).MaxBy(e => (long)e.Body["version"]!).Body;
            if (told is not null && ((int)told["capacity"]!, (int)told["taken"]!) != (seats.Capacity, seats.Taken))
            {
                // The news may still be on their way; when they never come, what is compared stays another.
                await Eventually.Async(
                    () =>
                        _world.Events.Where(e => e.Kind == "SeatsChanged" && (Guid)e.Body["groupId"]! == _groups[g]).MaxBy(e => (long)e.Body["version"]!).Body
                            is { } last
                        && ((int)last["capacity"]!, (int)last["taken"]!) == (seats.Capacity, seats.Taken),
                    () => $"others were not told the seats of g{g}"
                );
            }
        }

        return string.Join('\n', lines);
    }

    private async Task<List<string>> RecordAsync()
    {
        var audit = await _world.AskAsync<Entry>(
            "select act, ref from audit_entries where ref = any(@refs) and act = any(@Acts)",
            new { refs = _stays.Concat(_groups).ToArray(), Acts }
        );
        var events = _world
            .Events.Where(e => e.Kind != "SeatsChanged" && _groups.Contains((Guid)e.Body["groupId"]!))
            .Select(e =>
                e switch
                {
                    var (kind, body) => $"event {kind} s{_stays.IndexOf((Guid)body["enrollmentId"]!)} version {body["version"]} "
                        + $"{(body["outcome"] is { } outcome ? $"{LawOf((string)outcome!)}" : (string?)body["reason"])}",
                }
            );
        return
        [
            .. audit
                .Select(a => $"audit {a.Act} {(Array.IndexOf(_groups, a.Ref) is var g and >= 0 ? $"g{g}" : $"s{_stays.IndexOf(a.Ref)}")}")
                .Concat(events)
                .Order(),
        ];
    }

    private async Task<JsonNode> GetAsync(Guid by, string role, string path)
    {
        var answer = await _world.SendAsync(by, role, HttpMethod.Get, path);
        Assert.Equal(HttpStatusCode.OK, answer.Status);
        return answer.Body;
    }

    private static Law? Answer(JsonNode? decision) => decision is null ? null : LawOf((string)decision["outcome"]!);

    private static Law LawOf(string outcome) =>
        outcome switch
        {
            "deny" => Law.No,
            "hold" => Law.Unclear,
            _ => Law.Yes,
        };

    private string Who(string who) =>
        who is "service:expiry" or "service:waitlist" ? SeatModel.Worker
        : who == $"account:{_world.OperatorId}" ? "operator"
        : Array.FindIndex(_people, p => who == $"account:{p}") is var p and >= 0 ? $"p{p}"
        : who;

    /// <summary>Every state that workers can bring about, in any order of what is due.</summary>
    /// <param name="alsoOnTheWay">Not only those in which nothing is due any more.</param>
    private static List<SeatModel> Reachable(IEnumerable<SeatModel> from, bool alsoOnTheWay)
    {
        var found = new Dictionary<string, SeatModel>();
        var open = new Queue<SeatModel>(from.Select(m => m.Clone()));
        var seen = new HashSet<string>();
        while (open.TryDequeue(out var model))
        {
            if (!seen.Add(model.Signature()))
            {
                continue;
            }

            var next = model.Steps().ToList();
            if (alsoOnTheWay || next.Count == 0)
            {
                found[model.Signature()] = model;
            }

            next.ForEach(open.Enqueue);
        }

        return [.. found.Values];
    }

    private static List<SeatModel> Distinct(IEnumerable<SeatModel> models) => [.. models.DistinctBy(m => m.Signature())];

    private static string Difference(string expected, string actual)
    {
        var (should, @is) = (expected.Split('\n'), actual.Split('\n'));
        return string.Join(
            '\n',
            should
                .Except(@is)
                .Select(l => $"  missing: {l}")
                .Concat(@is.Except(should).Select(l => $"  instead: {l}"))
                .DefaultIfEmpty("  the same lines, some of them not as often")
        );
    }

    private sealed record Seats(int Capacity, int Taken, bool Closed);

    private sealed record Entry(string Act, Guid Ref);
}
