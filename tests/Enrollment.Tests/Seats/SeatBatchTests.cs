using System.Net;
using System.Net.Http.Json;
using System.Text.Json.Nodes;
using GroupTherapy.Enrollment.Api;
using GroupTherapy.Enrollment.Consumers;
using GroupTherapy.Enrollment.Domain;
using GroupTherapy.Enrollment.Storage;
using GroupTherapy.Enrollment.Workers;
using GroupTherapy.Tests.Support;
using Npgsql;
using static GroupTherapy.Enrollment.Tests.EnrollmentWorld;
using static GroupTherapy.Enrollment.Tests.Seats.SeatWorld;

namespace GroupTherapy.Enrollment.Tests.Seats;

/// <summary>Simultaneous requests share a transaction, and a failing one harms no other.</summary>
public sealed class SeatBatchTests(EnrollmentWorld world) : IClassFixture<EnrollmentWorld>, IAsyncLifetime
{
    private sealed record Answer(HttpStatusCode Status, JsonNode Body, bool Replayed)
    {
        public string? Code => (string?)Body["code"];

        public string? Stay => (string?)Body["status"];
    }

    public async ValueTask InitializeAsync() => await world.HoldUpCommitsAsync();

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;

    [Fact]
    public async Task Each_in_a_batch_is_answered_as_if_alone_and_only_what_was_accepted_changes_anything()
    {
        var (last, full, closed, withTalk) = (await world.GroupAsync(1), await world.GroupAsync(2), await world.GroupAsync(1), Guid.CreateVersion7());
        await world.ChangeAsync(world.Group(withTalk, 3, intakeFirst: true));
        await world.CloseAsync(closed, 1, version: 2);
        var (first, second, away, late, unknown, talk) = (
            await MemberAsync(),
            await MemberAsync(),
            await MemberAsync("TX"),
            await MemberAsync(),
            await MemberAsync(),
            await MemberAsync()
        );
        var (inside, twice, again) = (await MemberAsync(), await MemberAsync(), await MemberAsync());
        await EnrolledInAsync(inside.Http, full);
        await EnrolAsync(twice.Http, await world.GroupAsync(1));
        await EnrolAsync(twice.Http, await world.GroupAsync(1));
        var before = await AskAsync(again, full, "k");

        var answers = await TogetherAsync(
            () => AskAsync(first, last, "k"),
            () => AskAsync(second, last, "k"),
            () => AskAsync(away, last, "k"),
            () => AskAsync(late, closed, "k"),
            () => AskAsync(unknown, Guid.CreateVersion7(), "k"),
            () => AskAsync(talk, withTalk, "k"),
            () => AskAsync(inside, full, "k"),
            () => AskAsync(twice, last, "k"),
            () => AskAsync(again, full, "k")
        );

        // Which of the two came first is not determined.
        Assert.Equal(["reserved", "waitlisted"], answers[..2].Select(a => a.Stay).Order());
        Assert.Equal(1, (int)answers[..2].Single(a => a.Stay == "waitlisted").Body["waitlistPosition"]!);
        Assert.Equal((HttpStatusCode.Forbidden, "not-eligible"), (answers[2].Status, answers[2].Code));
        Assert.Equal((HttpStatusCode.Conflict, "group-closed"), (answers[3].Status, answers[3].Code));
        Assert.Equal((HttpStatusCode.NotFound, "not-found"), (answers[4].Status, answers[4].Code));
        Assert.Equal((HttpStatusCode.Created, "held", "intake"), (answers[5].Status, answers[5].Stay, (string)answers[5].Body["needs"]![0]!));
        Assert.Equal((HttpStatusCode.Conflict, "already-enrolled"), (answers[6].Status, answers[6].Code));
        Assert.Equal((HttpStatusCode.Conflict, "too-many-unconfirmed"), (answers[7].Status, answers[7].Code));
        Assert.Equal((before.Body.ToJsonString(), true), (answers[8].Body.ToJsonString(), answers[8].Replayed));

        // The answers agree with what the members read, and it was one transaction.
        foreach (var (person, n) in new[] { (first, 0), (second, 1), (talk, 5) })
        {
            var mine = await MineAsync(person.Http, (Guid)answers[n].Body["groupId"]!);
            Assert.Equal(answers[n].Body["consents"]!.ToJsonString(), mine["consents"]!.ToJsonString());
            Assert.Equal(
                (
                    answers[n].Stay,
                    answers[n].Body["seatHeldUntil"]?.ToJsonString(),
                    answers[n].Body["needs"]!.ToJsonString(),
                    (int?)answers[n].Body["waitlistPosition"]
                ),
                ((string)mine["status"]!, mine["seatHeldUntil"]?.ToJsonString(), mine["needs"]!.ToJsonString(), (int?)mine["waitlistPosition"])
            );
        }

        Guid[] written = [first.Id, second.Id, away.Id, talk.Id];
        Assert.Equal(1L, await world.AskAsync<long>("select count(distinct xmin::text) from decisions where member_id = any($1)", written));
        Assert.Equal(4L, await world.AskAsync<long>("select count(*) from decisions where member_id = any($1)", written));
        Assert.Equal(4L, await world.AskAsync<long>("select count(*) from idempotency_keys where caller = any($1)", written));
        Assert.Equal(
            8L,
            await world.AskAsync<long>(
                """
                select count(*) from audit_entries
                where subject = any($1) and who = 'account:' || subject and act like any(array['decision.%', 'enrollment.%'])
                """,
                written
            )
        );
        Guid[] refused = [late.Id, unknown.Id, twice.Id];
        // A refusal of the domain is repeated for its key; a group that is not known here yet may be asked for anew.
        Assert.Equal(2L, await world.AskAsync<long>("select count(*) from idempotency_keys where caller = any($1) and status = 409", refused));
        Assert.Equal(2L, await world.AskAsync<long>("select count(*) from idempotency_keys where caller = any($1)", refused));
        Assert.Equal(
            0L,
            await world.AskAsync<long>("select count(*) from decisions where member_id = any($1) and group_id = any($2)", refused, new[] { last, closed })
        );
        Assert.Equal((1, 2), (await world.TakenAsync(last), await world.TakenAsync(full)));
        Assert.Single(await world.SentAsync("seat-reserved", last));
    }

    [Fact]
    public async Task A_request_that_cannot_be_written_costs_only_its_own_sender()
    {
        var (group, other) = (await world.GroupAsync(10), await world.GroupAsync(10));
        var (poisoned, good, elsewhere) = (await MemberAsync(), new[] { await MemberAsync(), await MemberAsync(), await MemberAsync() }, await MemberAsync());
        await world.RunAsync("insert into failing values ($1)", poisoned.Id);

        var answers = await TogetherAsync(
            () => AskAsync(good[0], group, "k"),
            () => AskAsync(poisoned, group, "k"),
            () => AskAsync(good[1], group, "k"),
            () => AskAsync(elsewhere, other, "k"),
            () => AskAsync(good[2], group, "k")
        );

        Assert.Equal((HttpStatusCode.InternalServerError, "unexpected"), (answers[1].Status, answers[1].Code));
        Assert.All(answers.Where((_, n) => n != 1), a => Assert.Equal("reserved", a.Stay));
        Assert.Equal((3, 1), (await world.TakenAsync(group), await world.TakenAsync(other)));
        Assert.Equal(4, (await world.SentAsync("seat-reserved", group)).Count + (await world.SentAsync("seat-reserved", other)).Count);
        Assert.Equal(0L, await world.AskAsync<long>("select count(*) from decisions where member_id = $1", poisoned.Id));

        await world.RunAsync("delete from failing where member_id = $1", poisoned.Id);
        Assert.Equal(("reserved", false), (await AskAsync(poisoned, group, "k") is var now ? now.Stay : null, now.Replayed));
    }

    [Fact]
    public async Task A_batch_whose_connection_is_cut_is_written_once_after_all()
    {
        var group = await world.GroupAsync(10);
        var people = new[] { await MemberAsync(), await MemberAsync(), await MemberAsync() };
        Task<Answer[]> all;
        await using (await HoldCommitsAsync(people[0].Id))
        {
            all = Task.WhenAll(people.Select(p => AskAsync(p, group, "k")));
            await WaitingAsync();
            await using var source = NpgsqlDataSource.Create(world.Runtime);
            await using var cut = source.CreateCommand(
                "select pg_terminate_backend(pid) from pg_locks where locktype = 'advisory' and not granted and "
                    + "database = (select oid from pg_database where datname = current_database())"
            );
            Assert.True((bool)(await cut.ExecuteScalarAsync())!);
        }

        var answers = await all;
        for (var n = 0; n < people.Length; n++)
        {
            var told = answers[n].Status == HttpStatusCode.ServiceUnavailable ? await AskAsync(people[n], group, "k") : answers[n];
            Assert.Equal("reserved", told.Stay);
            Assert.Equal(1L, await world.AskAsync<long>("select count(*) from enrollments where member_id = $1", people[n].Id));
        }

        Assert.Equal(3, await world.TakenAsync(group));
        Assert.Equal(3, (await world.SentAsync("seat-reserved", group)).Count);
    }

    [Fact]
    public async Task A_locked_member_row_delays_no_other_member()
    {
        var group = await world.GroupAsync(2);
        var (busy, free) = (await MemberAsync(), await MemberAsync());
        Task<Answer> later;
        await using (await world.HoldMemberAsync(busy.Id))
        {
            later = AskAsync(busy, group, "k");
            Assert.Equal("reserved", (await AskAsync(free, group, "k")).Stay);
            Assert.False(later.IsCompleted);
        }

        Assert.Equal("reserved", (await later).Stay);
    }

    [Fact]
    public async Task A_locked_group_row_delays_no_other_group()
    {
        var (held, open) = (await world.GroupAsync(2), await world.GroupAsync(2));
        var (waits, goes) = (await MemberAsync(), await MemberAsync());
        await using var connection = new NpgsqlConnection(world.Owner);
        await connection.OpenAsync();
        var transaction = await connection.BeginTransactionAsync();
        await using (
            var hold = new NpgsqlCommand("select 1 from seat_groups where group_id = $1 for update", connection, transaction)
            {
                Parameters = { new() { Value = held } },
            }
        )
        {
            await hold.ExecuteNonQueryAsync();
        }

        var later = AskAsync(waits, held, "k");
        Assert.Equal("reserved", (await AskAsync(goes, open, "k")).Stay);
        Assert.False(later.IsCompleted);

        await transaction.RollbackAsync();
        Assert.Equal("reserved", (await later).Stay);
    }

    [Fact]
    public async Task One_request_sent_to_two_processes_at_once_has_one_effect()
    {
        await using var second = await world.StartAsync();
        var group = await world.GroupAsync(50);
        for (var n = 0; n < 10; n++)
        {
            var here = await MemberAsync();
            var answers = await Task.WhenAll(
                AskAsync(here, group, "k"),
                AskAsync((here.Id, second.As(here.Id, "member")), group, "k"),
                AskAsync(here, group, "k")
            );
            Assert.Single(answers, a => !a.Replayed);
            Assert.Single(answers.Select(a => a.Body.ToJsonString()).Distinct());
        }

        Assert.Equal(10, await world.TakenAsync(group));
    }

    /// <summary>While a batch cannot commit these ask one after the other; then they are the next one.</summary>
    private async Task<Answer[]> TogetherAsync(params Func<Task<Answer>>[] asks)
    {
        var (queue, held, group) = (world.Service.Get<SeatExecutor>(), await MemberAsync(), await world.GroupAsync(1));
        var waiting = new List<Task<Answer>>();
        Task<Answer> first;
        await using (await HoldCommitsAsync(held.Id))
        {
            first = AskAsync(held, group, "k");
            await WaitingAsync();
            foreach (var ask in asks)
            {
                waiting.Add(ask());
                await Eventually.Async(() => queue.Waiting == waiting.Count, () => $"{queue.Waiting} of {waiting.Count} wait for the next batch");
            }
        }

        Assert.Equal("reserved", (await first).Stay);
        return await Task.WhenAll(waiting);
    }

    private async Task<(Guid Id, HttpClient Http)> MemberAsync(string state = "FL") => await world.MemberInAsync(state);

    private static async Task<Answer> AskAsync((Guid Id, HttpClient Http) member, Guid group, string key)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, "/api/enrollments") { Content = JsonContent.Create(new { groupId = group }) };
        request.Headers.Add("Idempotency-Key", key);
        using var response = await member.Http.SendAsync(request);
        return new Answer(response.StatusCode, JsonNode.Parse(await response.Content.ReadAsStringAsync())!, response.Headers.Contains("Idempotency-Replayed"));
    }

    private Task<IAsyncDisposable> HoldCommitsAsync(Guid member) => world.HoldAsync("select pg_advisory_lock(hashtextextended($1, 7))", member.ToString());

    private Task WaitingAsync() =>
        Eventually.Async(
            async () =>
                await world.AskAsync<long>(
                    "select count(*) from pg_locks where locktype = 'advisory' and not granted and database = (select oid from "
                        + "pg_database where datname = current_database())"
                ) > 0,
            () => "no commit was held up"
        );
}
