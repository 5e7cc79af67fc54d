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

    public ProcessPlan Gateway(int instance) =>
        Plan(
            Services.Gateway,
            instance,
            ProcessKind.Gateway,
            layout.ListenOf(instance),
            layout.InternalOf(instance),
            Layout.GatewayStage,
            () => layout.Settings.OfGateway(instance)
        );

    /// <summary>Environment of one of our programs. Passwords stand in the settings file, which only its user may read.</summary>
    public static Dictionary<string, string> Environment(string settingsFile, bool demo) =>
        new()
        {
            ["GT_SETTINGS"] = settingsFile,
            ["ASPNETCORE_ENVIRONMENT"] = demo ? "Demo" : "Production",
            ["DOTNET_ENVIRONMENT"] = demo ? "Demo" : "Production",
            ["DOTNET_gcServer"] = "0",
            // A deployment is many small processes on one machine: give memory back rather than keep it for a rush.
            ["DOTNET_GCConserveMemory"] = "5",
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
                var text = await new SettingsFiles(folder).WriteAsync(id, service.Name, settings(), ct);
                if (kind == ProcessKind.Gateway)
                {
                    await PublicCertificate.CopyAsync(folder, layout.Options, ct);
                }

                return new LaunchSpec
                {
                    Program = DotnetPath.Value,
                    Arguments = [AssemblyPath(release, service)],
                    Environment = Environment(folder.SettingsOf(id), layout.Options.Demo),
                    CleanEnvironment = true,
                    User = folder.UserOf(service.Name),
                    Confined = true,
                    BindsLowPort = kind == ProcessKind.Gateway && new Uri(address).Port < 1024,
                    WorkingFolder = Path.Combine(release, service.Project),
                    LogFile = folder.LogOf(id),
                    PidFile = folder.PidOf(id),
                    Depends = kind == ProcessKind.Gateway ? text + layout.GatewayGeneration : text,
                };
            },
            NotReadyAsync = ct => HttpProbe.NotReadyAsync($"{probe}/health/ready", ct),
            UnhealthyAsync = ct => HttpProbe.UnhealthyAsync($"{probe}/health/live", ct),
        };
    }
}
