using GroupTherapy.Host.Processes;
using GroupTherapy.Load.Rooms;
using GroupTherapy.Tests.Support;

namespace GroupTherapy.Load.Media;

/// <summary>Calls without browsers: what a media server carries with us and without us, and how fast people come in, are muted, come back.</summary>
internal static class MediaVerb
{
    public const string Help =
        """
        calls on two processes of Room, and on a media server alone
                       --parts rooms,enter,acts,failover --people 12 --most-rooms 6 --seconds 10 --visits 5 --few 3
        """;

    /// <summary>Rooms beside those of the ladder: one to enter, one for acts, two whose media server dies, one beside a plain one.</summary>
    public const int OtherRooms = 5;

    // Beside those who are in a room, which has as many seats; each has tickets for six visits.
    private const int Comers = 2;
    private const int MostVisits = 6;
    private static readonly TimeSpan Patient = TimeSpan.FromSeconds(60);
    private static readonly (string Name, Signal Signal)[] Deaths = [("killed", Signal.Kill), ("hangs", (Signal)19)];
    private const Signal GoOn = (Signal)18;

    public static async Task<int> RunAsync(string[] args)
    {
        MediaRunOptions options;
        try
        {
            options = MediaRunOptions.Parse(args);
        }
        catch (Exception e) when (e is ArgumentException or FormatException)
        {
            await Console.Error.WriteLineAsync(e.Message);
            return 2;
        }

        await using var stand = await MediaStand.StartAsync(options.MostRooms + OtherRooms, options.People + Comers);
        var parts = new (string Name, Func<Task> Run)[]
        {
            ("rooms", () => new RoomLadder(stand, options).RunAsync()), ("enter", () => EnterAsync(stand, options, options.MostRooms)),
            ("acts", () => ActsAsync(stand, options, options.MostRooms + 1)), ("failover", () => FailoverAsync(stand, options, options.MostRooms + 2)),
        };
        var failed = 0;
        foreach (var (name, run) in parts.Where(p => options.Parts.Contains(p.Name)))
        {
            try
            {
                await run();
            }
            catch (Exception e) when (e is TimeoutException or InvalidOperationException)
            {
                failed++;
                Print($"{name,-9} did not come to an end: {e.Message}");
            }

            await stand.EndPlayersAsync();
        }

        return failed;
    }

    /// <summary>A room whose people all send and receive.</summary>
    public static async Task<(CallPeople Players, IReadOnlyList<string> Names)> CallAsync(MediaStand stand, int room, int people)
    {
        var players = await stand.PlayersAsync();
        var everybody = Enumerable.Range(0, people).ToList();
        foreach (var person in everybody)
        {
            await players.AddAsync(room, person, everybody);
        }

        var names = everybody.Select(p => CallPeople.NameOf(room, p)).ToList();
        await players.PublishAsync(names);
        await players.SubscribeAsync(names);
        await AllFlowAsync(players, people * (people - 1) * 2);
        return (players, names);
    }

    public static Task AllFlowAsync(CallPeople players, int streams)
    {
        Packets last = new(0, 0, 0, 0);
        return Eventually.Async(
            async () => (last = await players.CountAsync()) is { Silent: 0 } p && p.Streams >= streams,
            () => $"not everybody receives everybody: {last}", Patient);
    }

    public static void Print(string text) => Console.WriteLine(text);

    // One after the other comes into a room that the others are in, each time as a page that has just been loaded.
    private static async Task EnterAsync(MediaStand stand, MediaRunOptions options, int room)
    {
        var (first, all, entered) = (new Histogram(), new Histogram(), new Histogram());
        var others = Enumerable.Range(0, options.People - 1).ToList();
        var (_, names) = await CallAsync(stand, room, options.People - 1);
        for (var visit = 0; visit < Math.Min(options.Visits, MostVisits) * Comers; visit++)
        {
            var who = options.People + visit % Comers;
            var newcomer = await stand.PlayersAsync();
            await newcomer.AddAsync(room, who, others);
            var name = CallPeople.NameOf(room, who);
            await newcomer.EnterAsync(name);
            CallTimes times = null!;
            await Eventually.Async(
                async () => (times = (await newcomer.TimesAsync([name])).Times[0]).AllAt is not null,
                () => $"the newcomer does not see everybody: {times}", Patient);
            foreach (var (histogram, at) in new[] { (entered, times.EnteredAt), (first, times.FirstAt), (all, times.AllAt) })
            {
                histogram.Add((long)((at!.Value - times.BeganAt!.Value) * 1000));
            }

            await newcomer.DisposeAsync();
        }

        Print($"enter     {first.Count} times into a room of {names.Count}: in the room after p50 {entered.Milliseconds(0.5):0} ms; first picture p50 "
            + $"{first.Milliseconds(0.5):0} p99 {first.Milliseconds(0.99):0} ms; all pictures "
            + $"p50 {all.Milliseconds(0.5):0} p99 {all.Milliseconds(0.99):0} ms");
    }

    private static async Task ActsAsync(MediaStand stand, MediaRunOptions options, int room)
    {
        var (players, names) = await CallAsync(stand, room, options.People);
        foreach (var (act, kind) in new[] { ("Mute", "audio"), ("Remove", "video") })
        {
            var (last, answered) = (new Histogram(), new Histogram());
            for (var person = 1; person < options.People - 1; person++)
            {
                var target = stand.Ours.ParticipantOf(room, person);
                var watching = names.Where((_, n) => n != person && (act == "Mute" || n == 0 || n > person)).ToList();
                object argument = act == "Mute" ? new { participantId = target, audio = true } : new { participantId = target, reason = "measured" };
                var (calledAt, answeredAt) = await players.CallAsync(names[0], act, argument);
                (double At, double Now) seen = default;
                await Eventually.Async(
                    async () => (seen = await players.LastAsync(watching, target, kind)) is var (at, now) && now - at > 500,
                    () => $"{act} never took effect", Patient);
                last.Add((long)((seen.At - calledAt) * 1000));
                answered.Add((long)((answeredAt - calledAt) * 1000));
            }

            Print($"{act.ToLowerInvariant(),-9} {last.Count} times in a room of {names.Count}: last packet at the others p50 {last.Milliseconds(0.5):0} p99 "
                + $"{last.Milliseconds(0.99):0} ms after the call; answered after p50 {answered.Milliseconds(0.5):0} ms");
        }
    }

    private static async Task FailoverAsync(MediaStand stand, MediaRunOptions options, int firstRoom)
    {
        await stand.UseOneNodeAsync(false);
        foreach (var ((death, signal), room) in Deaths.Zip([firstRoom, firstRoom + 1]))
        {
            var (players, names) = await CallAsync(stand, room, options.Few);
            await players.ForgetAsync(names);
            var node = await stand.NodeOfAsync(room);
            var (_, began) = await players.TimesAsync(names);
            node.Process.Send(signal);
            IReadOnlyList<CallTimes> times = [];
            await Eventually.Async(
                async () => (times = (await players.TimesAsync(names)).Times).All(t => t.AllAt is not null),
                () => $"not everybody came back: {string.Join(' ', times)}", Patient);
            Print($"failover  {death}, {names.Count} people: told after {times.Max(t => t.MovedAt) - began:0} ms, first picture "
                + $"{times.Min(t => t.FirstAt) - began:0} ms, everybody sees everybody after {times.Max(t => t.AllAt) - began:0} ms");
            node.Process.Send(GoOn);
            if (signal == Signal.Kill)
            {
                await node.StartAsync();
            }

            await stand.EndPlayersAsync();
        }
    }
}
