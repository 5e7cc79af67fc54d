using System.Net.Sockets;
using GroupTherapy.Host.Processes;

namespace GroupTherapy.Host.Engines;

/// <summary>
/// Erlang's port mapper, which RabbitMQ needs. Started by us on a port of its own: otherwise the broker would leave one behind
/// that is shared with every other Erlang program of the machine.
/// </summary>
public sealed class EpmdEngine(EnginePlace place, int port) : IEngine
{
    private const string Program = "/usr/bin/epmd";

    public string Name => "epmd";
    public int Port => port;
    public IReadOnlyList<(Signal Signal, TimeSpan Wait)> StopSteps { get; } = [(Signal.Terminate, TimeSpan.FromSeconds(3))];

    public Task<LaunchSpec> PrepareAsync(CancellationToken ct) =>
        File.Exists(Program)
            ? Task.FromResult(
                new LaunchSpec
                {
                    Program = Program,
                    Arguments = ["-address", "127.0.0.1", "-port", $"{port}"],
                    CleanEnvironment = true,
                    WorkingFolder = "/",
                    User = RabbitEngine.User,
                    LogFile = place.LogFile,
                    PidFile = place.PidFile,
                }
            )
            : throw new HostException("Erlang's port mapper is not installed.", "It comes with RabbitMQ: apt-get install rabbitmq-server");

    public async Task<string?> NotReadyAsync(CancellationToken ct)
    {
        try
        {
            using var client = new TcpClient();
            await client.ConnectAsync("127.0.0.1", port, ct);
            // "Which names do you know?": four bytes of its own port come first.
            await client.GetStream().WriteAsync(new byte[] { 0, 1, (byte)'n' }, ct);
            await client.GetStream().ReadExactlyAsync(new byte[4], ct);
            return null;
        }
        catch (Exception e) when (e is SocketException or IOException)
        {
            return $"Erlang's port mapper does not answer on 127.0.0.1:{port}";
        }
    }
}
