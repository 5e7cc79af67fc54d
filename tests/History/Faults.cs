using System.Net.Sockets;
using System.Text;
using GroupTherapy.Tests.Support;

namespace GroupTherapy.History;

/// <summary>The faults of an evening.</summary>
/// <param name="Site">Whose processes are killed.</param>
/// <param name="LeadProxy">Stands between some leads and the gateway.</param>
public sealed record FaultGround(Site Site, HistoryFile History, IReadOnlyList<Party> Parties, FaultProxy LeadProxy, IReadOnlyList<BusTap> Taps, Random Random)
{
    /// <summary>A room with the most members: who is removed from it leaves enough to talk.</summary>
    public Party Fullest() => Parties.MaxBy(p => p.Members.Count)!;
}

/// <summary>One way in which things go wrong. <c>Mark</c> is called at the instant of the blow.</summary>
public sealed record Fault(string Kind, string Target, Func<FaultGround, Action, int, Task> StrikeAsync);

/// <summary>The faults that a deployment must survive; each may strike again and again.</summary>
public static class Faults
{
    /// <summary>A room node's lease is 15 s.</summary>
    private static readonly TimeSpan BeyondLease = TimeSpan.FromSeconds(17);

    public static IReadOnlyList<Fault> All { get; } =
    [
        Kill("room-node", "room", g => g.Random.Next(1, 3), withRemoval: true),
        Kill("postgres", "postgres", _ => 1, withRemoval: true),
        Kill("redis", "redis", _ => 1, withRemoval: true),
        Kill("rabbitmq", "rabbitmq", _ => 1),
        Kill("enrollment", "enrollment", g => g.Random.Next(1, 3)),
        new(
            "redis-flushall",
            "redis",
            async (g, mark, _) =>
            {
                mark();
                await FlushAsync(g.Site);
            }
        ),
        new("redis-stopped", "redis", async (g, mark, _) => await StopAsync(g, mark, "redis", 1, TimeSpan.FromSeconds(g.Random.Next(4, 9)))),
        // Longer than a heartbeat of AMQP and than a seat is held: connections that nobody closed, and news that is overtaken before it is told.
        new(
            "rabbitmq-stopped",
            "rabbitmq",
            async (g, mark, _) =>
                await StopAsync(g, mark, "rabbitmq", 1, TimeSpan.FromSeconds(g.Random.Next(FaultEvening.SeatHold + 1, FaultEvening.SeatHold + 5)))
        ),
        // A member is removed while the node that may serve them sleeps: when it wakes it must not deliver what it holds for them.
        new(
            "room-node-stopped",
            "room",
            async (g, mark, run) => await StopAsync(g, mark, "room", 1 + run % 2, BeyondLease, meanwhile: run < 2 ? g.Fullest().RemoveOneAsync : null)
        ),
        new("facilitator-blackholed", "gateway", BlackholeAsync),
        new(
            "bus-repeated",
            "rabbitmq",
            async (g, mark, run) =>
            {
                if (run == 0)
                {
                    await Task.WhenAll(g.Parties.Select(p => p.LeaveGroupAsync()));
                }

                mark();
                foreach (var tap in g.Taps)
                {
                    await tap.RepeatAsync(g.Random);
                }
            }
        ),
    ];

    private static Fault Kill(string kind, string process, Func<FaultGround, int> instance, bool withRemoval = false) =>
        new(
            $"{kind}-killed",
            process,
            async (g, mark, run) =>
            {
                var which = instance(g);
                var pid = await g.Site.PidAsync(process, which);
                if (withRemoval && run == 0)
                {
                    // A removal that was just acknowledged must hold, whoever dies now.
                    await g.Fullest().RemoveOneAsync();
                }

                mark();
                await Site.SignalAsync(pid, "KILL");
                await g.Site.StartedAgainAsync(process, which, pid);
            }
        );

    private static async Task StopAsync(FaultGround g, Action mark, string process, int instance, TimeSpan lasting, Func<Task>? meanwhile = null)
    {
        var pid = await g.Site.PidAsync(process, instance);
        mark();
        await Site.SignalAsync(pid, "STOP");
        try
        {
            await Task.WhenAll(Task.Delay(lasting), meanwhile?.Invoke() ?? Task.CompletedTask);
        }
        finally
        {
            await Site.SignalAsync(pid, "CONT");
        }
    }

    // No packet more, no end of the connection: the room must notice by itself, and is held until the lead is back.
    private static async Task BlackholeAsync(FaultGround g, Action mark, int run)
    {
        var alone = g.Parties.Where(p => p.Staff.Count == 1).ToList();
        mark();
        await g.LeadProxy.TellAsync("blackhole");
        foreach (var party in alone)
        {
            party.Lead.Vanish();
        }

        await Eventually.Async(() => alone.All(p => p.Scene.Phase == "safe"), () => "a room without its facilitator was not held", TimeSpan.FromSeconds(40));
        await g.LeadProxy.TellAsync("pass");
        await g.LeadProxy.TellAsync("reset");
        await Eventually.Async(
            () => alone.All(p => p.Scene.Phase == "live"),
            () => "a room did not go on when its facilitator was back",
            TimeSpan.FromSeconds(40)
        );
    }

    private static async Task FlushAsync(Site site)
    {
        var connection = ((string)site.Settings("room")["Redis"]!["Connection"]!).Split(',');
        var (host, port) = (connection[0].Split(':')[0], int.Parse(connection[0].Split(':')[1], System.Globalization.CultureInfo.InvariantCulture));
        var password = connection.First(c => c.StartsWith("password=", StringComparison.Ordinal))["password=".Length..];
        using var client = new TcpClient();
        await client.ConnectAsync(host, port);
        await client.GetStream().WriteAsync(Encoding.ASCII.GetBytes($"AUTH {password}\r\nFLUSHALL\r\n"));
        var answer = new byte["+OK\r\n+OK\r\n".Length];
        await client.GetStream().ReadExactlyAsync(answer);
        if (Encoding.ASCII.GetString(answer) != "+OK\r\n+OK\r\n")
        {
            throw new InvalidOperationException($"Redis answered {Encoding.ASCII.GetString(answer)}.");
        }
    }
}
