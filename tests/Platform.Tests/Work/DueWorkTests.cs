using System.Collections.Concurrent;
using System.Net.Http.Json;
using System.Text.Json.Nodes;
using GroupTherapy.Platform.Data;
using GroupTherapy.Platform.Security;
using GroupTherapy.Platform.Tests.Toys;
using GroupTherapy.Platform.Work;
using GroupTherapy.Tests.Support;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging.Abstractions;

namespace GroupTherapy.Platform.Tests.Work;

/// <summary>Scheduled work: rows that come when they are due, fail alone, and are seen by operators.</summary>
public sealed class DueWorkTests : IAsyncLifetime
{
    private ToyDatabase _database = null!;
    private DueWorkStore _store = null!;

    public async ValueTask InitializeAsync()
    {
        _database = await ToyDatabase.CreateAsync();
        _store = new DueWorkStore(_database.Db);
    }

    public ValueTask DisposeAsync() => _database.DisposeAsync();

    [Fact]
    public async Task Work_is_done_once_it_is_due_and_not_before()
    {
        var handler = new Handler();
        await ScheduleAsync("a", TimeSpan.FromMinutes(5), "note");

        var next = await Loop(handler).RunAsync(default);
        Assert.Empty(handler.Handled);
        Assert.Equal(_database.Clock.GetUtcNow() + TimeSpan.FromMinutes(5), next!.Value, TimeSpan.FromSeconds(5));

        _database.Clock.Advance(TimeSpan.FromMinutes(5));
        Assert.Null(await Loop(handler).RunAsync(default));
        var row = Assert.Single(handler.Handled);
        Assert.Equal(("a", "note", 1), (row.Key, row.Data, row.Attempts));
        Assert.Equal(0, await _database.CountAsync("due_work"));
    }

    [Theory]
    [InlineData(1)]
    [InlineData(10)]
    public async Task A_poisoned_row_stops_no_other_and_comes_again_later(int batchSize)
    {
        var handler = new Handler { Size = batchSize, Poison = "poison" };
        await ScheduleAsync("poison", TimeSpan.FromSeconds(-10));
        foreach (var key in new[] { "b", "c", "d" })
        {
            await ScheduleAsync(key, TimeSpan.Zero);
        }

        await Loop(handler).RunAsync(default);

        Assert.Equal(["b", "c", "d"], handler.Handled.Select(r => r.Key).Distinct().Order());
        var failing = Assert.Single(await _store.FailingAsync(10, default));
        Assert.Equal(("poison", 1), (failing.Key, failing.Attempts));
        Assert.Contains("InvalidOperationException", failing.LastError, StringComparison.Ordinal);
        Assert.DoesNotContain("a person's words", failing.LastError, StringComparison.Ordinal);
        Assert.InRange(failing.NextAttemptAt - _database.Clock.GetUtcNow(), TimeSpan.Zero, TimeSpan.FromSeconds(2));

        handler.Poison = null;
        _database.Clock.Advance(TimeSpan.FromSeconds(2));
        await Loop(handler).RunAsync(default);
        Assert.Equal(2, handler.Handled.Single(r => r.Key == "poison").Attempts);
        Assert.Empty(await _store.FailingAsync(10, default));
    }

    [Fact]
    public async Task Delays_grow_with_the_attempts_and_have_an_end()
    {
        var handler = new Handler { Poison = "poison" };
        await ScheduleAsync("poison", TimeSpan.Zero);
        var delays = new List<double>();
        for (var attempt = 0; attempt < 14; attempt++)
        {
            await Loop(handler).RunAsync(default);
            var wait = Assert.Single(await _store.FailingAsync(1, default)).NextAttemptAt - _database.Clock.GetUtcNow();
            delays.Add(wait.TotalSeconds);
            _database.Clock.Advance(wait + TimeSpan.FromSeconds(1));
        }

        Assert.InRange(delays[0], 0, 1.3);
        Assert.InRange(delays[5], 20, 40);
        Assert.InRange(delays[^1], 230, 361);
    }

    [Fact]
    public async Task Work_that_its_handler_schedules_anew_stays()
    {
        var handler = new Handler();
        await ScheduleAsync("a", TimeSpan.Zero);
        handler.During = () => ScheduleAsync("a", TimeSpan.FromHours(1));

        var next = await Loop(handler).RunAsync(default);

        Assert.Equal(1, await _database.CountAsync("due_work"));
        Assert.InRange(next!.Value - _database.Clock.GetUtcNow(), TimeSpan.FromMinutes(59), TimeSpan.FromMinutes(61));
    }

    [Fact]
    public async Task Work_of_a_process_that_died_is_taken_by_another_when_the_claim_is_over()
    {
        var handler = new Handler();
        await ScheduleAsync("a", TimeSpan.Zero);
        Assert.Single(await _store.ClaimAsync(handler.Kind, 1, handler.ClaimFor, default));

        await Loop(handler).RunAsync(default);
        Assert.Empty(handler.Handled);

        _database.Clock.Advance(handler.ClaimFor);
        await Loop(handler).RunAsync(default);
        Assert.Equal(2, Assert.Single(handler.Handled).Attempts);
    }

    [Fact]
    public async Task Two_loops_share_the_rows()
    {
        var handler = new Handler { Size = 3 };
        for (var n = 0; n < 60; n++)
        {
            await ScheduleAsync($"{n}", TimeSpan.Zero);
        }

        await Task.WhenAll(Loop(handler).RunAsync(default), Loop(handler).RunAsync(default));

        Assert.Equal(60, handler.Handled.Count);
        Assert.Equal(60, handler.Handled.Select(r => r.Key).Distinct().Count());
    }

    [Fact]
    public async Task Nothing_is_scheduled_by_a_transaction_that_is_rolled_back()
    {
        await using (var work = await _database.Db.BeginAsync(Caller.System("test")))
        {
            work.Schedule("toy", "a", work.Now);
        }

        Assert.Equal(0, await _database.CountAsync("due_work"));
    }

    [Fact]
    public async Task A_commit_wakes_the_loop_of_a_running_service_and_operators_see_and_retry_what_fails()
    {
        var handler = new Handler { Poison = "poison" };
        await using var service = await InProcess.StartAsync(
            ToyApp.Service,
            adjust =>
                ToyApp.Build(builder =>
                {
                    adjust(builder);
                    // Without a wake the loop would look again in an hour.
                    builder.Configuration["Work:PollSeconds"] = "3600";
                    builder.Services.AddSingleton(handler).AddDueWork<Handler>();
                }),
            _database.Runtime,
            _database.Clock
        );

        await using (var work = await service.Get<Db>().BeginAsync(Caller.System("test")))
        {
            work.Schedule("toy", "poison", work.Now);
            work.Schedule("toy", "now", work.Now);
            work.Schedule("toy", "soon", work.Now + TimeSpan.FromSeconds(1));
            await work.CommitAsync();
        }

        await Eventually.Async(
            () => handler.Handled.Select(r => r.Key).Order().SequenceEqual(["now", "soon"]),
            () => $"done: {string.Join(' ', handler.Handled.Select(r => r.Key))}"
        );
        var operators = service.As(Guid.CreateVersion7(), "operator");
        var items = (await operators.GetFromJsonAsync<JsonNode>("/internal/work"))!["items"]!.AsArray();
        Assert.Equal("poison", (string?)Assert.Single(items)!["key"]);
        Assert.Equal(System.Net.HttpStatusCode.Forbidden, (await service.As(Guid.CreateVersion7(), "member").GetAsync("/internal/work")).StatusCode);
        handler.Poison = null;
        (await operators.PostAsJsonAsync("/internal/work/retry", new { kind = "toy", key = "poison" })).EnsureSuccessStatusCode();
        await Eventually.Async(() => handler.Handled.Any(r => r.Key == "poison"), () => "the row was not retried");
    }

    private async Task ScheduleAsync(string key, TimeSpan dueIn, string? data = null)
    {
        await using var work = await _database.Db.BeginAsync(Caller.System("test"));
        work.Schedule("toy", key, work.Now + dueIn, data);
        await work.CommitAsync();
    }

    private DueWorkLoop Loop(Handler handler) =>
        new(handler, _store, _database.Signal, new WorkOptions(TimeSpan.FromSeconds(1)), _database.Clock, NullLogger<DueWorkLoop>.Instance);

    internal sealed class Handler : DueWorkHandler
    {
        public override string Kind => "toy";

        public override int BatchSize => Size;

        public int Size { get; init; } = 1;

        public volatile string? Poison;

        public Func<Task> During { get; set; } = () => Task.CompletedTask;

        public ConcurrentQueue<DueRow> Handled { get; } = [];

        public override async Task HandleAsync(IReadOnlyList<DueRow> rows, CancellationToken ct)
        {
            await During();
            if (rows.Any(r => r.Key == Poison))
            {
                throw new InvalidOperationException("a person's words");
            }

            foreach (var row in rows)
            {
                Handled.Enqueue(row);
            }
        }
    }
}
