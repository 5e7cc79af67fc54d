using System.Text.RegularExpressions;
using GroupTherapy.Host.Processes;

namespace GroupTherapy.Host.Checks;

/// <summary>Versions of the engines on this machine; PostgreSQL tells its own (<see cref="ContentChecks"/>).</summary>
public static partial class EngineChecks
{
    private const string RabbitLibraries = "/usr/lib/rabbitmq/lib";
    private static readonly Version OldestRedis = new(7, 0);
    private static readonly Version OldestRabbit = new(3, 10);

    public static async Task<IReadOnlyList<Finding>> RunAsync(CancellationToken ct)
    {
        var redis = File.Exists("/usr/bin/redis-server") ? (await Tool.CaptureAsync(["/usr/bin/redis-server", "--version"], ct)).Output : "";
        var rabbit = Directory.Exists(RabbitLibraries) ? Directory.GetDirectories(RabbitLibraries, "rabbitmq_server-*").Max() ?? "" : "";
        return [Judge("redis", "Redis", redis, OldestRedis), Judge("rabbitmq", "RabbitMQ", rabbit, OldestRabbit)];
    }

    /// <param name="said">Any text that holds the version.</param>
    public static Finding Judge(string check, string name, string said, Version oldest) =>
        VersionIn().Match(said) is not { Success: true } found
            ? Finding.Advice(check, $"{name} is not installed here; have version {oldest} at least where it is.")
        : Version.Parse(found.Value) is var version && version >= oldest ? Finding.Ok(check, $"{name} is version {version}.")
        : Finding.Missing(check, $"{name} is version {found.Value}; have {oldest} at least.");

    [GeneratedRegex(@"(?<=[=v-])\d+\.\d+(\.\d+)?")]
    private static partial Regex VersionIn();
}
