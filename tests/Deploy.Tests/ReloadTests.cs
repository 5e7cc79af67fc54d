using GroupTherapy.Host.Cli;
using GroupTherapy.Host.Processes;
using GroupTherapy.Host.Startup;
using GroupTherapy.Host.State;
using GroupTherapy.Tests.Support;
using Xunit;

namespace GroupTherapy.Deploy.Tests;

/// <summary>New secrets while everything runs.</summary>
public sealed class ReloadTests
{
    private readonly string folder = Engines.Folder("reload");

    [Fact]
    public async Task A_process_with_other_settings_is_started_anew_and_one_with_the_same_stays()
    {
        var settings = "one";
        var ready = Path.Combine(folder, "ready");
        ProcessPlan Plan() =>
            new()
            {
                Name = "tiny",
                Kind = ProcessKind.Service,
                Address = "-",
                Stage = 1,
                PidFile = Path.Combine(folder, "pid"),
                LogFile = Path.Combine(folder, "log"),
                StopSteps = [(Signal.Terminate, TimeSpan.FromSeconds(3))],
                PrepareAsync = _ =>
                    Task.FromResult(
                        new LaunchSpec
                        {
                            Program = "/bin/sh",
                            Arguments = ["-c", $"echo {settings} >{ready}; trap 'rm {ready}; exit 0' TERM; while :; do sleep 0.05; done"],
                            LogFile = Path.Combine(folder, "log"),
                            PidFile = Path.Combine(folder, "pid"),
                            Depends = settings,
                        }
                    ),
                NotReadyAsync = _ => Task.FromResult(File.Exists(ready) ? null : "not there"),
            };
        await using var process = new SupervisedProcess(Plan(), TimeProvider.System, _ => { });
        await process.StartAsync(CancellationToken.None);
        await process.ReadyAsync(CancellationToken.None);
        var first = process.Process!;
        Engines.Watch(first);
        Assert.False(await process.ReplaceAsync(Plan(), CancellationToken.None));
        Assert.Equal(first, process.Process);

        settings = "two";
        Assert.True(await process.ReplaceAsync(Plan(), CancellationToken.None));
        Engines.Watch(process.Process!);
        Assert.False(first.IsAlive);
        Assert.Equal("two", (await File.ReadAllTextAsync(ready)).Trim());
        await process.StopAsync();
    }

    [Fact]
    public async Task New_passwords_are_others_and_the_rest_stays()
    {
        var data = new DataFolder(folder);
        data.Create();
        var before = await Passwords.EnsureAsync(data, ["db/room", "bus/room"], CancellationToken.None);
        await Passwords.ReplaceAsync(data, Secrets.Rotatable["bus/room"], CancellationToken.None);
        var after = await Passwords.EnsureAsync(data, [], CancellationToken.None);
        Assert.Equal(before["db/room"], after["db/room"]);
        Assert.NotEqual(before["bus/room"], after["bus/room"]);
        Assert.NotEqual(before.Digest(), after.Digest());
    }

    [Fact]
    public void Every_secret_of_a_deployment_can_be_replaced_by_name()
    {
        Assert.Equal("bus/room", Assert.IsType<Rotate>(Arguments.Parse(["rotate", "bus/room"])).Name);
        Assert.Equal(Secrets.RoomKey, Assert.IsType<Rotate>(Arguments.Parse(["rotate", "room-key"])).Name);
        Assert.Contains("database/identity", Assert.Throws<UsageException>(() => Arguments.Parse(["rotate"])).Message, StringComparison.Ordinal);
        Assert.Equal(["postgres"], Host.Topology.Layout.PasswordNames().Except(Secrets.Rotatable.Values.SelectMany(v => v)));
    }
}
