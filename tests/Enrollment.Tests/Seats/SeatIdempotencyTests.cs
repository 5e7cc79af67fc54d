using System.Net;
using System.Net.Http.Json;
using System.Text.Json.Nodes;
using GroupTherapy.Tests.Support;
using Npgsql;
using static GroupTherapy.Enrollment.Tests.EnrollmentWorld;
using static GroupTherapy.Enrollment.Tests.Seats.SeatWorld;

namespace GroupTherapy.Enrollment.Tests.Seats;

/// <summary>A key makes one request of many, when asking for a seat and when confirming it.</summary>
public sealed class SeatIdempotencyTests(EnrollmentWorld world) : IClassFixture<EnrollmentWorld>, IAsyncLifetime
{
    private readonly string _key = $"{Guid.CreateVersion7()}";

    private sealed record Answer(HttpStatusCode Status, string Text, bool Replayed)
    {
        public string? Code => (string?)JsonNode.Parse(Text)!["code"];
    }

    /// <summary>A member about to do one of the two.</summary>
    private sealed record Asker(Guid Id, HttpClient Http, string Path, object Body, Guid Group);

    public static TheoryData<string> Acts => ["enrol", "confirm"];

    public async ValueTask InitializeAsync() => await world.HoldUpCommitsAsync();

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;

    [Theory]
    [MemberData(nameof(Acts))]
    public async Task The_first_is_done_and_a_repeat_is_answered_with_the_same_bytes(string act)
    {
        var asker = await AskerAsync(act);
        var first = await SendAsync(asker);
        var again = await SendAsync(asker);
        Assert.False(first.Replayed);
        Assert.Equal(first with { Replayed = true }, again);
        await OneEffectAsync(asker, act);
    }

    [Theory]
    [MemberData(nameof(Acts))]
    public async Task Repeats_while_the_first_still_runs_wait_for_it_and_answer_what_it_answered(string act)
    {
        var asker = await AskerAsync(act);
        Task<Answer[]> all;
        await using (await HoldCommitsAsync(asker))
        {
            all = Task.WhenAll(Enumerable.Range(0, 8).Select(_ => SendAsync(asker)));

            // A repeat waits for the first one within the process; only that one waits at the database.
            await WaitingAsync(1);
        }

        var first = Assert.Single(await all, a => !a.Replayed);
        Assert.Equal(7, (await all).Count(a => a == first with { Replayed = true }));
        await OneEffectAsync(asker, act);
    }

    [Theory]
    [MemberData(nameof(Acts))]
    public async Task Another_body_under_the_key_is_refused(string act)
    {
        var asker = await AskerAsync(act);
        await SendAsync(asker);
        var other = await SendAsync(
            asker with
            {
                Body = act == "enrol" ? new { groupId = await world.GroupAsync(1) } : new { consents = Array.Empty<object>() },
            }
        );
        Assert.Equal(((HttpStatusCode)422, "idempotency-key-reused"), (other.Status, other.Code));
        await OneEffectAsync(asker, act);
    }

    [Theory]
    [MemberData(nameof(Acts))]
    public async Task Another_callers_key_of_the_same_name_is_another_key(string act)
    {
        var (one, two) = (await AskerAsync(act), await AskerAsync(act));
        Assert.False((await SendAsync(one)).Replayed);
        Assert.False((await SendAsync(two)).Replayed);
        await OneEffectAsync(one, act);
        await OneEffectAsync(two, act);
    }

    [Fact]
    public async Task A_refusal_is_answered_again_though_its_reason_is_gone()
    {
        var asker = await AskerAsync("enrol");
        var first = (await EnrolAsync(asker.Http, await world.GroupAsync(1))).Body;
        await EnrolAsync(asker.Http, await world.GroupAsync(1));
        var refused = await SendAsync(asker);
        Assert.Equal((HttpStatusCode.Conflict, "too-many-unconfirmed", false), (refused.Status, refused.Code, refused.Replayed));
        await CancelAsync(asker.Http, first);

        Assert.Equal(refused with { Replayed = true }, await SendAsync(asker));
        Assert.Equal(0, await world.TakenAsync(asker.Group));
    }

    [Fact]
    public async Task After_a_mistake_in_the_request_the_key_is_free()
    {
        var asker = await AskerAsync("confirm");
        Assert.Equal("consents-missing", (await SendAsync(asker with { Body = new { consents = Array.Empty<object>() } })).Code);

        Assert.False((await SendAsync(asker)).Replayed);
        await OneEffectAsync(asker, "confirm");
    }

    [Theory]
    [MemberData(nameof(Acts))]
    public async Task A_refusal_with_a_stored_decision_is_answered_again(string act)
    {
        var asker = await AskerAsync(act);
        await MoveAsync(asker.Http, "TX");
        var refused = await SendAsync(asker);
        await MoveAsync(asker.Http, "FL");

        Assert.Equal((HttpStatusCode.Forbidden, "not-eligible"), (refused.Status, refused.Code));
        Assert.Equal(refused with { Replayed = true }, await SendAsync(asker));
        Assert.Equal(1L, await world.AskAsync<long>("select count(*) from decisions where member_id = $1 and outcome = 'deny'", asker.Id));
    }

    [Theory]
    [MemberData(nameof(Acts))]
    public async Task After_a_surprise_nothing_is_left_and_the_key_is_free(string act)
    {
        var asker = await AskerAsync(act);
        await world.RunAsync("insert into failing values ($1)", asker.Id);
        var surprise = await SendAsync(asker);
        Assert.Equal((HttpStatusCode.InternalServerError, "unexpected"), (surprise.Status, surprise.Code));
        Assert.DoesNotContain("secret", surprise.Text, StringComparison.Ordinal);
        Assert.Equal(act == "enrol" ? 0 : 1, await world.TakenAsync(asker.Group));
        await world.RunAsync("delete from failing where member_id = $1", asker.Id);

        Assert.False((await SendAsync(asker)).Replayed);
        await OneEffectAsync(asker, act);
    }

    [Theory]
    [MemberData(nameof(Acts))]
    public async Task A_commit_whose_answer_was_lost_is_found_by_its_key(string act)
    {
        var direct = new NpgsqlConnectionStringBuilder(world.Runtime);
        await using var proxy = await FaultProxy.BeforeAsync(direct.Port);
        direct.Port = proxy.Port;
        var asker = await AskerAsync(act);
        await using var second = await InProcess.StartAsync("enrollment", adjust => EnrollmentApp.Build([], adjust), direct.ConnectionString, world.Clock);
        var through = asker with { Http = second.As(asker.Id, "member") };
        await using (await HoldCommitsAsync(asker))
        {
            var sent = SendAsync(through);
            await WaitingAsync(1);
            await proxy.TellAsync("reset");
            var told = await sent;
            Assert.Equal((HttpStatusCode.ServiceUnavailable, "try-again"), (told.Status, told.Code));
            Assert.DoesNotContain("Nothing was changed", told.Text, StringComparison.Ordinal);
        }

        var answer = await Eventually.ValueAsync(
            async () => await SendAsync(through) is { Status: not HttpStatusCode.ServiceUnavailable } a ? a : null,
            () => "the service did not come back to its database"
        );

        Assert.True(answer.Replayed, "what was done was not found by its key");
        await OneEffectAsync(asker, act);
    }

    [Fact]
    public async Task After_a_day_the_key_asks_for_a_seat_anew()
    {
        var asker = await AskerAsync("enrol");
        var first = await SendAsync(asker);
        world.Clock.Advance(TimeSpan.FromHours(23.9));
        Assert.True((await SendAsync(asker)).Replayed);
        await UntilStatusAsync(asker.Http, asker.Group, "ended");

        world.Clock.Advance(TimeSpan.FromHours(0.2));

        var anew = await SendAsync(asker);
        Assert.Equal((HttpStatusCode.Created, false), (anew.Status, anew.Replayed));
        Assert.NotEqual(first.Text, anew.Text);
        Assert.Equal(2L, await world.AskAsync<long>("select count(*) from enrollments where member_id = $1", asker.Id));
    }

    [Fact]
    public async Task After_a_day_the_key_of_a_confirmation_finds_it_confirmed()
    {
        var asker = await AskerAsync("confirm");
        await SendAsync(asker);
        world.Clock.Advance(TimeSpan.FromHours(24.1));
        var late = await SendAsync(asker);
        Assert.Equal((HttpStatusCode.OK, false), (late.Status, late.Replayed));
        await OneEffectAsync(asker, "confirm");
    }

    private async Task<Asker> AskerAsync(string act)
    {
        var group = await world.GroupAsync(1);
        var (id, http) = await world.MemberInAsync("FL");
        if (act == "enrol")
        {
            return new Asker(id, http, "/api/enrollments", new { groupId = group }, group);
        }

        var reserved = (await EnrolAsync(http, group)).Body;
        var consents = reserved["consents"]!.AsArray().Select(c => new { document = (string)c!["document"]!, version = (int)c["version"]! }).ToArray();
        return new Asker(id, http, $"/api/enrollments/{reserved["id"]}/confirm", new { consents }, group);
    }

    private async Task<Answer> SendAsync(Asker asker)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, asker.Path) { Content = JsonContent.Create(asker.Body) };
        request.Headers.Add("Idempotency-Key", _key);
        using var response = await asker.Http.SendAsync(request);
        return new Answer(response.StatusCode, await response.Content.ReadAsStringAsync(), response.Headers.Contains("Idempotency-Replayed"));
    }

    private async Task OneEffectAsync(Asker asker, string act)
    {
        Assert.Equal(1, await world.TakenAsync(asker.Group));
        Assert.Equal(act == "enrol" ? "reserved" : "enrolled", await world.AskAsync<string>("select status from enrollments where group_id = $1", asker.Group));
        Assert.Single(await world.SentAsync(act == "enrol" ? "seat-reserved" : "enrollment-confirmed", asker.Group));
        Assert.Equal(
            1L,
            await world.AskAsync<long>(
                "select count(*) from audit_entries a join enrollments e on e.id = a.ref where e.group_id = $1 and a.act = $2",
                asker.Group,
                act == "enrol" ? "enrollment.reserved" : "enrollment.confirmed"
            )
        );
    }

    private Task<IAsyncDisposable> HoldCommitsAsync(Asker asker) => world.HoldAsync("select pg_advisory_lock(hashtextextended($1, 7))", asker.Id.ToString());

    // Asked as the service itself: another role is not told what these sessions wait for.
    private async Task WaitingAsync(int sessions)
    {
        await using var source = NpgsqlDataSource.Create(world.Runtime);
        await using var command = source.CreateCommand("select count(*) from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'");
        await Eventually.Async(
            async () => (long)(await command.ExecuteScalarAsync())! >= sessions,
            () => $"{sessions} sessions waiting for a lock were not seen"
        );
    }
}
