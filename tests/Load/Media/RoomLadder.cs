using System.Diagnostics;
using System.Globalization;
using System.Net.Http.Json;
using GroupTherapy.Load.Rooms;

namespace GroupTherapy.Load.Media;

/// <summary>Rooms are added on one media server until packets are lost: first ours, then the same rooms on a media server that we do not touch.</summary>
internal sealed class RoomLadder(MediaStand stand, MediaRunOptions options)
{
    private const double LossThatCounts = 0.005;
    private const int Windows = 5;

    private sealed record Step(double PacketsPerSecond, double Loss, double Server, double Control, double Players, double Machine, int Streams)
    {
        public double MicrosecondsPerPacket => (Server + Control) / PacketsPerSecond * 1e6;
    }

    private sealed record Side(string Name, int Server, IReadOnlyList<int> Control, Func<int, Task<CallPeople>> AddAsync)
    {
        public List<CallPeople> Players { get; } = [];

        public double[] Cpu() => [Machine.Cpu([Server]), Machine.Cpu(Control), Machine.Cpu(Players.Select(p => p.Pid)), Machine.AllCpu()];

        public async Task<Packets> CountAsync() => (await Task.WhenAll(Players.Select(p => p.CountAsync()))).Aggregate((a, b) => a + b);
    }

    public async Task RunAsync()
    {
        await stand.UseOneNodeAsync(true);
        MediaVerb.Print($"rooms of {options.People} on one media server; CPU in percent of one core; a subscription is one sound or one picture to one person");
        await BesideAsync();
        await ClimbAsync(Ours());
        await ClimbAsync(Plain());
    }

    private Side Ours() =>
        new(
            "ours",
            stand.Nodes[0].Process.Pid,
            [.. stand.Ours.Processes.Select(p => p.Pid)],
            async room => (await MediaVerb.CallAsync(stand, room, options.People)).Players
        );

    private Side Plain() => new("plain", stand.Plain.Process.Pid, [], PlainRoomAsync);

    /// <summary>One room of each side in the same windows: only so does the machine treat both alike, and the ratio say what our control costs.</summary>
    private async Task BesideAsync()
    {
        Side[] sides = [Ours(), Plain()];
        var idle = await IdleAsync(sides[0].Control);
        foreach (var side in sides)
        {
            side.Players.Add(await side.AddAsync(options.MostRooms + MediaVerb.OtherRooms - 1));
        }

        List<(Step Ours, Step Plain)> windows = [];
        for (var window = 0; window < Windows; window++)
        {
            var steps = await MeasureAsync(sides);
            windows.Add((steps[0], steps[1]));
            MediaVerb.Print(
                $"beside    window {window + 1}: us per packet ours {steps[0].MicrosecondsPerPacket:0.0} (media server {steps[0].Server:0.0%}, "
                    + $"Room {steps[0].Control:0.0%}), plain {steps[1].MicrosecondsPerPacket:0.0} ({steps[1].Server:0.0%})"
            );
        }

        await stand.EndPlayersAsync();
        double Cost(Func<Step, double> control) =>
            windows
                .Select(w => ((w.Ours with { Control = control(w.Ours) }).MicrosecondsPerPacket / w.Plain.MicrosecondsPerPacket - 1) * 100)
                .Order()
                .ElementAt(Windows / 2);
        MediaVerb.Print(
            string.Create(
                CultureInfo.InvariantCulture,
                $"beside    ours costs {Cost(_ => 0):+0.0;-0.0} % at the media server, {Cost(s => Math.Max(0, s.Control - idle)):+0.0;-0.0} % with what the "
                    + $"call adds to Room, {Cost(s => s.Control):+0.0;-0.0} % with all that two processes of Room use ({idle:0.0%} without a call); "
                    + $"medians of {Windows}"
            )
        );
    }

    // What the processes of Room use without a call, as a share of one core: they are there for chat alone too.
    private async Task<double> IdleAsync(IReadOnlyList<int> control)
    {
        var (began, before) = (Stopwatch.GetTimestamp(), Machine.Cpu(control));
        await Task.Delay(TimeSpan.FromSeconds(options.Seconds * 3), TimeProvider.System);
        return (Machine.Cpu(control) - before) / Stopwatch.GetElapsedTime(began).TotalSeconds;
    }

    private async Task ClimbAsync(Side side)
    {
        for (var room = 0; room < options.MostRooms; room++)
        {
            side.Players.Add(await side.AddAsync(room));
            var step = (await MeasureAsync(side))[0];
            MediaVerb.Print(
                $"rooms     {side.Name,-5} {room + 1} x {options.People}: {step.PacketsPerSecond,6:0} packets/s, {step.Loss:0.00%} lost; "
                    + $"media server {step.Server:0.0%}, Room {step.Control:0.0%}; {step.MicrosecondsPerPacket:0.0} us per packet, "
                    + $"{(step.Server + step.Control) / step.Streams:0.000%} per subscription of {step.Streams}; "
                    + $"players {step.Players:0%}, machine {step.Machine:0%}"
            );
            if (step.Loss > LossThatCounts)
            {
                break;
            }
        }

        await stand.EndPlayersAsync();
    }

    private async Task<Step[]> MeasureAsync(params Side[] sides)
    {
        await Task.Delay(TimeSpan.FromSeconds(2), TimeProvider.System);
        await Task.WhenAll(sides.Select(s => s.CountAsync()));
        var (began, before) = (Stopwatch.GetTimestamp(), sides.Select(s => s.Cpu()).ToList());
        await Task.Delay(TimeSpan.FromSeconds(options.Seconds), TimeProvider.System);
        var (after, seconds) = (sides.Select(s => s.Cpu()).ToList(), Stopwatch.GetElapsedTime(began).TotalSeconds);
        var counted = await Task.WhenAll(sides.Select(s => s.CountAsync()));
        return [.. sides.Select((_, n) => StepOf(n))];

        Step StepOf(int side)
        {
            double Share(int n) => (after[side][n] - before[side][n]) / seconds;
            var packets = counted[side];
            return new Step(
                packets.Received / seconds,
                (double)packets.Lost / Math.Max(1, packets.Received + packets.Lost),
                Share(0),
                Share(1),
                Share(2),
                Share(3),
                packets.Streams
            );
        }
    }

    private async Task<CallPeople> PlainRoomAsync(int room)
    {
        var (node, name) = (stand.Plain.Endpoint, $"plain-{room}");
        using var http = new HttpClient();
        // The same room as ours, without its rules.
        using var made = await http.PostAsJsonAsync(
            node.Admin,
            new
            {
                janus = "message_plugin",
                transaction = name,
                admin_secret = node.Options.Secrets.Admin,
                plugin = "janus.plugin.videoroom",
                request = new
                {
                    request = "create",
                    admin_key = node.Options.Secrets.Room,
                    room = name,
                    publishers = options.People,
                    bitrate = 800_000,
                    require_pvtid = true,
                    audiocodec = "opus",
                    videocodec = "vp8",
                    opus_fec = true,
                    opus_dtx = true,
                    fir_freq = 0,
                    audiolevel_event = true,
                    audio_active_packets = 25,
                    audio_level_average = 45,
                    notify_joining = false,
                },
            }
        );
        made.EnsureSuccessStatusCode();
        var players = await stand.PlayersAsync();
        await players.ConnectPlainAsync(node);
        await players.AddPlainAsync(name, options.People);
        var names = Enumerable.Range(0, options.People).Select(p => $"{name}/{p}").ToList();
        await players.PublishAsync(names);
        await players.SubscribeAsync(names);
        await MediaVerb.AllFlowAsync(players, options.People * (options.People - 1) * 2);
        return players;
    }
}
