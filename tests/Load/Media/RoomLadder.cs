using System.Diagnostics;
using System.Globalization;
using System.Net.Http.Json;
using GroupTherapy.Load.Rooms;

namespace GroupTherapy.Load.Media;

/// <summary>Rooms are added on one media server until packets are lost: first ours, then the same rooms on a media server that we do not touch.</summary>
internal sealed class RoomLadder(MediaStand stand, MediaRunOptions options)
{
    private const double LossThatCounts = 0.005;
    private readonly Dictionary<int, double> _costOfOurs = [];

    private sealed record Step(double PacketsPerSecond, double Loss, double Server, double Control, double Players, double Machine, int Streams)
    {
        public double MicrosecondsPerPacket => (Server + Control) / PacketsPerSecond * 1e6;
    }

    public async Task RunAsync()
    {
        await stand.UseOneNodeAsync(true);
        MediaVerb.Print($"rooms of {options.People} on one media server; CPU in percent of one core; a subscription is one sound or one picture to one person");
        await ClimbAsync("ours", stand.Nodes[0].Process.Pid, [.. stand.Ours.Processes.Select(p => p.Pid)],
            async room => (await MediaVerb.CallAsync(stand, room, options.People)).Players);
        await ClimbAsync("plain", stand.Plain.Process.Pid, [], PlainRoomAsync);
    }

    private async Task ClimbAsync(string side, int server, IReadOnlyList<int> control, Func<int, Task<CallPeople>> addAsync)
    {
        List<CallPeople> players = [];
        for (var room = 0; room < options.MostRooms; room++)
        {
            players.Add(await addAsync(room));
            var step = await MeasureAsync(players, server, control);
            var beside = "";
            if (side == "ours")
            {
                _costOfOurs[room] = step.MicrosecondsPerPacket;
            }
            else if (_costOfOurs.TryGetValue(room, out var ours))
            {
                beside = $"; ours costs {((ours / step.MicrosecondsPerPacket - 1) * 100).ToString("+0.0;-0.0", CultureInfo.InvariantCulture)} %";
            }

            MediaVerb.Print($"rooms     {side,-5} {room + 1} x {options.People}: {step.PacketsPerSecond,6:0} packets/s, {step.Loss:0.00%} lost; "
                + $"media server {step.Server:0.0%}, Room {step.Control:0.0%}; {step.MicrosecondsPerPacket:0.0} us per packet, "
                + $"{(step.Server + step.Control) / step.Streams:0.000%} per subscription of {step.Streams}; "
                + $"players {step.Players:0%}, machine {step.Machine:0%}{beside}");
            if (step.Loss > LossThatCounts)
            {
                break;
            }
        }

        await stand.EndPlayersAsync();
    }

    private async Task<Step> MeasureAsync(IReadOnlyList<CallPeople> players, int server, IReadOnlyList<int> control)
    {
        async Task<Packets> CountAsync() => (await Task.WhenAll(players.Select(p => p.CountAsync()))).Aggregate((a, b) => a + b);
        double[] Cpu() => [Machine.Cpu([server]), Machine.Cpu(control), Machine.Cpu(players.Select(p => p.Pid)), Machine.AllCpu()];
        await Task.Delay(TimeSpan.FromSeconds(2), TimeProvider.System);
        await CountAsync();
        var (began, before) = (Stopwatch.GetTimestamp(), Cpu());
        await Task.Delay(TimeSpan.FromSeconds(options.Seconds), TimeProvider.System);
        var (after, seconds, counted) = (Cpu(), Stopwatch.GetElapsedTime(began).TotalSeconds, await CountAsync());
        double Share(int n) => (after[n] - before[n]) / seconds;
        return new Step(
            counted.Received / seconds, (double)counted.Lost / Math.Max(1, counted.Received + counted.Lost),
            Share(0), Share(1), Share(2), Share(3), counted.Streams);
    }

    private async Task<CallPeople> PlainRoomAsync(int room)
    {
        var (node, name) = (stand.Plain.Endpoint, $"plain-{room}");
        using var http = new HttpClient();
        // The same room as ours, without its rules.
        using var made = await http.PostAsJsonAsync(node.Admin, new
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
        });
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
