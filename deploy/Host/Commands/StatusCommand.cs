using System.Text.Json;
using GroupTherapy.Host.Cli;
using GroupTherapy.Host.Processes;
using GroupTherapy.Host.Startup;
using GroupTherapy.Host.State;

namespace GroupTherapy.Host.Commands;

/// <summary><c>deploy/status</c>: prints processes, addresses and health. Asks the processes themselves, so it is right without a host too.</summary>
public static class StatusCommand
{
    private static readonly JsonSerializerOptions Format = new(JsonSerializerDefaults.Web) { WriteIndented = true };

    private sealed record Line(string Name, int Instance, string Kind, int? Pid, string Address, bool Healthy);

    public static async Task<int> RunAsync(Status status, Progress progress)
    {
        var folder = new DataFolder(status.DataFolder);
        var known = folder.Exists ? await Deployment.KnownAsync(folder, CancellationToken.None) : null;
        var host = known is null ? null : JsonFile.Read<HostState>(folder.HostFile);
        var runs = host is not null && (host.Host.IsAlive || OrphanProcesses.Of(folder).Count > 0);
        var lines = runs ? await Task.WhenAll(known!.Value.Plans.Where(p => !p.Hidden).Select(LookAsync)) : [];
        var gateway = runs ? known!.Value.Public : null;
        if (status.Json)
        {
            progress.Print(JsonSerializer.Serialize(new { gateway, processes = lines }, Format));
            return 0;
        }

        if (!runs)
        {
            progress.Print($"Nothing runs from {folder.Root}.");
            return 0;
        }

        var looked = host!.Host.IsAlive
            ? $"host pid {host.Host.Pid}, {host.Phase.ToString().ToLowerInvariant()}"
            : "no host: nothing is restarted; deploy/up takes it over";
        progress.Print($"{gateway}   ({looked})\n");
        foreach (var line in lines)
        {
            var id = line.Kind == "service" || line.Instance > 1 ? $"{line.Name}-{line.Instance}" : line.Name;
            var pid = line.Pid is null ? "not running" : $"pid {line.Pid}";
            progress.Print($"  {id,-16}{line.Kind,-9}{line.Address,-22}{pid,-14}{(line.Healthy ? "healthy" : "NOT healthy")}");
        }

        return lines.All(l => l.Healthy) ? 0 : 1;
    }

    private static async Task<Line> LookAsync(ProcessPlan plan)
    {
        var running = Launcher.Running(plan.PidFile)?.Process;
        var healthy = running is not null && await plan.NotReadyAsync(CancellationToken.None) is null;
        var address = plan.Address.StartsWith("http://", StringComparison.Ordinal) ? plan.Address["http://".Length..] : plan.Address;
        return new Line(plan.Name, plan.Instance, plan.Kind.ToString().ToLowerInvariant(), running?.Pid, address, healthy);
    }
}
