using GroupTherapy.Host.Processes;
using GroupTherapy.Host.State;
using GroupTherapy.Host.Topology;

namespace GroupTherapy.Host.Startup;

/// <summary>Runs a service's program for one task (<c>migrate</c>, <c>demo-accounts</c>) and waits for its end.</summary>
public sealed class ServiceCommands(DataFolder folder, Layout layout, string release, TimeProvider clock)
{
    private static readonly TimeSpan Limit = TimeSpan.FromMinutes(5);
    private static readonly TimeSpan RetryAfter = TimeSpan.FromSeconds(2);
    private const int MigrateAttempts = 4;

    /// <summary>Brings the service's database to the release's schema, as the owner of the schema.</summary>
    /// <remarks>A busy machine can make PostgreSQL slow to answer, and a migration can be repeated: it is tried a few times.</remarks>
    public async Task MigrateAsync(ServiceKind service, Action<string> report, CancellationToken ct)
    {
        for (var attempt = 1; ; attempt++)
        {
            try
            {
                await RunAsync(service, "migrate", $"{service.Name}-migrate", layout.Settings.OfMigration(service), ct);
                return;
            }
            catch (HostException e) when (attempt < MigrateAttempts)
            {
                var next = $"attempt {attempt + 1} of {MigrateAttempts} in {RetryAfter.TotalSeconds:0} s";
                report($"{e.What} Waiting for PostgreSQL at 127.0.0.1:{layout.Postgres.Port}; {next}.");
                await Task.Delay(RetryAfter, clock, ct);
            }
        }
    }

    /// <summary>Makes the demonstration accounts that are not there yet, with the rights the service has when it runs.</summary>
    public Task DemoAccountsAsync(CancellationToken ct)
    {
        var service = Services.Identity;
        return RunAsync(service, "demo-accounts", $"{service.Name}-demo-accounts", layout.Settings.OfService(service, 1), ct);
    }

    /// <summary>Invites the first operator of a deployment that has no demonstration accounts.</summary>
    /// <returns>Identity's output, the invitation included: for the terminal, never for a log.</returns>
    public async Task<string> InviteOperatorAsync(IReadOnlyList<string> arguments, CancellationToken ct)
    {
        var (code, output) = await CaptureAsync(Services.Identity, ["invite-operator", .. arguments], folder.SettingsOf($"{Services.Identity.Name}-1"), ct);
        return code == 0 ? output : throw new HostException($"The operator could not be invited (code {code}).", output.Trim());
    }

    /// <summary>Takes the second factors of a person who lost them away; their sign-ins end and a mail tells them.</summary>
    public async Task<string> ResetSecondFactorAsync(string email, CancellationToken ct)
    {
        var (code, output) = await CaptureAsync(Services.Identity, ["reset-second-factor", email], folder.SettingsOf($"{Services.Identity.Name}-1"), ct);
        return code == 0 ? output : throw new HostException($"The second factors could not be taken away (code {code}).", output.Trim());
    }

    /// <summary>Makes a practice; Scheduling tells the other services.</summary>
    public async Task<string> AddPracticeAsync(string id, string name, CancellationToken ct)
    {
        var service = Services.Scheduling;
        var (code, output) = await CaptureAsync(service, ["add-practice", id, name], folder.SettingsOf($"{service.Name}-1"), ct);
        return code == 0 ? output : throw new HostException($"The practice could not be made (code {code}).", output.Trim());
    }

    /// <summary>Makes a new master key of Room and wraps every session's key by it, while the nodes run.</summary>
    public async Task<string> RotateRoomKeyAsync(CancellationToken ct)
    {
        var service = Services.WithDatabase.Single(s => s.Name == "room");
        var (code, output) = await CaptureAsync(service, ["rotate-keys"], folder.SettingsOf($"{service.Name}-1"), ct);
        return code == 0 ? output : throw new HostException($"Room's master key could not be replaced (code {code}).", output.Trim());
    }

    private async Task RunAsync(ServiceKind service, string verb, string name, string settings, CancellationToken ct)
    {
        var (file, log) = (folder.SettingsOf(name), folder.LogOf(name));
        await new SettingsFiles(folder).WriteAsync(name, service.Name, settings, ct);
        int code;
        string output;
        try
        {
            (code, output) = await CaptureAsync(service, [verb], file, ct);
        }
        finally
        {
            // They may hold the owner's password, and the service that runs must not find it.
            File.Delete(file);
        }

        await File.WriteAllTextAsync(log, output, ct);
        if (code != 0)
        {
            throw new HostException($"{service.Name}: {verb} ended with code {code}.", $"Its log is {log}; the last lines:\n{LogTail.Of(log)}");
        }
    }

    private async Task<(int Code, string Output)> CaptureAsync(ServiceKind service, IReadOnlyList<string> arguments, string settingsFile, CancellationToken ct)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(ct);
        limit.CancelAfter(Limit);
        try
        {
            return await Tool.CaptureAsync(
                [
                    .. SystemUser.Confined(
                        folder.UserOf(service.Name),
                        lowPort: false,
                        [DotnetPath.Value, ServicePlans.AssemblyPath(release, service), .. arguments]
                    ),
                ],
                limit.Token,
                start =>
                {
                    Launcher.Clear(start);
                    Launcher.Apply(ServicePlans.Environment(settingsFile, layout.Options.Demo), start);
                }
            );
        }
        catch (OperationCanceledException) when (!ct.IsCancellationRequested)
        {
            throw new HostException($"{service.Name}: {arguments[0]} did not end within {Limit.TotalMinutes:0} minutes.", $"Its logs are in {folder.Logs}.");
        }
    }
}
