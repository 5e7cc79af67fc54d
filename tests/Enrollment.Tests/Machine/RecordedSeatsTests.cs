using System.Net.Http.Json;
using System.Text.Json.Nodes;
using GroupTherapy.Contracts.Scheduling.V1;
using GroupTherapy.History;
using GroupTherapy.Tests.Support;

namespace GroupTherapy.Enrollment.Tests.Machine;

/// <summary>A crowd at the doors of two processes, recorded and judged by <c>tests/tools/check_history.py</c>.</summary>
[Collection(ApartWorld.OneAtATime)]
public sealed class RecordedSeatsTests
{
    private const int Seats = 4;
    private const int Members = 14;
    private const int HoldSeconds = 3;

    [Fact]
    public async Task A_crowd_at_two_processes_under_changing_capacities_lapsing_offers_and_a_kill_is_judged_clean_and_planted_faults_are_found()
    {
        await using var world = new ApartWorld();
        await world.InitializeAsync();
        await world.KillAsync();
        (world.Settings["Times:SeatHold"], world.Settings["Times:Offer"]) = ($"{HoldSeconds}", $"{HoldSeconds}");
        world.Clock.Set(TimeProvider.System.GetUtcNow());
        world.Clock.Run();
        await world.StartAsync();
        await using var second = await InProcess.StartAsync(
            "enrollment",
            adjust => EnrollmentApp.Build([], adjust),
            world.Runtime,
            world.Clock,
            world.Settings.Select(s => KeyValuePair.Create(s.Key, (string?)s.Value))
        );
        var (groups, versions) = (new[] { Guid.CreateVersion7(), Guid.CreateVersion7() }, new Dictionary<Guid, long>());
        foreach (var group in groups)
        {
            await world.DeliverAsync(new GroupOpened(world.Group(group, Seats), world.Clock.GetUtcNow()), Guid.CreateVersion7());
        }

        var members = new List<Asks>();
        for (var m = 0; m < Members; m++)
        {
            var id = await world.MemberAsync();
            members.Add(m % 2 == 0 ? AskFirst(world, id, "member") : AskSecond(second.As(id, "member")));
        }

        using var history = HistoryFile.Start("seats", new { seat_grace_ms = 60_000 });
        await using (
            var crowd = SeatCrowd.Of(
                history,
                4711,
                AskFirst(world, world.OperatorId, "operator"),
                ChangeAsync,
                groups,
                members,
                Seats,
                TimeSpan.FromSeconds(HoldSeconds)
            )
        )
        {
            crowd.Begin(new Random(4711));
            await OfferedAsync(8);
            history.Add(
                "fault",
                new
                {
                    id = "kill",
                    kind = "kill -9",
                    target = "enrollment 1",
                }
            );
            await world.KillAsync();
            await world.StartAsync();
            await OfferedAsync(16);
            await crowd.EndAsync();
        }

        history.Dispose();
        var verdict = await Judge.CheckAsync(history.Path, "seats,waitlist");
        Assert.True(verdict.Exit == 0, $"The judge dislikes {history.Path}: {verdict.Report.ToJsonString()}");

        // The judge sees it when it is so.
        var lines = (await File.ReadAllLinesAsync(history.Path)).Select(l => JsonNode.Parse(l)!).ToList();
        await FoundAsync("S1_oversold", l => Kind(l) == "group" ? With(l, "capacity", 1) : l);
        await FoundAsync("S2_double_seat", l => l["user"] is not null ? With(l, "user", "one and the same") : l);
        var confirmed = lines.Last(l => Kind(l) == "final_seats" && l["held"]!.AsArray().Any(h => (string)h!["state"]! == "confirmed"));
        await FoundAsync("S6_lost_booking", l => l == confirmed ? With(l, "held", new JsonArray()) : l);
        var (earlier, later) = TwoInLine(lines);
        await FoundAsync(
            "S5_waitlist_order",
            l =>
                Kind(l) != "offer" ? l
                : (string)l["wid"]! == earlier ? With(l, "wid", later)
                : (string)l["wid"]! == later ? With(l, "wid", earlier)
                : l
        );
        File.Delete(history.Path);

        Task ChangeAsync(Guid group, int capacity) =>
            world.PublishAsync(
                new GroupChanged(world.Group(group, capacity, versions[group] = versions.GetValueOrDefault(group, 1) + 1), world.Clock.GetUtcNow()),
                Guid.CreateVersion7()
            );

        Task OfferedAsync(int offers) =>
            Eventually.Async(
                () => world.Events.Count(e => e.Kind == "WaitlistOffered") >= offers,
                () => $"{offers} seats were not offered to the line",
                TimeSpan.FromSeconds(90)
            );

        async Task FoundAsync(string violation, Func<JsonNode, JsonNode> plant)
        {
            var path = $"{history.Path}.planted";
            await File.WriteAllLinesAsync(path, lines.Select(l => plant(l).ToJsonString()));
            Assert.Contains(violation, (await Judge.CheckAsync(path, "seats,waitlist")).Violations);
            File.Delete(path);
        }
    }

    private static string Kind(JsonNode line) => (string)line["e"]!;

    private static JsonNode With(JsonNode line, string name, JsonNode value)
    {
        var copy = line.DeepClone();
        copy[name] = value;
        return copy;
    }

    /// <summary>Two who waited in one line, the second asking after the first was told, and were offered seats at different times.</summary>
    private static (string Earlier, string Later) TwoInLine(List<JsonNode> lines)
    {
        double At(string kind, string wid) => (double)lines.First(l => Kind(l) == kind && (string)l["wid"]! == wid)["t"]!;
        var offered = lines.Where(l => Kind(l) == "offer").Select(l => (string)l["wid"]!).ToHashSet();
        var waits = lines
            .Where(l => Kind(l) == "wait" && offered.Contains((string)l["wid"]!))
            .Select(l => (Wid: (string)l["wid"]!, Group: (string)l["group"]!))
            .ToList();
        return (
            from a in waits
            from b in waits
            where
                a.Group == b.Group
                && At("wait_ok", a.Wid) < At("wait", b.Wid)
                && At("wait_ok", b.Wid) < At("offer", a.Wid)
                && At("offer", a.Wid) + 100 < At("offer", b.Wid)
            select (a.Wid, b.Wid)
        ).First();
    }

    private static Asks AskFirst(ApartWorld world, Guid id, string role) =>
        async (method, path, body, key) =>
        {
            try
            {
                var answer = await world.SendAsync(id, role, method, path, body, key);
                return new Answer(answer.Status, answer.Body);
            }
            catch (HttpRequestException)
            {
                return default;
            }
        };

    private static Asks AskSecond(HttpClient http) =>
        async (method, path, body, key) =>
        {
            using var request = new HttpRequestMessage(method, path) { Content = body is null ? null : JsonContent.Create(body) };
            if (key is not null)
            {
                request.Headers.Add("Idempotency-Key", key);
            }

            using var response = await http.SendAsync(request);
            return new Answer(response.StatusCode, JsonNode.Parse(await response.Content.ReadAsStringAsync()));
        };
}
