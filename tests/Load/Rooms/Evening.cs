using System.Diagnostics;
using GroupTherapy.Host.Processes;
using GroupTherapy.Tests.Support;
using Npgsql;

namespace GroupTherapy.Load.Rooms;

/// <summary>One side with everybody in their seats.</summary>
internal sealed class Table(ISide side, Crowd crowd, Dictionary<(int Room, int Person), Line> seats)
{
    public ISide Side => side;

    public Crowd Crowd => crowd;

    public Dictionary<(int Room, int Person), Line> Seats => seats;

    public double ServerCpu() => Machine.Cpu(side.Processes.Select(p => p.Pid));

    public double FrontCpu() => Machine.Cpu(side.Front.Select(p => p.Pid));

    public IEnumerable<ProcessRef> All => side.Processes.Concat(side.Front);
}

/// <summary>The engines, the sides, and the parts of the evening.</summary>
internal sealed class Evening : IAsyncDisposable
{
    private readonly EveningOptions _options;
    private readonly OwnEngine<NpgsqlConnectionStringBuilder> _postgres;
    private readonly List<Table> _tables = [];
    private readonly Dictionary<string, double> _capacity = [];
    private readonly Loop _loop = new();
    private int _seed;

    private Evening(EveningOptions options, OwnEngine<NpgsqlConnectionStringBuilder> postgres)
    {
        (_options, _postgres, _seed) = (options, postgres, options.Seed);
        Report = new Report(options.Rows);
    }

    public Report Report { get; }

    public static async Task<Evening> StartAsync(EveningOptions options)
    {
        Report.Progress("starting engines and servers");
        var postgres = await Engines.OwnPostgresAsync(options.Durable);
        var (redis, evening, sides) = (await Engines.RedisAsync(), new Evening(options, postgres), new List<ISide>());
        foreach (var name in options.Sides)
        {
            // Extra rooms at the end are for the idle part.
            var rooms = options.Rooms + (options.Parts.Contains("idle") ? options.Idle / options.People : 0);
            sides.Add(name is "ours" or "ours-unstored"
                ? await OurSide.StartAsync(postgres.Endpoint, redis, await Engines.RabbitAsync(), rooms, options.People, stores: name == "ours",
                    sides.OfType<OurSide>().FirstOrDefault(), options.ThroughGateway && name == "ours" ? options.Gateway ?? FrontDoor.OwnProgram : null)
                : await PlainSide.StartAsync(postgres.Endpoint, redis, store: name == "plain"));
        }

        // From the first connection on the loop is served without a pause: who does not answer pings is cut.
        sides.ForEach(evening.Seat);
        return evening;
    }

    /// <summary>Resident memory per connection that joined and says nothing.</summary>
    public Task IdleAsync()
    {
        foreach (var table in _tables)
        {
            var (before, front, cpu, all) = (table.Side.Processes.Sum(p => Machine.ResidentKiB(p.Pid)), table.Side.Front.Sum(p => Machine.ResidentKiB(p.Pid)),
                Machine.Cpu(table.All.Select(p => p.Pid)), Machine.AllCpu());
            var lines = Enumerable.Range(0, _options.Idle / _options.People * _options.People)
                .Select(n => new Line(table.Crowd, SeatOf(_options.Rooms + n / _options.People, n % _options.People))).ToList();
            var took = table.Crowd.Connect(lines);
            (cpu, all) = (Machine.Cpu(table.All.Select(p => p.Pid)) - cpu, Machine.AllCpu() - all);
            // What the joining itself used is not what staying uses.
            _loop.Serve(TimeSpan.FromSeconds(15));
            var after = table.Side.Processes.Sum(p => Machine.ResidentKiB(p.Pid));
            front = table.Side.Front.Sum(p => Machine.ResidentKiB(p.Pid)) - front;
            Report.Line($"idle          {table.Side.Name,-16} {(after - before) / lines.Count:0.0} KiB per "
                + $"connection{(table.Side.Front.Count > 0 ? $" + gateway {front / lines.Count:0.0}" : "")} ({lines.Count} connections, "
                + $"{lines.Count / took.TotalSeconds:0} joins/s, {cpu / lines.Count * 1000:0.00} ms of server CPU and {all / lines.Count * 1000:0.00} ms of "
                + $"the machine's each)");
            foreach (var line in lines)
            {
                line.Close();
            }

            _loop.Serve(TimeSpan.FromSeconds(2));
        }

        return Task.CompletedTask;
    }

    /// <summary>Both sides under the same load that both carry.</summary>
    public Task EqualAsync()
    {
        foreach (var rate in _options.EqualRates)
        {
            var windows = Rounds("equal", rate);
            foreach (var table in _tables)
            {
                var mine = windows.Where(w => w.Side == table.Side.Name).ToList();
                Report.Line($"equal load    {table.Side.Name,-16} {rate:0}/s: {Cpu(mine)} CPU-s per 1,000 deliveries, p50 {Median(mine, w => w.P50):0.0} ms, "
                    + $"p99 {Median(mine, w => w.P99):0.0} ms, out of order {mine.Sum(w => w.OutOfOrder)}");
            }
        }

        return Task.CompletedTask;
    }

    /// <summary>The highest rate that most windows sustain, side by side.</summary>
    public Task CapacityAsync()
    {
        var beaten = new HashSet<string>();
        foreach (var rate in _options.Rates)
        {
            var windows = Rounds("capacity", rate, beaten);
            foreach (var side in windows.GroupBy(w => w.Side))
            {
                if (side.Count(w => w.IsSustained) * 2 > side.Count())
                {
                    _capacity[side.Key] = rate;
                    Report.Line($"sustained     {side.Key,-16} {rate:0}/s: p99 {Median(side, w => w.P99):0.0} ms, {Cpu(side)} CPU-s per 1,000, out of order "
                        + $"{side.Sum(w => w.OutOfOrder) * 100.0 / side.Sum(w => w.Deliveries):0.00} %, gaps {side.Sum(w => w.Gaps)}");
                }
                else
                {
                    Report.Line($"not sustained {side.Key,-16} {rate:0}/s: p99 {Median(side, w => w.P99):0.0} ms, {Cpu(side)} CPU-s per 1,000, delivered "
                        + $"{Median(side, w => w.DeliveredShare) * 100:0} %, void {side.Count(w => w.IsVoid)} of {side.Count()}");
                    beaten.Add(side.Key);
                }
            }

            if (beaten.Count == _tables.Count)
            {
                break;
            }
        }

        return Task.CompletedTask;
    }

    /// <summary>A quiet tenth of capacity, beside what the disk itself takes in the same minute.</summary>
    public Task AcknowledgementAsync()
    {
        foreach (var table in _tables)
        {
            var rate = _capacity.GetValueOrDefault(table.Side.Name, _options.Rates[0] * 10) / 10;
            var bare = Machine.BareSync(Engines.Folder("sync"), TimeSpan.FromSeconds(2));
            var window = RunWindow("ack", table, rate);
            Report.Line($"ack           {table.Side.Name,-16} {rate:0}/s: p50 {window.AckP50:0.00} ms, p99 {window.AckP99:0.00} ms; bare fdatasync p50 "
                + $"{bare.Milliseconds(0.5):0.00}, p99 {bare.Milliseconds(0.99):0.00}");
        }

        return Task.CompletedTask;
    }

    /// <summary>One of twelve stops reading in every room; what the others feel.</summary>
    public Task SlowReaderAsync()
    {
        foreach (var table in _tables)
        {
            var rate = _options.Rates[0];
            table.Crowd.CountsFor = line => line.Seat.Person != _options.People - 1;
            var calm = RunWindow("slow-before", table, rate);
            var slow = table.Seats.Where(s => s.Key.Person == _options.People - 1).Select(s => s.Value).ToList();
            var before = table.Side.Processes.Sum(p => Machine.ResidentKiB(p.Pid));
            // The paused ones still write in this workload; their posts are left to the others.
            slow.ForEach(l => l.Pause());
            var traffic = new Traffic(rate * (_options.People - 1) / _options.People, _options.Rooms, _options.People - 1, WarmUp, Length, _seed++);
            var window = table.Crowd.Run(traffic, table.Seats, table.ServerCpu, table.FrontCpu, () => 0);
            var after = table.Side.Processes.Sum(p => Machine.ResidentKiB(p.Pid));
            Report.Row("slow", window);
            Report.Line($"slow reader   {table.Side.Name,-16} p99 of the others {calm.P99:0.0} ms before, {window.P99:0.0} ms beside it; server memory "
                + $"{(after - before) / 1024:+0.0;-0.0} MiB");
            table.Crowd.ExpectsLoss = true;
            slow.ForEach(l => l.Continue());
            table.Crowd.CountsFor = static _ => true;
            _loop.Serve(TimeSpan.FromSeconds(2));
            Replace(table, table.Crowd.Gone.ToList());
            table.Crowd.ExpectsLoss = false;
        }

        return Task.CompletedTask;
    }

    /// <summary>One process is killed under load; its people come back to the other at once with their cursors.</summary>
    public Task StormAsync()
    {
        foreach (var table in _tables)
        {
            RunWindow("storm-before", table, _options.Rates[0]);
            table.Crowd.Gone.Clear();
            table.Crowd.ExpectsLoss = true;
            table.Side.Processes[0].Send(Signal.Kill);
            var victims = table.Seats.Count(s => table.Side.NodeOf(s.Value.Seat) == 0);
            table.Crowd.Until(() => table.Crowd.Gone.Count >= victims, TimeSpan.FromSeconds(10), "the killed process kept connections");
            var began = Stopwatch.GetTimestamp();
            var back = Replace(table, table.Crowd.Gone.ToList(), node: 1, atOnce: victims);
            var times = back.Select(l => Stopwatch.GetElapsedTime(began, l.InAt).TotalMilliseconds).Order().ToList();
            Report.Line($"storm         {table.Side.Name,-16} {times.Count} people back: median {times[times.Count / 2]:0} ms, last {times[^1]:0} ms; gaps "
                + $"{table.Crowd.Gaps}");
            table.Crowd.ExpectsLoss = false;
        }

        return Task.CompletedTask;
    }

    /// <summary>The gateway is told to end and started again; everybody comes back at once, as soon as it listens, with what they have seen.</summary>
    public Task RestartAsync()
    {
        foreach (var table in _tables.Where(t => t.Side is OurSide { Door: not null }))
        {
            var door = ((OurSide)table.Side).Door!;
            RunWindow("restart-before", table, _options.Rates[0]);
            table.Crowd.Gone.Clear();
            table.Crowd.ExpectsLoss = true;
            var began = Stopwatch.GetTimestamp();
            door.End();
            _loop.Until(() => table.Crowd.Gone.Count >= table.Seats.Count || door.IsGone, TimeSpan.FromSeconds(40));
            var ended = Stopwatch.GetElapsedTime(began).TotalMilliseconds;
            door.Start();
            var (held, ready) = (table.Seats.Count - table.Crowd.Gone.Count, Task.Run(door.ReadyAsync));
            _loop.Until(() => ready.IsCompleted, TimeSpan.FromSeconds(60));
            var listens = Stopwatch.GetElapsedTime(began).TotalMilliseconds;
            var back = Replace(table, table.Crowd.Gone.ToList(), atOnce: table.Seats.Count);
            var last = back.Count == 0 ? 0 : back.Max(l => Stopwatch.GetElapsedTime(began, l.InAt).TotalMilliseconds);
            Report.Line($"restart       {table.Side.Name,-16} {back.Count} people cut, {held} never; gateway gone after {ended:0} ms, ready again after "
                + $"{listens:0} ms, last back in order after {last:0} ms; gaps {table.Crowd.Gaps}");
            table.Crowd.ExpectsLoss = false;
            RunWindow("restart-after", table, _options.Rates[0]);
        }

        return Task.CompletedTask;
    }

    /// <summary>
    /// From the tap on "join" to the hub's answer: a usual start of sessions, and a thousand people within one second. Ours alone; the plain hub has no
    /// such door.
    /// </summary>
    public async Task JoinAsync()
    {
        foreach (var table in _tables.Where(t => t.Side is OurSide))
        {
            foreach (var (count, perSecond) in new[] { (504, 50.0), (504, 50.0), (1008, 1008.0) })
            {
                using var joins = new Joins();
                var visitors = await ((OurSide)table.Side).VisitorsAsync(count);
                var joining = joins.RunAsync(visitors, perSecond, _seed++);
                _loop.Until(() => joining.IsCompleted, TimeSpan.FromMinutes(2));
                var (p50, p99, longest, refused, error) = await joining;
                Report.Line($"join          {table.Side.Name,-16} {count} people, {perSecond:0} a second: p50 {p50:0.0} ms, p99 {p99:0.0} ms, longest "
                    + $"{longest:0} ms; refused {refused} {error}");
            }
        }
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var table in _tables)
        {
            foreach (var process in table.All)
            {
                process.Send(Signal.Kill);
            }
        }

        _loop.Dispose();
        await _postgres.DisposeAsync();
    }

    private TimeSpan WarmUp => TimeSpan.FromSeconds(_options.WarmUp);

    private TimeSpan Length => TimeSpan.FromSeconds(_options.Seconds);

    private Seat SeatOf(int room, int person) => new(room, person, (_options.Together ? room : person) % 2);

    private void Seat(ISide side)
    {
        var crowd = new Crowd(side, _loop);
        var lines = Enumerable.Range(0, _options.Rooms * _options.People).Select(n => new Line(crowd, SeatOf(n / _options.People, n % _options.People)))
            .ToList();
        var took = crowd.Connect(lines);
        Report.Line($"seated        {side.Name,-16} {lines.Count} people in {took.TotalSeconds:0.0} s");
        _tables.Add(new Table(side, crowd, lines.ToDictionary(l => (l.Seat.Room, l.Seat.Person))));
    }

    private static List<Line> Replace(Table table, List<Line> gone, int? node = null, int atOnce = 64)
    {
        table.Crowd.Gone.Clear();
        var back = gone.Where(l => table.Seats.GetValueOrDefault((l.Seat.Room, l.Seat.Person)) == l)
            .Select(l => l.Again(l.Seat with { Node = node ?? l.Seat.Node })).ToList();
        foreach (var line in back)
        {
            table.Seats[(line.Seat.Room, line.Seat.Person)] = line;
        }

        table.Crowd.Connect(back, atOnce);
        return back;
    }

    private List<Window> Rounds(string part, double rate, HashSet<string>? without = null)
    {
        var windows = new List<Window>();
        for (var n = 0; n < _options.Windows; n++)
        {
            foreach (var table in _tables.Where(t => without?.Contains(t.Side.Name) != true))
            {
                windows.Add(RunWindow(part, table, rate));
            }
        }

        return windows;
    }

    private Window RunWindow(string part, Table table, double rate)
    {
        var traffic = new Traffic(rate, _options.Rooms, _options.People, WarmUp, Length, _seed++);
        int[] ours = [Environment.ProcessId, .. _tables.SelectMany(t => t.All).Select(p => p.Pid), .. Machine.WithChildren(_postgres.Process.Pid)];
        var window = table.Crowd.Run(traffic, table.Seats, table.ServerCpu, table.FrontCpu, () => Machine.AllCpu() - Machine.Cpu(ours));
        Report.Row(part, window);
        return window;
    }

    private static string Cpu(IEnumerable<Window> windows)
    {
        var (room, front) = (Median(windows, w => w.CpuPerThousand), Median(windows, w => w.FrontPerThousand));
        return front > 0 ? $"{room:0.000} + gateway {front:0.000} = {room + front:0.000}" : $"{room:0.000}";
    }

    private static double Median(IEnumerable<Window> windows, Func<Window, double> of)
    {
        var sorted = windows.Select(of).Order().ToList();
        return sorted[sorted.Count / 2];
    }
}
