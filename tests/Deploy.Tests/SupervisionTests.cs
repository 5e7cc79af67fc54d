using System.Collections.Concurrent;
using GroupTherapy.Host;
using GroupTherapy.Host.Processes;
using GroupTherapy.Tests.Support;
using Xunit;

namespace GroupTherapy.Deploy.Tests;

/// <summary>One supervised process: revived, given up on, taken over, replaced.</summary>
public sealed class SupervisionTests
{
    private readonly string folder = Engines.Folder("supervision");
    private readonly ConcurrentQueue<string> told = new();

    [Fact]
    public async Task A_process_that_dies_is_started_again()
    {
        await using var supervised = Supervise(Plan("exec sleep 600"));
        await supervised.StartAsync(CancellationToken.None);
        await supervised.ReadyAsync(CancellationToken.None);

        for (var death = 0; death < 3; death++)
        {
            var before = supervised.Process!;
            before.Send(Signal.Kill);
            await Eventually.Async(() => supervised.Process != before && supervised.Process!.IsAlive, () =>
                $"it was not started again: {string.Join(" | ", told)}");
        }

        await supervised.StopAsync();
        Assert.False(supervised.Process!.IsAlive);
    }

    [Fact]
    public async Task A_process_that_says_it_is_lost_is_ended_and_started_again()
    {
        var lost = Path.Combine(folder, "lost");
        await using var supervised = Supervise(
            Plan("exec sleep 600") with { UnhealthyAsync = _ => Task.FromResult(File.Exists(lost) ? "it has lost its bus" : null) });
        await supervised.StartAsync(CancellationToken.None);
        await supervised.ReadyAsync(CancellationToken.None);
        var before = supervised.Process!;

        await File.WriteAllTextAsync(lost, "");

        await Eventually.Async(() => !before.IsAlive, () => "it was not ended");
        File.Delete(lost);
        await Eventually.Async(() => supervised.Process != before && supervised.Process!.IsAlive, () =>
            $"it was not started again: {string.Join(" | ", told)}");
        Assert.Contains(told, line => line.Contains("it has lost its bus", StringComparison.Ordinal));
        await supervised.StopAsync();
    }

    [Fact]
    public async Task A_process_that_keeps_ending_is_given_up_on_while_starting_and_the_reason_is_its_log()
    {
        await using var supervised = Supervise(Plan("echo no such table; exit 3", healthy: () => false));
        await supervised.StartAsync(CancellationToken.None);

        var failure = await Assert.ThrowsAsync<HostException>(() => supervised.ReadyAsync(CancellationToken.None));

        Assert.Contains("tiny-1 keeps ending while it starts", failure.What, StringComparison.Ordinal);
        Assert.Contains("no such table", failure.Todo, StringComparison.Ordinal);
        Assert.Contains("log", failure.Todo, StringComparison.Ordinal);
        // It waited longer each time.
        Assert.Contains(told, line => line.Contains("again in 0.8 s", StringComparison.Ordinal));
        Assert.Contains(told, line => line.Contains("again in 1.5 s", StringComparison.Ordinal));
        await supervised.StopAsync();
    }

    [Fact]
    public async Task A_process_that_never_becomes_healthy_fails_with_the_missing_fact()
    {
        await using var supervised = Supervise(Plan("exec sleep 600", healthy: () => false) with { ReadyLimit = TimeSpan.FromMilliseconds(300) });
        await supervised.StartAsync(CancellationToken.None);

        var failure = await Assert.ThrowsAsync<HostException>(() => supervised.ReadyAsync(CancellationToken.None));

        Assert.Contains("the fact is missing", failure.What, StringComparison.Ordinal);
        await supervised.StopAsync();
    }

    [Fact]
    public async Task A_process_that_runs_as_planned_is_taken_over_and_one_that_does_not_is_replaced()
    {
        var plan = Plan("exec sleep 600");
        var left = Launcher.Start(await plan.PrepareAsync(CancellationToken.None));
        Engines.Watch(left);
        await Eventually.Async(() => Launcher.Running(plan.PidFile)?.Process == left, () => "the first process did not write its identity");

        await using (var second = Supervise(plan))
        {
            await second.StartAsync(CancellationToken.None);
            Assert.Equal(left, second.Process);
        }

        Assert.True(left.IsAlive);

        await using var third = Supervise(Plan("exec sleep 601"));
        await third.StartAsync(CancellationToken.None);
        Assert.NotEqual(left, third.Process);
        Assert.False(left.IsAlive);
        await third.StopAsync();
    }

    [Fact]
    public async Task A_taken_over_process_is_revived_like_any_other()
    {
        var plan = Plan("exec sleep 600");
        var left = Launcher.Start(await plan.PrepareAsync(CancellationToken.None));
        Engines.Watch(left);
        await Eventually.Async(() => Launcher.Running(plan.PidFile)?.Process == left, () => "the first process did not write its identity");
        await using var supervised = Supervise(plan);
        await supervised.StartAsync(CancellationToken.None);

        left.Send(Signal.Kill);

        await Eventually.Async(() => supervised.Process != left && supervised.Process!.IsAlive, () => "it was not started again");
        await supervised.StopAsync();
    }

    [Fact]
    public async Task A_healthy_process_that_is_killed_repeatedly_is_soon_back_each_time()
    {
        var looks = 0;
        await using var supervised = Supervise(Plan("exec sleep 600", healthy: () => Interlocked.Increment(ref looks) > 0));
        await supervised.StartAsync(CancellationToken.None);
        await supervised.ReadyAsync(CancellationToken.None);

        for (var kill = 0; kill < 5; kill++)
        {
            var (killed, seen) = (supervised.Process!, looks);
            killed.Send(Signal.Kill);
            await Eventually.Async(() => supervised.Process != killed && supervised.Process!.IsAlive && looks > seen, () =>
                "it was not started again, or not found healthy");
        }

        Assert.Equal(5, told.Count(line => line.Contains("started again in", StringComparison.Ordinal)));
        Assert.DoesNotContain(told, line => line.Contains("again in 3 s", StringComparison.Ordinal) || line.Contains("again in 6 s", StringComparison.Ordinal));
        await supervised.StopAsync();
    }

    private SupervisedProcess Supervise(ProcessPlan plan)
    {
        var supervised = new SupervisedProcess(plan, TimeProvider.System, told.Enqueue);
        supervised.Started += () => Engines.Watch(supervised.Process!);
        return supervised;
    }

    private ProcessPlan Plan(string script, Func<bool>? healthy = null)
    {
        var (log, pid) = (Path.Combine(folder, "tiny.log"), Path.Combine(folder, "tiny"));
        return new ProcessPlan
        {
            Name = "tiny",
            Kind = ProcessKind.Service,
            Address = "-",
            Stage = 1,
            PidFile = pid,
            LogFile = log,
            StopSteps = [(Signal.Terminate, TimeSpan.FromSeconds(2))],
            PrepareAsync = _ => Task.FromResult(new LaunchSpec { Program = "/bin/sh", Arguments = ["-c", script], LogFile = log, PidFile = pid }),
            NotReadyAsync = _ => Task.FromResult(healthy?.Invoke() == false ? "the fact is missing" : null),
        };
    }
}
