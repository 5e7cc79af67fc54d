using System.Net;
using System.Net.Http.Json;
using System.Text.Json.Nodes;
using static GroupTherapy.Enrollment.Tests.EnrollmentWorld;
using static GroupTherapy.Enrollment.Tests.Seats.SeatWorld;

namespace GroupTherapy.Enrollment.Tests.Seats;

/// <summary>What a member may try, and exactly what comes of it.</summary>
public sealed class ExactOutcomesTests(EnrollmentWorld world) : IClassFixture<EnrollmentWorld>
{
    [Fact]
    public async Task Leaving_each_state_gives_back_what_it_held_and_leaving_twice_is_leaving_once()
    {
        var group = await world.GroupAsync(1);
        var (_, a) = await world.MemberInAsync("FL");
        var (_, b) = await world.MemberInAsync("FL");
        var (_, c) = await world.MemberInAsync("FL");
        var (_, d) = await world.MemberInAsync("FL");
        var reserved = (await EnrolAsync(a, group)).Body;
        await EnrolAsync(b, group);
        var waiting = (await EnrolAsync(c, group)).Body;
        await EnrolAsync(d, group);

        Assert.Equal("ended", (string)(await CancelAsync(c, waiting)).Body["status"]!);
        Assert.Equal(1, await world.TakenAsync(group));
        await CancelAsync(a, reserved);
        var offered = await UntilStatusAsync(b, group, "offered");
        Assert.Equal(HttpStatusCode.OK, (await CancelAsync(b, offered)).Status);
        var enrolled = (await ConfirmAsync(d, await UntilStatusAsync(d, group, "offered"))).Body;
        Assert.Equal("enrolled", (string)enrolled["status"]!);

        var (first, ended) = await CancelAsync(d, enrolled);
        var (again, same) = await CancelAsync(d, enrolled);

        Assert.Equal((HttpStatusCode.OK, HttpStatusCode.OK), (first, again));
        Assert.Equal(ended.ToJsonString(), same.ToJsonString());
        Assert.Equal(0, await world.TakenAsync(group));
        Assert.Single(await world.SentAsync("enrollment-ended", group));
        Assert.Equal(3, (await world.SentAsync("seat-released", group)).Count);
    }

    [Fact]
    public async Task Coming_back_is_a_new_enrollment_and_the_old_one_does_not_change()
    {
        var group = await world.GroupAsync(1);
        var (id, http) = await world.MemberInAsync("FL");
        var first = await EnrolledInAsync(http, group);
        await CancelAsync(http, first);

        var second = await EnrolledInAsync(http, group);

        Assert.NotEqual((Guid)first["id"]!, (Guid)second["id"]!);
        Assert.Equal("cancelled", await world.AskAsync<string>("select end_reason from enrollments where id = $1", (Guid)first["id"]!));
        Assert.Equal(8L, await world.AskAsync<long>("select count(*) from consents where member_id = $1", id));
        Assert.Equal(2, (await http.GetFromJsonAsync<JsonNode>("/api/me/enrollments"))!["items"]!.AsArray().Count);
    }

    [Fact]
    public async Task A_fifth_release_within_a_day_holds_the_next_request_for_an_operator_and_the_count_ends_with_the_day()
    {
        var group = await world.GroupAsync(2);
        var (id, http) = await world.MemberInAsync("FL");
        for (var n = 0; n < 5; n++)
        {
            var (status, taken) = await EnrolAsync(http, group);
            Assert.Equal((HttpStatusCode.Created, "reserved"), (status, (string)taken["status"]!));
            await CancelAsync(http, taken);
        }

        var sixth = (await EnrolAsync(http, group)).Body;
        Assert.Equal("held", (string)sixth["status"]!);
        Assert.Equal(["releases"], sixth["needs"]!.AsArray().Select(n => (string)n!));
        var held = (await world.Operator.GetFromJsonAsync<JsonNode>("/api/enrollments?status=held&limit=500"))!["items"]!
            .AsArray()
            .Single(e => (Guid)e!["memberId"]! == id)!;
        Assert.Equal(["releases"], held["needs"]!.AsArray().Select(n => (string)n!));

        await CancelAsync(http, sixth);
        world.Clock.Advance(TimeSpan.FromDays(1) + TimeSpan.FromMinutes(1));
        Assert.Equal("reserved", (string)(await EnrolAsync(http, group)).Body["status"]!);
    }

    [Fact]
    [Trait("hostile", "R13")]
    public async Task What_is_over_cannot_be_confirmed()
    {
        var group = await world.GroupAsync(2);
        var (_, cancelled) = await world.MemberInAsync("FL");
        var (_, expired) = await world.MemberInAsync("FL");
        var one = (await EnrolAsync(cancelled, group)).Body;
        var two = (await EnrolAsync(expired, group)).Body;
        await CancelAsync(cancelled, one);
        world.Clock.Advance(TimeSpan.FromMinutes(15));

        foreach (var (http, stay) in new[] { (cancelled, one), (expired, two) })
        {
            var (status, problem) = await ConfirmAsync(http, stay);
            Assert.Equal((HttpStatusCode.Conflict, "not-reserved"), (status, (string)problem["code"]!));
        }

        await UntilStatusAsync(expired, group, "ended");
        Assert.Equal(0, await world.TakenAsync(group));
        Assert.Equal(HttpStatusCode.OK, (await CancelAsync(expired, two)).Status);
        Assert.Equal("expired", (string)(await MineAsync(expired, group))["endReason"]!);
    }

    [Fact]
    public async Task A_waitlist_position_cannot_be_confirmed()
    {
        var group = await world.GroupAsync(1);
        var (_, a) = await world.MemberInAsync("FL");
        var (_, b) = await world.MemberInAsync("FL");
        await EnrolAsync(a, group);
        var (status, problem) = await ConfirmAsync(b, (await EnrolAsync(b, group)).Body);
        Assert.Equal((HttpStatusCode.Conflict, "not-reserved"), (status, (string)problem["code"]!));
    }

    [Fact]
    public async Task A_version_of_a_consent_that_does_not_exist_is_named_and_nothing_is_written()
    {
        var group = await world.GroupAsync(1);
        var (id, http) = await world.MemberInAsync("FL");
        var reserved = (await EnrolAsync(http, group)).Body;
        var consents = reserved["consents"]!.AsArray().Select(c => new { document = (string)c!["document"]!, version = 99 }).ToArray();

        var (status, problem) = await http.PostAsync($"/api/enrollments/{reserved["id"]}/confirm", new { consents });

        Assert.Equal((HttpStatusCode.BadRequest, "consents-missing", 4), (status, (string)problem["code"]!, problem["missing"]!.AsArray().Count));
        Assert.Equal(0L, await world.AskAsync<long>("select count(*) from consents where member_id = $1", id));
        Assert.Equal("reserved", (string)(await MineAsync(http, group))["status"]!);
    }

    [Fact]
    public async Task Another_members_enrollment_cannot_be_ended_or_confirmed_and_looks_like_none()
    {
        var group = await world.GroupAsync(1);
        var (_, mine) = await world.MemberInAsync("FL");
        var (_, other) = await world.MemberInAsync("FL");
        var reserved = (await EnrolAsync(mine, group)).Body;

        foreach (var (act, body) in new (string, object)[] { ("cancel", new { }), ("confirm", new { consents = Array.Empty<object>() }) })
        {
            var (theirs, problem) = await other.PostAsync($"/api/enrollments/{reserved["id"]}/{act}", body);
            var (unknown, same) = await other.PostAsync($"/api/enrollments/{Guid.CreateVersion7()}/{act}", body);
            Assert.Equal((HttpStatusCode.NotFound, HttpStatusCode.NotFound), (theirs, unknown));
            problem.AsObject().Remove("traceId");
            same.AsObject().Remove("traceId");
            Assert.Equal(same.ToJsonString(), problem.ToJsonString());
        }

        Assert.Equal("reserved", (string)(await MineAsync(mine, group))["status"]!);
    }

    [Fact]
    public async Task An_unknown_group_is_perhaps_on_its_way()
    {
        var (_, http) = await world.MemberInAsync("FL");
        using var response = await http.PostAsJsonAsync("/api/enrollments", new { groupId = Guid.CreateVersion7() });
        Assert.Equal((HttpStatusCode.NotFound, TimeSpan.FromSeconds(1)), (response.StatusCode, response.Headers.RetryAfter!.Delta));
    }

    [Fact]
    [Trait("hostile", "R11")]
    public async Task Two_hundred_requests_by_one_member_for_the_last_seat_take_it_once()
    {
        var group = await world.GroupAsync(1);
        var (_, http) = await world.MemberInAsync("FL");

        var answers = await Task.WhenAll(Enumerable.Range(0, 200).Select(_ => EnrolAsync(http, group)));

        Assert.Equal("reserved", (string)Assert.Single(answers, a => a.Status == HttpStatusCode.Created).Body["status"]!);
        Assert.All(
            answers.Where(a => a.Status != HttpStatusCode.Created),
            a => Assert.Equal((HttpStatusCode.Conflict, "already-enrolled"), (a.Status, (string)a.Body["code"]!))
        );
        Assert.Equal(1, await world.TakenAsync(group));
        Assert.Single(await world.SentAsync("seat-reserved", group));
    }

    [Fact]
    public async Task Fifty_members_at_once_for_the_last_seat_are_one_seat_and_a_waitlist_of_forty_nine()
    {
        var group = await world.GroupAsync(1);
        var members = new List<HttpClient>();
        foreach (var batch in Enumerable.Range(0, 50).Chunk(10))
        {
            members.AddRange((await Task.WhenAll(batch.Select(_ => world.MemberInAsync("FL")))).Select(m => m.Http));
        }

        var answers = await Task.WhenAll(members.Select(m => EnrolAsync(m, group)));

        Assert.All(answers, a => Assert.Equal(HttpStatusCode.Created, a.Status));
        Assert.Single(answers, a => (string)a.Body["status"]! == "reserved");
        Assert.Equal(1, await world.TakenAsync(group));
        var positions = new List<int>();
        foreach (var http in members)
        {
            if ((int?)(await MineAsync(http, group))["waitlistPosition"] is { } position)
            {
                positions.Add(position);
            }
        }

        Assert.Equal(Enumerable.Range(1, 49), positions.Order());
    }
}
