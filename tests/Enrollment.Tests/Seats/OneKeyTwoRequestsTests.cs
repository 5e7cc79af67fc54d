using System.Net;
using System.Net.Http.Json;
using System.Text.Json.Nodes;
using GroupTherapy.Tests.Support;
using Npgsql;
using static GroupTherapy.Enrollment.Tests.EnrollmentWorld;

namespace GroupTherapy.Enrollment.Tests.Seats;

/// <summary>One key for a seat that is asked for and for something else, at the very same time: one of the two is done, and nobody else pays for it.</summary>
public sealed class OneKeyTwoRequestsTests(EnrollmentWorld world) : IClassFixture<EnrollmentWorld>
{
    private sealed record Answer(HttpStatusCode Status, JsonNode Body)
    {
        public bool IsReused => (Status, (string?)Body["code"]) == ((HttpStatusCode)422, "idempotency-key-reused");
    }

    /// <summary>A member with a seat in one group who asks for one in another, or gives the first one back, under the same key.</summary>
    private sealed record Seated(Guid Id, HttpClient Http, Guid Here, Guid There, Guid Stay)
    {
        private readonly string _key = $"{Guid.CreateVersion7()}";

        public Task<Answer> AskAsync() => PostAsync(Http, "/api/enrollments", new { groupId = There }, _key);

        public Task<Answer> LeaveAsync(HttpClient? elsewhere = null) => PostAsync(elsewhere ?? Http, $"/api/enrollments/{Stay}/cancel", new { }, _key);
    }

    // One leaves the group that the other one asks for, and the other way round: a circle, if somebody who has a group waits for a key.
    [Fact]
    public async Task Two_members_who_each_leave_the_group_that_the_other_requests_lock_in_one_order()
    {
        var (one, two) = (await world.GroupAsync(3), await world.GroupAsync(3));
        var (first, second) = (await SeatedAsync(one, two), await SeatedAsync(two, one));
        Task<Answer[]> asked,
            left;
        await using (await HoldGroupsAsync(one, two))
        {
            asked = Task.WhenAll(first.AskAsync(), second.AskAsync());
            await WaitingAsync(2);
            left = Task.WhenAll(first.LeaveAsync(), second.LeaveAsync());
            await WaitingAsync(2);
        }

        Assert.All(await asked, a => Assert.Equal(HttpStatusCode.Created, a.Status));
        Assert.All(await left, a => Assert.True(a.IsReused, $"{a}"));
        Assert.Equal((2, 2), (await world.TakenAsync(one), await world.TakenAsync(two)));
    }

    [Fact]
    public async Task A_key_that_is_in_use_elsewhere_holds_up_its_own_sender_alone()
    {
        var (held, open) = (await world.GroupAsync(2), await world.GroupAsync(2));
        var (busy, (_, free)) = (await SeatedAsync(held, open), await world.MemberInAsync("FL"));
        Task<Answer> left,
            asked;
        await using (await HoldGroupsAsync(held))
        {
            left = busy.LeaveAsync();
            await WaitingAsync(1);
            asked = busy.AskAsync();
            Assert.Equal(HttpStatusCode.Created, (await EnrolAsync(free, open, "k")).Status);
            Assert.False(asked.IsCompleted);
        }

        Assert.Equal(HttpStatusCode.OK, (await left).Status);
        Assert.True((await asked).IsReused, $"{await asked}");
        Assert.Equal((0, 1), (await world.TakenAsync(held), await world.TakenAsync(open)));
    }

    [Fact]
    public async Task Of_many_such_pairs_at_two_processes_each_has_one_effect_and_a_plain_answer()
    {
        await using var second = await world.StartAsync();
        var groups = new List<Guid>();
        foreach (var _ in Enumerable.Range(0, 6))
        {
            groups.Add(await world.GroupAsync(60));
        }

        for (var round = 0; round < 4; round++)
        {
            var people = await Task.WhenAll(Enumerable.Range(0, 30).Select(n => SeatedAsync(groups[n % 6], groups[(n + 1 + n / 6) % 6])));

            var answers = await Task.WhenAll(
                people.SelectMany((p, n) => n % 2 == 0 ? new[] { p.AskAsync(), p.LeaveAsync(second.As(p.Id, "member")) } : [p.LeaveAsync(), p.AskAsync()])
            );

            foreach (var (person, pair) in people.Zip(answers.Chunk(2)))
            {
                var done = Assert.Single(pair, a => !a.IsReused);
                Assert.Contains(done.Status, new[] { HttpStatusCode.OK, HttpStatusCode.Created });
                Assert.Equal(
                    done.Status == HttpStatusCode.Created ? "reserved,reserved" : "ended",
                    await world.AskAsync<string>("select string_agg(status, ',') from enrollments where member_id = $1", person.Id)
                );
                Assert.Equal(
                    done.Status == HttpStatusCode.Created ? 0 : 1,
                    (await world.SentAsync("seat-released", person.Here)).Count(m => (Guid)m["memberId"]! == person.Id)
                );
            }
        }

        foreach (var group in groups)
        {
            Assert.Equal(
                await world.AskAsync<long>("select count(*) from enrollments where group_id = $1 and status = 'reserved'", group),
                await world.TakenAsync(group)
            );
        }
    }

    private async Task<Seated> SeatedAsync(Guid here, Guid there)
    {
        var (id, http) = await world.MemberInAsync("FL");
        return new Seated(id, http, here, there, (Guid)(await EnrolAsync(http, here)).Body["id"]!);
    }

    private static async Task<Answer> PostAsync(HttpClient http, string path, object body, string key)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, path) { Content = JsonContent.Create(body) };
        request.Headers.Add("Idempotency-Key", key);
        using var response = await http.SendAsync(request);
        return new Answer(response.StatusCode, JsonNode.Parse(await response.Content.ReadAsStringAsync())!);
    }

    private Task<IAsyncDisposable> HoldGroupsAsync(params Guid[] groups) =>
        world.HoldAsync($"begin; select 1 from seat_groups where group_id in ({string.Join(", ", groups.Select(g => $"'{g}'"))}) for update");

    // Longer than a batch waits that leaves the waiting to others. Asked as the service itself: another role is not told what these sessions wait for.
    private async Task WaitingAsync(int sessions)
    {
        await using var source = NpgsqlDataSource.Create(world.Runtime);
        await using var command = source.CreateCommand(
            "select count(*) from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock' and query_start < clock_timestamp() - "
                + "interval '0.5 s'"
        );
        await Eventually.Async(
            async () => (long)(await command.ExecuteScalarAsync())! >= sessions,
            () => $"{sessions} sessions waiting for a lock were not seen"
        );
    }
}
