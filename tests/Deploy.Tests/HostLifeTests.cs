using GroupTherapy.Host.Processes;
using GroupTherapy.Tests.Support;
using Xunit;

namespace GroupTherapy.Deploy.Tests;

/// <summary>What <c>deploy/up</c>, <c>down</c> and <c>status</c> promise about processes, shown with the real host and tiny programs.</summary>
public sealed class HostLifeTests
{
    [Fact]
    public async Task Detached_it_returns_when_all_is_healthy_revives_what_dies_and_down_stops_all()
    {
        var host = await HostAsync(HostProcess.Tiny("one"), HostProcess.Tiny("two", 1, stage: 2), HostProcess.Tiny("two", 2, stage: 2));

        var (code, output) = await host.UpAsync();
        Assert.True(code == 0, output);
        Assert.Contains("is ready", output, StringComparison.Ordinal);
        var before = await host.PidsAsync();
        Assert.Equal(["one-1", "two-1", "two-2"], before.Keys.Order());

        ProcessRef.Of(before["two-1"])!.Send(Signal.Kill);
        await Eventually.Async(async () => await host.PidsAsync() is { Count: 3 } now && now["two-1"] != before["two-1"], () => "two-1 was not started again");

        var stopped = await host.DownAsync();
        Assert.Equal(0, stopped.Code);
        Assert.Empty((await host.StatusAsync()).GetProperty("processes").EnumerateArray());
        Assert.All(before.Values, pid => Assert.Null(ProcessRef.Of(pid)));
    }

    [Fact]
    public async Task A_killed_host_leaves_its_processes_running_and_the_next_takes_them_over()
    {
        var host = await HostAsync(HostProcess.Tiny("one"), HostProcess.Tiny("two"));
        await host.UpAsync();
        var before = await host.PidsAsync();

        await KillAsync(host.Host());
        Assert.Equal(before, await host.PidsAsync());
        Assert.Contains("no host", (await host.RunAsync("status")).Output, StringComparison.Ordinal);

        var (code, output) = await host.UpAsync();
        Assert.True(code == 0, output);
        Assert.Equal(before, await host.PidsAsync());

        // And it looks after what it took over.
        ProcessRef.Of(before["one-1"])!.Send(Signal.Kill);
        await Eventually.Async(async () => await host.PidsAsync() is { Count: 2 } now && now["one-1"] != before["one-1"], () => "one-1 was not started again");
        Assert.Equal(0, (await host.DownAsync()).Code);
        Assert.Empty((await host.StatusAsync()).GetProperty("processes").EnumerateArray());
    }

    [Fact]
    public async Task Down_stops_what_a_killed_host_left_behind()
    {
        var host = await HostAsync(HostProcess.Tiny("one"));
        await host.UpAsync();
        var pid = (await host.PidsAsync())["one-1"];
        await KillAsync(host.Host());

        Assert.Equal(0, (await host.DownAsync()).Code);

        Assert.Null(ProcessRef.Of(pid));
    }

    [Fact]
    public async Task What_is_no_longer_wanted_after_a_killed_host_is_ended()
    {
        var host = await HostAsync(HostProcess.Tiny("room", 1), HostProcess.Tiny("room", 2));
        await host.UpAsync();
        var before = await host.PidsAsync();
        await KillAsync(host.Host());

        await host.WriteTopologyAsync(HostProcess.Tiny("room", 1));
        await host.UpAsync();

        Assert.Equal(new Dictionary<string, int> { ["room-1"] = before["room-1"] }, await host.PidsAsync());
        Assert.Null(ProcessRef.Of(before["room-2"]));
        await host.DownAsync();
    }

    [Fact]
    public async Task Two_side_by_side_do_not_touch_each_other()
    {
        var (left, right) = (await HostAsync(HostProcess.Tiny("one")), await HostAsync(HostProcess.Tiny("one")));
        await Task.WhenAll(left.UpAsync(), right.UpAsync());
        var kept = await right.PidsAsync();

        Assert.Equal(0, (await left.DownAsync()).Code);

        Assert.Equal(kept, await right.PidsAsync());
        Assert.True(right.Host().IsAlive);
        await right.DownAsync();
    }

    [Fact]
    public async Task A_second_up_in_the_same_folder_says_that_it_runs_already()
    {
        var host = await HostAsync(HostProcess.Tiny("one"));
        await host.UpAsync();
        var before = await host.PidsAsync();

        var (code, output) = await host.UpAsync();
        Assert.Equal(0, code);
        Assert.Contains("runs already", output, StringComparison.Ordinal);
        var (otherCode, otherOutput) = await host.RunAsync("up", "--detach", "--port", "1");
        Assert.Equal(1, otherCode);
        Assert.Contains("with other options", otherOutput, StringComparison.Ordinal);

        Assert.Equal(before, await host.PidsAsync());
        await host.DownAsync();
    }

    [Fact]
    public async Task A_start_that_fails_says_why_and_leaves_nothing_running()
    {
        var host = await HostAsync(
            HostProcess.Tiny("one"),
            HostProcess.Tiny("broken", stage: 2, script: "echo the reason is this; exit 1", healthyFile: "/nonexistent")
        );

        var (code, output) = await host.UpAsync();

        Assert.Equal(1, code);
        Assert.Contains("broken-1 keeps ending", output, StringComparison.Ordinal);
        Assert.Contains("the reason is this", output, StringComparison.Ordinal);
        Assert.Empty((await host.StatusAsync()).GetProperty("processes").EnumerateArray());
        Assert.Contains("Nothing runs", (await host.RunAsync("status")).Output, StringComparison.Ordinal);
    }

    private static async Task<HostProcess> HostAsync(params object[] processes)
    {
        var host = new HostProcess(Engines.FreePort());
        await host.WriteTopologyAsync(processes);
        return host;
    }

    private static async Task KillAsync(ProcessRef host)
    {
        Assert.True(host.Send(Signal.Kill));
        Assert.True(await host.WaitGoneAsync(TimeSpan.FromSeconds(5), TimeProvider.System));
    }
}
