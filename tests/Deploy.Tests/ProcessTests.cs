using GroupTherapy.Host.Processes;
using GroupTherapy.Tests.Support;
using Xunit;

namespace GroupTherapy.Deploy.Tests;

/// <summary>Identity, start and stop of single processes.</summary>
public sealed class ProcessTests
{
    private readonly string folder = Engines.Folder("process");

    [Fact]
    public async Task A_process_writes_its_own_identity_and_keeps_it_through_the_start()
    {
        var spec = Spec("echo started; exec sleep 600");
        var process = Launcher.Start(spec);
        Engines.Watch(process);

        await Eventually.Async(() => File.Exists(spec.LogFile) && File.ReadAllText(spec.LogFile) == "started\n", () => "the program did not start");
        Assert.Equal((process, spec.Stamp), Launcher.Running(spec.PidFile));
        Assert.StartsWith("sleep", File.ReadAllText($"/proc/{process.Pid}/cmdline"), StringComparison.Ordinal);
        Assert.Equal(process.Pid.ToString(), File.ReadAllText($"/proc/{process.Pid}/stat").Split(' ')[5]);

        await Launcher.StopAsync(process, [(Signal.Terminate, TimeSpan.FromSeconds(5))], TimeProvider.System);
        Assert.False(process.IsAlive);
        Assert.Null(Launcher.Running(spec.PidFile));
    }

    [Fact]
    public async Task A_confined_process_and_its_children_gain_no_rights_and_leave_no_core()
    {
        var script = "grep -E 'NoNewPrivs|CapEff' /proc/self/status; ulimit -c; echo done; exec sleep 600";
        var spec = Spec(script) with { Confined = true, CleanEnvironment = true };
        var process = Launcher.Start(spec);
        Engines.Watch(process);

        await Eventually.Async(() => LogTail.Of(spec.LogFile).EndsWith("done", StringComparison.Ordinal), () => "it did not start");
        var said = await File.ReadAllTextAsync(spec.LogFile);
        Assert.Matches("NoNewPrivs:\\s1", said);
        Assert.Contains("\n0\ndone", said, StringComparison.Ordinal);
        Assert.DoesNotContain("GT_", await File.ReadAllTextAsync($"/proc/{process.Pid}/environ"), StringComparison.Ordinal);

        var low = SystemUser.Confined("grouptherapy-gateway", lowPort: true, ["x"]).ToList();
        Assert.Equal(SystemUser.CallerIsRoot, low.Contains("--bounding-set=-all,+net_bind_service"));
        Assert.Contains("--no-new-privs", low);
    }

    [Fact]
    public async Task A_stranger_who_got_the_pid_is_neither_taken_for_ours_nor_signalled()
    {
        var spec = Spec("exec sleep 600");
        var stranger = Launcher.Start(spec);
        Engines.Watch(stranger);
        var ours = stranger with { StartTicks = stranger.StartTicks - 1 };
        var beforeTheBoot = stranger with { BootId = "another-boot" };

        Assert.False(ours.IsAlive);
        Assert.False(ours.Send(Signal.Kill));
        Assert.False(beforeTheBoot.IsAlive);
        Assert.False(beforeTheBoot.Send(Signal.Kill));
        Assert.True(stranger.IsAlive);

        Assert.True(stranger.Send(Signal.Kill));
        Assert.True(await stranger.WaitGoneAsync(TimeSpan.FromSeconds(5), TimeProvider.System));
    }

    [Fact]
    public async Task A_process_that_ignores_the_request_is_killed_after_its_time()
    {
        var spec = Spec("trap '' TERM; echo deaf; while :; do sleep 0.05; done");
        var process = Launcher.Start(spec);
        Engines.Watch(process);
        await Eventually.Async(() => LogTail.Of(spec.LogFile) == "deaf", () => "the program did not start");

        await Launcher.StopAsync(process, [(Signal.Terminate, TimeSpan.FromMilliseconds(200))], TimeProvider.System);

        Assert.False(process.IsAlive);
    }

    [Fact]
    public void The_stamp_tells_how_a_process_was_started_and_gives_nothing_away()
    {
        var spec = Spec("x") with { Depends = "password=secret" };

        Assert.NotEqual(spec.Stamp, (spec with { Depends = "password=other" }).Stamp);
        Assert.NotEqual(spec.Stamp, (spec with { Arguments = ["-c", "y"] }).Stamp);
        Assert.Equal(spec.Stamp, (spec with { LogFile = "/elsewhere" }).Stamp);
        Assert.Matches("^[0-9a-f]{16}$", spec.Stamp);
    }

    [Fact]
    public void A_log_that_has_grown_is_copied_aside_and_goes_on_in_its_place()
    {
        var log = Path.Combine(folder, "a.log");
        File.WriteAllText(Path.Combine(folder, "b.log"), "short");
        using (var writer = new StreamWriter(new FileStream(log, FileMode.Append, FileAccess.Write, FileShare.ReadWrite)) { AutoFlush = true })
        {
            writer.Write(new string('x', 2000));
            LogRotation.Rotate(folder, limit: 1000);
            Assert.Equal(0, new FileInfo(log).Length);
            Assert.Equal(2000, new FileInfo(log + ".1").Length);
        }

        Assert.Equal("short", File.ReadAllText(Path.Combine(folder, "b.log")));
    }

    private LaunchSpec Spec(string script) =>
        new()
        {
            Program = "/bin/sh",
            Arguments = ["-c", script],
            LogFile = Path.Combine(folder, "log"),
            PidFile = Path.Combine(folder, "pid"),
        };
}
