using GroupTherapy.Host.Processes;
using GroupTherapy.Host.State;

namespace GroupTherapy.Host.Topology;

/// <summary>How our own programs are started and probed.</summary>
public sealed class ServicePlans(Layout layout, DataFolder folder, string release)
{
    public ProcessPlan Service(ServiceKind service, int instance)
    {
        var address = layout.AddressOf(service.Name, instance);
        return Plan(service, instance, ProcessKind.Service, address, address, Layout.ServiceStage, () => layout.Settings.OfService(service, instance));
    }

    public ProcessPlan Gateway() =>
        Plan(Services.Gateway, 1, ProcessKind.Gateway, layout.Public, layout.Public, Layout.GatewayStage, layout.Settings.OfGateway);

    /// <summary>Environment of one of our programs. Passwords stand in the settings file, which only its user may read.</summary>
    public static Dictionary<string, string> Environment(string settingsFile, bool demo) => new()
    {
        ["GT_SETTINGS"] = settingsFile,
        ["ASPNETCORE_ENVIRONMENT"] = demo ? "Demo" : "Production",
        ["DOTNET_ENVIRONMENT"] = demo ? "Demo" : "Production",
        ["ASPNETCORE_URLS"] = "",
        ["DOTNET_gcServer"] = "0",
        // A deployment is many small processes on one machine: give memory back rather than keep it for a rush.
        ["DOTNET_GCConserveMemory"] = "5",
        ["DOTNET_TieredCompilation"] = "",
        ["DOTNET_GCHeapAffinitizeMask"] = "",
        ["DOTNET_NOLOGO"] = "1",
        ["DOTNET_CLI_TELEMETRY_OPTOUT"] = "1",
    };

    /// <summary>Where a program lies in a release.</summary>
    public static string AssemblyPath(string release, ServiceKind service) => Path.Combine(release, service.Project, service.Assembly);

    private ProcessPlan Plan(ServiceKind service, int instance, ProcessKind kind, string address, string probe, int stage, Func<string> settings)
    {
        var id = ProcessPlan.IdOf(service.Name, instance, kind);
        return new ProcessPlan
        {
            Name = service.Name,
            Instance = instance,
            Kind = kind,
            Address = address,
            Stage = stage,
            PidFile = folder.PidOf(id),
            LogFile = folder.LogOf(id),
            PrepareAsync = async ct =>
            {
                var (file, text) = (folder.SettingsOf(id), settings());
                await SystemUser.WritePrivateAsync(file, text, user: null, ct);
                return new LaunchSpec
                {
                    Program = DotnetPath.Value,
                    Arguments = [AssemblyPath(release, service)],
                    Environment = Environment(file, layout.Options.Demo),
                    WorkingFolder = Path.Combine(release, service.Project),
                    LogFile = folder.LogOf(id),
                    PidFile = folder.PidOf(id),
                    Depends = text,
                };
            },
            NotReadyAsync = ct => HttpProbe.NotReadyAsync($"{probe}/health/ready", ct),
            UnhealthyAsync = ct => HttpProbe.UnhealthyAsync($"{probe}/health/live", ct),
        };
    }
}
