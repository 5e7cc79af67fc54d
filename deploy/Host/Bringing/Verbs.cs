using System.Diagnostics;
using GroupTherapy.Host.Processes;
using GroupTherapy.Host.State;
using GroupTherapy.Host.Topology;

namespace GroupTherapy.Host.Bringing;

/// <summary>Runs a service's program for one task (<c>migrate</c>, <c>demo-accounts</c>) and waits for its end.</summary>
public sealed class Verbs(DataFolder folder, Layout layout, string release)
{
    private static readonly TimeSpan Limit = TimeSpan.FromMinutes(5);

    /// <summary>Brings the service's database to the release's schema, as the owner of the schema.</summary>
    public Task MigrateAsync(ServiceKind service, CancellationToken ct) =>
        RunAsync(service, "migrate", $"{service.Name}-migrate", layout.Settings.OfMigration(service), ct);

    /// <summary>Makes the demonstration accounts that are not there yet, with the rights the service has when it runs.</summary>
    public Task DemoAccountsAsync(CancellationToken ct)
    {
        var service = Services.WithDatabase.Single(s => s.Name == Services.Accounts);
        return RunAsync(service, "demo-accounts", $"{service.Name}-demo-accounts", layout.Settings.OfService(service, 1), ct);
    }

    private async Task RunAsync(ServiceKind service, string verb, string name, string settings, CancellationToken ct)
    {
        var (file, log) = (folder.SettingsOf(name), folder.LogOf(name));
        await SystemUser.WritePrivateAsync(file, settings, user: null, ct);
        var start = new ProcessStartInfo(DotnetPath.Value)
        {
            WorkingDirectory = Path.Combine(release, service.Project),
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            RedirectStandardInput = true,
        };
        start.ArgumentList.Add(ServicePlans.AssemblyPath(release, service));
        start.ArgumentList.Add(verb);
        Launcher.Apply(ServicePlans.Environment(file, layout.Options.Demo), start);

        using var limit = CancellationTokenSource.CreateLinkedTokenSource(ct);
        limit.CancelAfter(Limit);
        using var process = Process.Start(start) ?? throw new InvalidOperationException($"{service.Assembly} could not be started.");
        process.StandardInput.Close();
        var (output, errors) = (process.StandardOutput.ReadToEndAsync(limit.Token), process.StandardError.ReadToEndAsync(limit.Token));
        try
        {
            await process.WaitForExitAsync(limit.Token);
            await File.WriteAllTextAsync(log, await output + await errors, ct);
        }
        catch (OperationCanceledException)
        {
            process.Kill(entireProcessTree: true);
            ct.ThrowIfCancellationRequested();
            throw new HostException($"{service.Name}: {verb} did not end within {Limit.TotalMinutes:0} minutes.", $"Its log is {log}.");
        }

        if (process.ExitCode != 0)
        {
            throw new HostException($"{service.Name}: {verb} ended with code {process.ExitCode}.", $"Its log is {log}; the last lines:\n{LogTail.Of(log)}");
        }
    }
}
