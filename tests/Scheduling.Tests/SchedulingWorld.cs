using System.Net;
using System.Net.Http.Json;
using System.Text.Json;
using System.Text.Json.Nodes;
using GroupTherapy.Contracts.Enrollment.V1;
using GroupTherapy.Platform.Data;
using GroupTherapy.Platform.Messaging;
using GroupTherapy.Scheduling.Consumers;
using GroupTherapy.Tests.Support;
using Microsoft.Extensions.Logging;
using Xunit;

namespace GroupTherapy.Scheduling.Tests;

/// <summary>Scheduling with its own database, and people who use it. It is Monday 2026-01-05, noon in UTC, unless a test says otherwise.</summary>
public sealed class SchedulingWorld : IAsyncLifetime
{
    public static readonly DateTimeOffset Start = new(2026, 1, 5, 12, 0, 0, TimeSpan.Zero);

    private TestDatabase? _database;
    private InProcess? _service;

    public TestClock Clock { get; } = TestClock.StandingAt(Start);

    public Guid Operator { get; } = Guid.CreateVersion7();

    public InProcess Service => _service!;

    public Db Db => Service.Get<Db>();

    public async ValueTask InitializeAsync()
    {
        _database = await TestDatabase.CreateAsync(
            "scheduling",
            owner => Migrator.MigrateAsync(owner, "scheduling", typeof(SchedulingApp).Assembly, TimeProvider.System)
        );
        _service = await InProcess.StartAsync(
            "scheduling",
            adjust =>
                SchedulingApp.Build(
                    [],
                    builder =>
                    {
                        adjust(builder);
                        builder.Logging.AddFilter("MassTransit", LogLevel.None);
                    }
                ),
            _database.Runtime,
            Clock
        );
    }

    public async ValueTask DisposeAsync()
    {
        await Service.DisposeAsync();
        await _database!.DisposeAsync();
    }

    public HttpClient AsOperator(params string[] practices) => Service.As(Operator, ["operator"], practices is [] ? ["grouport", "chicago"] : practices);

    public HttpClient AsMember(Guid member) => Service.As(member, ["member"], []);

    /// <summary>A facilitator whom Enrollment has made known.</summary>
    public async Task<Guid> FacilitatorAsync(string name = "Ana Reyes", params string[] practices)
    {
        var id = Guid.CreateVersion7();
        await DeliverAsync(
            new UpsertFacilitatorWhenFacilitatorCredentialChanged(Db),
            new FacilitatorCredentialChanged(id, name, "counselor", practices is [] ? ["grouport"] : practices, ["LMHC (FL)"], 1, Clock.Now)
        );
        return id;
    }

    public static Task DeliverAsync<T>(TransactionalConsumer<T> consumer, T message, Guid? messageId = null)
        where T : class => consumer.DeliverAsync(message, messageId ?? Guid.CreateVersion7());

    /// <summary>A valid request for a weekly group on Tuesdays at seven in New York.</summary>
    public static JsonObject Request(
        Guid facilitator,
        string startsOn = "2026-01-06",
        string localTime = "19:00",
        string timeZone = "America/New_York",
        int? weeks = 8,
        int duration = 60
    ) =>
        new()
        {
            ["practice"] = "grouport",
            ["name"] = "Calmer Evenings",
            ["topic"] = "anxiety",
            ["serviceClass"] = "psychotherapy_group",
            ["capacity"] = 10,
            ["minimumAge"] = 18,
            ["facilitatorId"] = facilitator,
            ["coFacilitatorIds"] = new JsonArray(),
            ["schedule"] = new JsonObject
            {
                ["startsOn"] = startsOn,
                ["localTime"] = localTime,
                ["timeZone"] = timeZone,
                ["durationMinutes"] = duration,
                ["weeks"] = weeks,
            },
            ["program"] = new JsonArray(),
            ["policies"] = new JsonObject(),
        };

    /// <summary>An open group, and the answer that opened it.</summary>
    public async Task<JsonObject> GroupAsync(JsonObject request)
    {
        using var client = AsOperator();
        using var answer = await client.PostAsJsonAsync("/api/groups", request);
        var body = await answer.Content.ReadAsStringAsync();
        Assert.True(answer.StatusCode == HttpStatusCode.Created, body);
        return JsonNode.Parse(body)!.AsObject();
    }

    public async Task<Guid> GroupIdAsync(JsonObject request) => (Guid)(await GroupAsync(request))["id"]!;

    public async Task<JsonArray> SessionsAsync(Guid group, string query = "?limit=500")
    {
        using var client = AsOperator();
        return (await client.GetFromJsonAsync<JsonObject>($"/api/groups/{group}/sessions{query}"))!["items"]!.AsArray();
    }

    /// <summary>Moves the clock and waits until all scheduled work that is due by then was done, or has failed.</summary>
    public async Task MoveClockAsync(DateTimeOffset now)
    {
        Clock.Now = now;
        await WorkDoneAsync();
    }

    /// <summary>
    /// Turns the clock back to <see cref="Start"/> and has work that repeats done from there again: what it was set to lies after everything that the next
    /// test of the class looks at.
    /// </summary>
    public async Task TurnBackAsync()
    {
        Clock.Now = Start;
        await using var work = await Db.BeginAsync(Platform.Security.Caller.System("test"));
        foreach (
            var kind in await work.QueryAsync<string>(
                """
                update due_work set due_at = @Start, next_attempt_at = @Start, version = version + 1 where key = '' and due_at > @Start returning kind
                """,
                new { Start }
            )
        )
        {
            work.WakeAfterCommit(kind);
        }

        await work.CommitAsync();
    }

    public Task WorkDoneAsync() =>
        Eventually.Async(
            async () =>
                await Db.FirstOrDefaultAsync<int>("select count(*)::int from due_work where due_at <= @now and last_error is null", new { now = Clock.Now })
                == 0,
            () => "scheduled work is still due"
        );

    /// <summary>The messages about a group that wait to be sent, oldest first.</summary>
    public async Task<IReadOnlyList<(string Urn, JsonObject Body)>> OutboxAsync(Guid group)
    {
        var rows = await Db.QueryAsync<OutboxRow>(
            "select urn, body::text as body from outbox where body::text like @about order by id",
            new { about = $"%{group}%" }
        );
        return [.. rows.Select(r => (r.Urn.Split(':')[^2], JsonNode.Parse(r.Body)!.AsObject()))];
    }

    /// <summary>The audited acts about a thing, in order of their names, since the clock stands still.</summary>
    public Task<IReadOnlyList<string>> ActsAsync(Guid reference) =>
        Db.QueryAsync<string>("select act from audit_entries where ref = @reference order by act", new { reference });

    /// <summary>Everything that a refused request must leave as it is.</summary>
    public async Task<string> FingerprintAsync()
    {
        await WorkDoneAsync();
        return (
            await Db.FirstOrDefaultAsync<string>(
                """
                select md5(coalesce((select string_agg(g::text, '|' order by g.id) from groups g), '')
                    || coalesce((select string_agg(s::text, '|' order by s.id) from sessions s), '')
                    || coalesce((select string_agg(b::text, '|' order by b.session_id, b.facilitator_id) from bookings b), '')
                    || (select count(*) from audit_entries where act not in ('access.refused', 'answer.repeated'))::text
                    || (select count(*) from outbox)::text || (select count(*) from idempotency_keys)::text)
                """
            )
        )!;
    }

    public static async Task<JsonObject> ProblemAsync(HttpResponseMessage answer, HttpStatusCode status, string code)
    {
        var text = await answer.Content.ReadAsStringAsync();
        Assert.True(answer.StatusCode == status, $"{(int)answer.StatusCode}: {text}");
        Assert.Equal("application/problem+json", answer.Content.Headers.ContentType!.MediaType);
        var problem = JsonNode.Parse(text)!.AsObject();
        Assert.Equal(code, (string?)problem["code"]);
        return problem;
    }

    public static StringContent Json(string text) => new(text, System.Text.Encoding.UTF8, "application/json");

    public static DateTimeOffset At(JsonNode? node) =>
        node!.GetValue<string>() is { } text ? DateTimeOffset.Parse(text, System.Globalization.CultureInfo.InvariantCulture) : throw new JsonException();

    private sealed record OutboxRow(string Urn, string Body);
}
