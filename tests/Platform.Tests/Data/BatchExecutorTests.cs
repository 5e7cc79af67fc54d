using GroupTherapy.Platform.Data;
using Microsoft.Extensions.Logging.Abstractions;
using Npgsql;

namespace GroupTherapy.Platform.Tests.Data;

/// <summary>Which requests share a batch, and what a failed batch costs whom. What a batch writes is up to the test.</summary>
public sealed class BatchExecutorTests : IDisposable
{
    private readonly List<(string Requests, bool IsIsolated)> _batches = [];
    private readonly TaskCompletionSource _disk = new();
    private readonly Executor _executor;
    private Func<IReadOnlyList<Request>, IReadOnlyList<string>> _run = Done;

    public BatchExecutorTests() => _executor = new Executor(async (requests, isIsolated) =>
    {
        lock (_batches)
        {
            _batches.Add((string.Join(' ', requests.Select(r => r.Text)), isIsolated));
        }

        await _disk.Task;
        return _run(requests);
    });

    [Fact]
    public async Task A_lone_request_is_a_batch_at_once_and_requests_that_arrive_meanwhile_form_the_next()
    {
        var results = new[] { "a", "b", "c" }.Select(text => Run("here", text)).ToList();
        Assert.Equal(2, _executor.Waiting);
        _disk.SetResult();

        Assert.Equal(["a!", "b!", "c!"], await Task.WhenAll(results));
        Assert.Equal([("a", false), ("b c", false)], _batches);
    }

    [Fact]
    public async Task A_poisoned_request_fails_alone()
    {
        _run = requests => requests.Any(r => r.Text == "poison") ? throw new InvalidOperationException("refused") : Done(requests);
        var (first, poison, beside, elsewhere) = (Run("here", "first"), Run("here", "poison"), Run("here", "beside"), Run("there", "elsewhere"));
        _disk.SetResult();

        Assert.Equal(["first!", "beside!", "elsewhere!"], await Task.WhenAll(first, beside, elsewhere));
        Assert.Equal("refused", (await Assert.ThrowsAsync<InvalidOperationException>(() => poison)).Message);
        // Together, then each resource, then each request of the resource that failed again.
        Assert.Equal(("poison beside elsewhere", false), _batches[1]);
        Assert.Equal([("beside", true), ("elsewhere", true), ("poison", true), ("poison beside", true)], _batches[2..].Order());
    }

    [Fact]
    public async Task Requests_of_a_resource_that_is_retried_keep_their_order()
    {
        var order = new List<string>();
        var failed = false;
        _run = requests =>
        {
            if (!failed && requests.Count > 1)
            {
                failed = true;
                throw new InvalidOperationException("once");
            }

            lock (order)
            {
                order.AddRange(requests.Where(r => r.Resource == "here").Select(r => r.Text));
            }

            return Done(requests);
        };
        var results = Enumerable.Range(0, 40).Select(n => Run(n % 3 == 0 ? "there" : "here", $"{n}")).ToList();
        _disk.SetResult();
        await Task.WhenAll(results);

        Assert.Equal(order.OrderBy(int.Parse), order);
    }

    [Fact]
    public async Task When_the_outcome_is_not_known_every_request_fails_with_that_and_none_is_run_again()
    {
        _run = _ => throw new NpgsqlException("the connection is lost", new IOException());
        var (one, other) = (Run("here", "one"), Run("here", "other"));
        _disk.SetResult();

        await Assert.ThrowsAsync<NpgsqlException>(() => one);
        await Assert.ThrowsAsync<NpgsqlException>(() => other);
        Assert.Equal(2, _batches.Sum(b => b.Requests.Split(' ').Length));
    }

    [Fact]
    public async Task A_request_that_is_cancelled_before_its_batch_starts_is_not_run()
    {
        using var cancellation = new CancellationTokenSource();
        var first = Run("here", "first");
        var cancelled = _executor.ExecuteAsync(new Request("here", "cancelled"), cancellation.Token);
        await cancellation.CancelAsync();
        _disk.SetResult();

        await first;
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => cancelled);
        Assert.Equal("after!", await Run("here", "after"));
        Assert.DoesNotContain(_batches, b => b.Requests.Contains("cancelled", StringComparison.Ordinal));
    }

    public void Dispose() => _executor.Dispose();

    private Task<string> Run(string resource, string text) => _executor.ExecuteAsync(new Request(resource, text));

    private static IReadOnlyList<string> Done(IReadOnlyList<Request> requests) => [.. requests.Select(r => $"{r.Text}!")];

    private sealed record Request(string Resource, string Text);

    private sealed class Executor(Func<IReadOnlyList<Request>, bool, Task<IReadOnlyList<string>>> run)
        : BatchExecutor<Request, string, string>("test", maxBatch: 10, NullLogger.Instance)
    {
        protected override string ResourceOf(Request request) => request.Resource;

        protected override Task<IReadOnlyList<string>> RunBatchAsync(IReadOnlyList<Request> requests, bool isIsolated) =>
            run(requests, isIsolated);
    }
}
