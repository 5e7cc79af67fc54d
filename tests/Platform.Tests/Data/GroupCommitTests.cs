using GroupTherapy.Platform.Data;
using Npgsql;

namespace GroupTherapy.Platform.Tests.Data;

/// <summary>Who shares a batch with whom, and what a refused one costs whom. What is written is the tests' own affair.</summary>
public sealed class GroupCommitTests : IDisposable
{
    private readonly List<(string Asked, Patience Patience)> _batches = [];
    private readonly Queue _queue;
    private Func<IReadOnlyList<Ask>, Patience, Task<IReadOnlyList<string?>>> _write = (asks, _) => Task.FromResult(Done(asks));

    public GroupCommitTests() => _queue = new Queue(async (asks, patience) =>
    {
        lock (_batches)
        {
            _batches.Add((string.Join(' ', asks.Select(a => a.Text)), patience));
        }

        return await _write(asks, patience);
    });

    [Fact]
    public async Task A_lone_request_is_a_batch_at_once_and_who_comes_meanwhile_is_in_the_next()
    {
        var disk = new TaskCompletionSource();
        _write = async (asks, _) =>
        {
            await disk.Task;
            return Done(asks);
        };

        var answers = new[] { "a", "b", "c" }.Select(text => _queue.AskAsync(new Ask("place", text, text))).ToList();
        Assert.Equal(2, _queue.Next);
        disk.SetResult();

        Assert.Equal(["a!", "b!", "c!"], await Task.WhenAll(answers));
        Assert.Equal([("a", Patience.None), ("b c", Patience.None)], _batches);
    }

    [Fact]
    public async Task Requests_of_one_line_follow_one_another()
    {
        var disk = new TaskCompletionSource();
        _write = async (asks, _) =>
        {
            await disk.Task;
            return Done(asks);
        };

        var answers = new[] { ("first", "me"), ("second", "me"), ("other", "you"), ("third", "me") }.Select(a => _queue.AskAsync(new Ask("place", a.Item2, a.Item1))).ToList();
        disk.SetResult();

        await Task.WhenAll(answers);
        Assert.All(_batches, b => Assert.True(b.Asked.Split(' ').Count(t => t is "first" or "second" or "third") <= 1, b.Asked));
        Assert.Equal(["first", "second", "third"], _batches.SelectMany(b => b.Asked.Split(' ')).Where(t => t != "other"));
    }

    [Fact]
    public async Task What_cannot_be_written_costs_only_its_own_sender()
    {
        var disk = new TaskCompletionSource();
        _write = async (asks, _) =>
        {
            await disk.Task;
            return asks.Any(a => a.Text == "bad") ? throw new InvalidOperationException("refused") : Done(asks);
        };

        var (first, bad, beside, elsewhere) = (Say("here", "first"), Say("here", "bad"), Say("here", "beside"), Say("there", "elsewhere"));
        disk.SetResult();

        Assert.Equal(["first!", "beside!", "elsewhere!"], await Task.WhenAll(first, beside, elsewhere));
        Assert.Equal("refused", (await Assert.ThrowsAsync<InvalidOperationException>(() => bad)).Message);
        // Together, then each place, then each request of the place that failed.
        Assert.Equal(("bad beside elsewhere", Patience.None), _batches[1]);
        Assert.Equal([("bad", Patience.ForAll), ("bad beside", Patience.ForPlaces), ("beside", Patience.ForAll), ("elsewhere", Patience.ForPlaces)], _batches[2..].Order());
    }

    [Fact]
    public async Task When_the_outcome_is_not_known_everybody_is_told_and_nothing_is_tried_again()
    {
        _write = (_, _) => throw new NpgsqlException("the line is gone", new IOException());

        var (one, other) = (Say("here", "one"), Say("here", "other"));

        await Assert.ThrowsAsync<NpgsqlException>(() => one);
        await Assert.ThrowsAsync<NpgsqlException>(() => other);
        Assert.Equal(2, _batches.Sum(b => b.Asked.Split(' ').Length));
    }

    [Fact]
    public async Task Who_would_have_to_be_waited_for_is_asked_for_alone()
    {
        _write = (asks, patience) => Task.FromResult<IReadOnlyList<string?>>([.. asks.Select(a => a.Text == "busy" && patience != Patience.ForAll ? null : $"{a.Text}!")]);

        Assert.Equal(["busy!", "free!"], await Task.WhenAll(Say("here", "busy"), Say("here", "free")));
        Assert.Contains(("busy", Patience.ForAll), _batches);
    }

    [Fact]
    public async Task Who_hung_up_before_their_turn_is_not_written()
    {
        var disk = new TaskCompletionSource();
        _write = async (asks, _) =>
        {
            await disk.Task;
            return Done(asks);
        };
        using var gone = new CancellationTokenSource();
        var first = Say("here", "first");
        var left = _queue.AskAsync(new Ask("here", "left", "left"), gone.Token);
        await gone.CancelAsync();
        disk.SetResult();

        await first;
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => left);
        Assert.Equal("after!", await Say("here", "after"));
        Assert.DoesNotContain(_batches, b => b.Asked.Contains("left", StringComparison.Ordinal));
    }

    public void Dispose() => _queue.Dispose();

    private Task<string> Say(string place, string text) => _queue.AskAsync(new Ask(place, text, text));

    private static IReadOnlyList<string?> Done(IReadOnlyList<Ask> asks) => [.. asks.Select(a => $"{a.Text}!")];

    private sealed record Ask(string Place, string Line, string Text);

    private sealed class Queue(Func<IReadOnlyList<Ask>, Patience, Task<IReadOnlyList<string?>>> write) : GroupCommit<Ask, string, string, string>(most: 10, asideAtOnce: 2)
    {
        protected override string PlaceOf(Ask ask) => ask.Place;

        protected override string LineOf(Ask ask) => ask.Line;

        protected override Task<IReadOnlyList<string?>> WriteAsync(IReadOnlyList<Ask> asks, Patience patience) => write(asks, patience);
    }
}
