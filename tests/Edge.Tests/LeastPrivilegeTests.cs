using System.Diagnostics;
using System.Globalization;

namespace GroupTherapy.Edge.Tests;

/// <summary>What each process of ours may do, as the kernel tells it.</summary>
[Collection(nameof(PublicDeployment))]
public sealed class LeastPrivilegeTests(PublicDeployment deployment)
{
    private static readonly string[] Environment =
    [
        "PATH",
        "LANG",
        "GT_SETTINGS",
        "ASPNETCORE_ENVIRONMENT",
        "DOTNET_ENVIRONMENT",
        "DOTNET_gcServer",
        "DOTNET_GCConserveMemory",
        "DOTNET_NOLOGO",
        "DOTNET_CLI_TELEMETRY_OPTOUT",
        "PWD",
        "OLDPWD",
        "SHLVL",
        "_",
    ];

    [Fact]
    public async Task O05_each_service_is_a_user_of_its_own_without_rights_and_reads_its_own_files_alone()
    {
        await deployment.ReachedByAsync("nginx");
        var users = new Dictionary<string, string>();
        foreach (var process in (await deployment.StatusAsync())["processes"]!.AsArray().Where(p => (string)p!["kind"]! is "service" or "gateway"))
        {
            var (name, instance, pid) = ((string)process!["name"]!, (int)process["instance"]!, (int)process["pid"]!);
            var status = (await File.ReadAllLinesAsync($"/proc/{pid}/status")).Select(l => l.Split('\t', 2)).ToDictionary(l => l[0], l => l[1].Trim());
            Assert.Equal("1", status["NoNewPrivs:"]);
            Assert.Equal(0, long.Parse(status["CapEff:"], NumberStyles.HexNumber, CultureInfo.InvariantCulture));
            Assert.Contains("Max core file size        0", await File.ReadAllTextAsync($"/proc/{pid}/limits"), StringComparison.Ordinal);
            var variables = (await File.ReadAllTextAsync($"/proc/{pid}/environ")).Split('\0', StringSplitOptions.RemoveEmptyEntries);
            Assert.Empty(variables.Select(v => v.Split('=')[0]).Except(Environment));

            var user = status["Uid:"].Split('\t')[0];
            users.TryAdd(name, user);
            Assert.Equal(users[name], user);
            var id = name == "gateway" && instance == 1 ? name : $"{name}-{instance}";
            var settings = Path.Combine(deployment.DataFolder, "settings", $"{id}.json");
            Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(settings));
            Assert.Equal(user, await TellAsync("stat", "-c", "%u", settings));
            Assert.Equal($"{user} 700", await TellAsync("stat", "-c", "%u %a", Path.Combine(deployment.DataFolder, "secrets", name)));
        }

        Assert.DoesNotContain("0", System.Environment.IsPrivilegedProcess ? users.Values : []);
        Assert.True(!System.Environment.IsPrivilegedProcess || users.Values.Distinct().Count() == users.Count);
    }

    private static async Task<string> TellAsync(params string[] command)
    {
        using var process = Process.Start(new ProcessStartInfo(command[0], command[1..]) { RedirectStandardOutput = true })!;
        var output = await process.StandardOutput.ReadToEndAsync();
        await process.WaitForExitAsync();
        return output.Trim();
    }
}
