using System.Collections.Concurrent;
using System.Net;
using System.Net.Http.Json;
using System.Text.Json;
using System.Text.Json.Nodes;
using GroupTherapy.Audit;
using GroupTherapy.Platform.Security;
using GroupTherapy.Platform.Tests.Toys;
using GroupTherapy.Tests.Support;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;

namespace GroupTherapy.Platform.Tests.Audit;

/// <summary>Refusals and sensitive reads are on record, with their number, and an operator of one practice reads that practice's part.</summary>
public sealed class AccessTests(ToyService toys) : IClassFixture<ToyService>
{
    private readonly Guid _account = Guid.CreateVersion7();

    private string Who => $"account:{_account}";

    [Fact]
    public async Task R02_a_refusal_is_audited_with_caller_source_and_trace()
    {
        using var http = toys.Service.As(_account, "member");
        http.DefaultRequestHeaders.Add(Caller.SourceHeader, "203.0.113.0/24");
        var thing = Guid.CreateVersion7();
        Assert.Equal(HttpStatusCode.NotFound, (await http.GetAsync($"/api/things/{thing}")).StatusCode);
        Assert.Equal(HttpStatusCode.Forbidden, (await http.GetAsync("/api/for-operators")).StatusCode);

        await SeenAsync("access.refused", 2);

        Assert.Equal("404 not-found GET /api/things/{id:guid}", await AskAsync($"ref = '{thing}'", "data::jsonb ->> 'what'"));
        Assert.Equal("203.0.113.0/24 32", await AskAsync($"ref = '{thing}'", "source || ' ' || length(trace)"));
        Assert.Equal("403 not-allowed GET /api/for-operators", await AskAsync("ref is null", "data::jsonb ->> 'what'"));
    }

    [Fact]
    public async Task A_sensitive_read_and_a_repeated_answer_are_audited_with_the_practice_of_the_resource()
    {
        using var http = toys.Service.As(_account, "member");
        var key = $"{Guid.CreateVersion7()}";
        var made = await http.MakeAsync("a pot@north", key);
        Assert.True((await http.MakeAsync("a pot@north", key)).Replayed);
        Assert.Equal(HttpStatusCode.OK, (await http.GetAsync($"/api/things/{made.Json["id"]}")).StatusCode);

        await SeenAsync("thing.read", 1);
        await SeenAsync("answer.repeated", 1);

        Assert.Equal("north", await AskAsync("act = 'thing.read'", "practice"));
        Assert.Equal("north", await AskAsync("act = 'thing.made'", "practice"));
    }

    [Fact]
    public async Task What_repeats_within_a_minute_is_one_entry_with_a_count_and_a_walk_over_ids_is_bounded()
    {
        await using var database = await ToyDatabase.CreateAsync();
        using var trail = new AccessTrail(database.Db, database.Clock, NullLogger<AccessTrail>.Instance);
        var (mallory, thing) = ("account:mallory", Guid.CreateVersion7());
        for (var n = 0; n < 1000; n++)
        {
            trail.Record(new Access("access.refused", mallory, null, thing, null, null, "404"));
        }

        Assert.Equal(1, await trail.FlushAsync(all: false, default));
        for (var n = 0; n < 500; n++)
        {
            trail.Record(new Access("access.refused", mallory, null, thing, null, null, "404"));
        }

        Assert.Equal(0, await trail.FlushAsync(all: false, default));
        database.Clock.Advance(TimeSpan.FromMinutes(1));
        Assert.Equal(1, await trail.FlushAsync(all: false, default));
        Assert.Equal("1000 500", await database.AskAsync<string>("select string_agg(data::jsonb ->> 'count', ' ' order by id) from audit_entries"));

        for (var n = 0; n < 10_000; n++)
        {
            trail.Record(new Access("access.refused", mallory, null, Guid.CreateVersion7(), null, null, "404"));
        }

        Assert.Equal(AccessTrail.MostOfOne + 1, await trail.FlushAsync(all: false, default));
        Assert.Equal(
            10_000,
            await database.AskAsync<long>("select sum((data::jsonb ->> 'count')::int) from audit_entries where ref is distinct from $1", thing)
        );
    }

    [Fact]
    public async Task An_operator_of_one_practice_reads_and_exports_its_entries_alone_and_the_whole_chain_is_verified()
    {
        using (var http = toys.Service.As(_account, "member"))
        {
            await http.MakeAsync("one@east", null);
            await http.MakeAsync("two@east", null);
            await http.MakeAsync("three@west", null);
            await http.MakeAsync("nobody's", null);
        }

        using var east = toys.Service.As(Guid.CreateVersion7(), ["operator"], ["east"]);
        await Eventually.Async(async () => await toys.Database.CountAsync("audit_pending") == 0, () => "the entries were not linked");

        var listed = (await east.GetFromJsonAsync<JsonNode>("/internal/audit?limit=500"))!["items"]!.AsArray();
        var exported = (await east.GetStringAsync("/internal/audit/export"))
            .Split('\n', StringSplitOptions.RemoveEmptyEntries)
            .Select(l => JsonNode.Parse(l)!)
            .ToList();
        var verdict = (await east.GetFromJsonAsync<JsonNode>("/internal/audit/verify"))!;

        Assert.Equal(2, listed.Count(e => (string)e!["act"]! == "thing.made"));
        Assert.All(listed, e => Assert.Equal("east", (string)e!["practice"]!));
        Assert.Equal(2, exported.Count(e => (string)e["act"]! == "thing.made"));
        Assert.All(exported, e => Assert.Equal("east", (string)e["practice"]!));
        Assert.True((bool)verdict["intact"]!);
        Assert.Equal(HttpStatusCode.OK, (await east.GetAsync("/internal/work")).StatusCode);
    }

    [Fact]
    public async Task A_stored_response_is_sealed()
    {
        using var http = toys.Service.As(_account, "member");
        await http.MakeAsync("a very private label", $"{Guid.CreateVersion7()}");

        Assert.Equal(0, await toys.Database.AskAsync<long>("select count(*) from idempotency_keys where position('private'::bytea in body) > 0"));
        Assert.True(await toys.Database.AskAsync<bool>("select get_byte(body, 0) = 1 from idempotency_keys where caller = $1", _account));
    }

    [Fact]
    public async Task Anchors_reach_the_sink_outside_with_those_that_failed_before()
    {
        var received = new ConcurrentQueue<JsonNode>();
        var isDown = true;
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.Configuration["Urls"] = "http://127.0.0.1:0";
        await using var sink = builder.Build();
        sink.MapPost(
            "/anchors",
            async (HttpRequest request) =>
            {
                var body = (await JsonSerializer.DeserializeAsync<JsonNode>(request.Body))!;
                received.Enqueue(body);
                return isDown ? Results.StatusCode(503)
                    : request.Headers.Authorization == "Bearer hand-in-hand" ? Results.NoContent()
                    : Results.Unauthorized();
            }
        );
        await sink.StartAsync();
        await using var database = await ToyDatabase.CreateAsync();
        await using var service = await InProcess.StartAsync(
            ToyApp.Service,
            ToyApp.Build,
            database.Runtime,
            database.Clock,
            [new("Audit:AnchorUrl", $"{sink.Urls.First()}/anchors"), new("Audit:AnchorToken", "hand-in-hand")]
        );
        using var http = service.As(_account, "member");
        await http.MakeAsync("first", null);
        await Eventually.Async(
            () =>
            {
                database.Clock.Advance(TimeSpan.FromMinutes(1));
                return !received.IsEmpty;
            },
            () => "no anchor was sent"
        );
        isDown = false;
        await http.MakeAsync("second", null);
        await Eventually.Async(
            () =>
            {
                database.Clock.Advance(TimeSpan.FromMinutes(1));
                return received.Any(r => r["anchors"]!.AsArray().Count > 1);
            },
            () => "what failed was not sent again"
        );
        Assert.Equal("alpha", (string)received.Last()["service"]!);
        Assert.Equal(64, ((string)received.Last()["anchors"]![0]!["hash"]!).Length);
    }

    private Task SeenAsync(string act, int count) =>
        Eventually.Async(
            async () => await toys.Database.AskAsync<long>("select count(*) from audit_entries where act = $1 and who = $2", act, Who) == count,
            () => $"{count} entries {act} were not written"
        );

    private Task<string> AskAsync(string where, string value) =>
        toys.Database.AskAsync<string>($"select {value} from audit_entries where act <> 'answer.repeated' and ({where}) and who = $1", Who);
}
