using GroupTherapy.History;

namespace GroupTherapy.SystemTests;

/// <summary>The recorder that says how long a fault was felt.</summary>
public sealed class ProberTests
{
    [Fact]
    public async Task A_probe_that_is_down_at_the_end_has_its_chance_to_come_back()
    {
        using var history = HistoryFile.Start("prober", new { });
        await using var prober = new Prober(history);
        var (asked, down) = (0, new TaskCompletionSource());
        prober.Watch(
            "engine",
            TimeSpan.FromMilliseconds(1),
            () =>
            {
                down.TrySetResult();
                return Task.FromResult(Interlocked.Increment(ref asked) > 20);
            }
        );
        await down.Task;

        await prober.FinishAsync();

        Assert.Equal(21, asked);
        File.Delete(history.Path);
    }

    [Fact]
    public async Task A_question_without_its_answer_does_not_count_as_good()
    {
        using var history = HistoryFile.Start("prober", new { });
        await using var prober = new Prober(history);
        var (asked, pending, answer) = (0, new TaskCompletionSource(), new TaskCompletionSource<bool>());
        prober.Watch(
            "engine",
            TimeSpan.FromMilliseconds(1),
            () =>
            {
                if (Interlocked.Increment(ref asked) < 5)
                {
                    return Task.FromResult(true);
                }

                pending.TrySetResult();
                return answer.Task;
            }
        );
        await pending.Task;

        var all = prober.AllGoodAsync(history.Now, TimeSpan.Zero);
        Assert.False(all.IsCompleted);
        answer.SetResult(true);
        await all;
        File.Delete(history.Path);
    }
}
