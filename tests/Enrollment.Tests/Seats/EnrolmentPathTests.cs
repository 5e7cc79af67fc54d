using System.Net;
using System.Net.Http.Json;
using System.Text.Json.Nodes;
using GroupTherapy.Contracts.Room.V1;
using GroupTherapy.Enrollment.Api;
using GroupTherapy.Enrollment.Consumers;
using GroupTherapy.Enrollment.Domain;
using GroupTherapy.Enrollment.Storage;
using GroupTherapy.Enrollment.Workers;
using GroupTherapy.Tests.Support;
using static GroupTherapy.Enrollment.Tests.EnrollmentWorld;

namespace GroupTherapy.Enrollment.Tests.Seats;

public sealed class EnrolmentPathTests(EnrollmentWorld world) : IClassFixture<EnrollmentWorld>
{
    [Fact]
    public async Task A_Floridian_reserves_confirms_and_gets_a_permit_for_the_coming_session()
    {
        var group = await world.GroupAsync(10);
        var session = await world.SessionAsync(group, TimeSpan.FromHours(1));
        var (id, http) = await world.MemberInAsync("FL");

        var (status, reserved) = await EnrolAsync(http, group);
        Assert.Equal(HttpStatusCode.Created, status);
        Assert.Equal("reserved", (string)reserved["status"]!);
        Assert.Equal("allow_with_conditions", (string)reserved["decision"]!["outcome"]!);
        Assert.Equal(4, reserved["consents"]!.AsArray().Count);

        var (confirmed, enrolled) = await ConfirmAsync(http, reserved);
        Assert.Equal(HttpStatusCode.OK, confirmed);
        Assert.Equal("enrolled", (string)enrolled["status"]!);
        Assert.Equal(HttpStatusCode.OK, (await ConfirmAsync(http, reserved)).Status);
        Assert.Single(await world.SentAsync("enrollment-confirmed", group));

        await Eventually.Async(
            async () => (await world.SentAsync("permit-changed", id)).Count == 1,
            () => "no permit was published for the confirmed enrolment"
        );
        var permit = (await world.SentAsync("permit-changed", id))[0];
        Assert.Equal(session.SessionId, (Guid)permit["sessionId"]!);
        Assert.Equal("allow", Outcome(permit, "US-FL"));
        Assert.Equal("deny", Outcome(permit, "US-GA"));
        Assert.Equal("deny", Outcome(permit, "UNKNOWN"));

        // What Room tells at the door is decided again, stored under its id, and replays.
        var decision = Guid.CreateVersion7(world.Clock.GetUtcNow());
        var at = world.Clock.GetUtcNow() + TimeSpan.FromMinutes(50);
        await world.DeliverAsync<DecideAgainWhenJoinDecided, JoinDecided>(
            new JoinDecided(
                decision,
                (Guid)permit["permitId"]!,
                (long)permit["version"]!,
                (Guid)reserved["id"]!,
                id,
                group,
                session.SessionId,
                "join",
                "US-GA",
                at,
                null,
                at,
                "deny",
                ["LOCATION_NOT_AUTHORISED"],
                1,
                "licensing-1"
            )
        );
        var stored = await world.Operator.GetFromJsonAsync<JsonNode>($"/api/licensing/decisions/{decision}");
        Assert.Equal("deny", (string)stored!["decision"]!["outcome"]!);
        Assert.Null(stored["told"]);
        var replay = await (await world.Operator.PostAsync($"/api/licensing/decisions/{decision}/replay", null)).Content.ReadFromJsonAsync<JsonNode>();
        Assert.True((bool)replay!["identical"]!);

        var all = await world.Operator.GetFromJsonAsync<JsonNode>($"/api/licensing/decisions?memberId={id}");
        Assert.Equal(["seat_hold", "enrol", "join"], all!["items"]!.AsArray().Select(d => (string)d!["point"]!));
        var newest = await world.Operator.GetFromJsonAsync<JsonNode>($"/api/licensing/decisions?memberId={id}&order=newest&limit=2");
        Assert.Equal(["join", "enrol"], newest!["items"]!.AsArray().Select(d => (string)d!["point"]!));
        var rest = await world.Operator.GetFromJsonAsync<JsonNode>(
            $"/api/licensing/decisions?memberId={id}&order=newest&limit=2&cursor={newest["nextCursor"]}"
        );
        Assert.Equal(["seat_hold"], rest!["items"]!.AsArray().Select(d => (string)d!["point"]!));
        var member = await world.Operator.GetFromJsonAsync<JsonNode>($"/api/members/{id}");
        Assert.Equal("US-GA", (string)member!["attestedPlaces"]![0]!["jurisdiction"]!);
    }

    private static string Outcome(JsonNode permit, string place) =>
        (string)permit["places"]!.AsArray().Single(p => (string)p!["jurisdiction"]! == place)!["outcome"]!;

    [Fact]
    public async Task A_Texan_is_refused_with_every_reason_and_offered_the_skills_group()
    {
        var therapy = await world.GroupAsync(10);
        var skills = await world.GroupAsync(10, "skills_education");
        var (id, http) = await world.MemberInAsync("TX");

        var (status, problem) = await EnrolAsync(http, therapy);

        Assert.Equal(HttpStatusCode.Forbidden, status);
        Assert.Equal("not-eligible", (string)problem["code"]!);
        var codes = problem["decision"]!["reasons"]!.AsArray().Select(r => (string)r!["code"]!).ToArray();
        Assert.Contains("POLICY_STATE_NOT_OFFERED", codes);
        Assert.Contains("LOCATION_NOT_AUTHORISED", codes);
        Assert.Contains(problem["decision"]!["alternativeGroups"]!.AsArray(), g => (Guid)g!["id"]! == skills);
        Assert.Equal(0L, await world.AskAsync<long>("select count(*) from enrollments where member_id = $1", id));
        Assert.Equal(1L, await world.AskAsync<long>("select count(*) from decisions where member_id = $1 and outcome = 'deny'", id));

        var (allowed, enrolment) = await EnrolAsync(http, skills);
        Assert.Equal(HttpStatusCode.Created, allowed);
        Assert.Equal("allow", (string)enrolment["decision"]!["outcome"]!);
    }

    [Fact]
    public async Task Without_a_profile_the_case_is_held_for_an_operator_who_releases_it_to_the_waitlist()
    {
        var group = await world.GroupAsync(1);
        var id = Guid.CreateVersion7();
        var http = world.Service.As(id, "member");

        var (status, held) = await EnrolAsync(http, group);
        Assert.Equal(HttpStatusCode.Created, status);
        Assert.Equal("held", (string)held["status"]!);
        Assert.Equal(0, await world.AskAsync<int>("select taken from seat_groups where group_id = $1", group));
        var cases = await world.Operator.GetFromJsonAsync<JsonNode>("/api/enrollments?status=held");
        Assert.Contains(cases!["items"]!.AsArray(), c => (Guid)c!["id"]! == (Guid)held["id"]!);

        (await http.PutAsJsonAsync("/api/me/profile", Profile("NY"))).EnsureSuccessStatusCode();
        var released = await world.Operator.PostAsJsonAsync($"/api/enrollments/{held["id"]}/release", new { reason = "The profile is there now." });
        Assert.Equal(HttpStatusCode.OK, released.StatusCode);
        Assert.Equal("offered", (string)JsonNode.Parse(await released.Content.ReadAsStringAsync())!["status"]!);
    }

    [Fact]
    public async Task An_idempotent_request_is_answered_again_and_its_key_is_the_callers_own()
    {
        var group = await world.GroupAsync(10);
        var (_, http) = await world.MemberInAsync("FL");
        var (_, other) = await world.MemberInAsync("FL");
        var key = Guid.CreateVersion7().ToString();

        var (first, body) = await EnrolAsync(http, group, key);
        var (again, same) = await EnrolAsync(http, group, key);
        Assert.Equal((HttpStatusCode.Created, HttpStatusCode.Created), (first, again));
        Assert.Equal(body.ToJsonString(), same.ToJsonString());
        Assert.Equal(1, await world.AskAsync<int>("select taken from seat_groups where group_id = $1", group));

        var (reused, problem) = await EnrolAsync(http, await world.GroupAsync(10), key);
        Assert.Equal((HttpStatusCode.UnprocessableEntity, "idempotency-key-reused"), (reused, (string)problem["code"]!));
        var (theirs, independent) = await EnrolAsync(other, group, key);
        Assert.Equal(HttpStatusCode.Created, theirs);
        Assert.NotEqual((Guid)body["id"]!, (Guid)independent["id"]!);
    }

    [Fact]
    public async Task Twenty_requests_at_once_by_one_member_take_one_seat()
    {
        var group = await world.GroupAsync(10);
        var (_, http) = await world.MemberInAsync("FL");

        var answers = await Task.WhenAll(Enumerable.Range(0, 20).Select(_ => EnrolAsync(http, group)));

        Assert.Single(answers, a => a.Status == HttpStatusCode.Created);
        Assert.All(answers.Where(a => a.Status != HttpStatusCode.Created), a => Assert.Equal("already-enrolled", (string)a.Body["code"]!));
        Assert.Equal(1, await world.AskAsync<int>("select taken from seat_groups where group_id = $1", group));
    }

    [Fact]
    public async Task Two_hundred_members_at_once_never_oversell_and_the_rest_are_on_one_waitlist()
    {
        var group = await world.GroupAsync(7);
        var members = new List<HttpClient>();
        foreach (var batch in Enumerable.Range(0, 200).Chunk(20))
        {
            members.AddRange((await Task.WhenAll(batch.Select(_ => world.MemberInAsync("FL")))).Select(m => m.Http));
        }

        var answers = await Task.WhenAll(members.Select(m => EnrolAsync(m, group)));

        Assert.All(answers, a => Assert.Equal(HttpStatusCode.Created, a.Status));
        Assert.Equal(7, answers.Count(a => (string)a.Body["status"]! == "reserved"));
        Assert.Equal(7, await world.AskAsync<int>("select taken from seat_groups where group_id = $1", group));
        Assert.Equal(
            193L,
            await world.AskAsync<long>("select count(distinct waitlist_order) from enrollments where group_id = $1 and status = 'waitlisted'", group)
        );
    }

    [Fact]
    public async Task A_released_seat_is_offered_to_the_first_eligible_waitlisted_member_and_one_who_moved_away_is_passed_over()
    {
        var group = await world.GroupAsync(1);
        var (_, seated) = await world.MemberInAsync("FL");
        var (movedId, moved) = await world.MemberInAsync("NY");
        var (_, next) = await world.MemberInAsync("NJ");
        var (_, reservation) = await EnrolAsync(seated, group);
        Assert.Equal(1, (int)(await EnrolAsync(moved, group)).Body["waitlistPosition"]!);
        var (_, waiting) = await EnrolAsync(next, group);
        Assert.Equal(2, (int)waiting["waitlistPosition"]!);
        (await moved.PutAsJsonAsync("/api/me/profile", Profile("TX"))).EnsureSuccessStatusCode();

        (await seated.PostAsJsonAsync($"/api/enrollments/{reservation["id"]}/cancel", new { })).EnsureSuccessStatusCode();

        var mine = await next.GetFromJsonAsync<JsonNode>("/api/me/enrollments");
        Assert.Equal("offered", (string)mine!["items"]![0]!["status"]!);
        Assert.NotNull(mine["items"]![0]!["offerExpiresAt"]);
        Assert.Equal(1L, await world.AskAsync<long>("select count(*) from audit_entries where act = 'waitlist.passed-over' and subject = $1", movedId));
        Assert.Equal("waitlisted", await world.AskAsync<string>("select status from enrollments where member_id = $1", movedId));
        Assert.Equal(1, await world.AskAsync<int>("select taken from seat_groups where group_id = $1", group));

        world.Clock.Advance(TimeSpan.FromHours(12) + TimeSpan.FromSeconds(1));
        await Eventually.Async(
            async () => (string)(await next.GetFromJsonAsync<JsonNode>("/api/me/enrollments"))!["items"]![0]!["status"]! == "ended",
            () => "the offer did not expire"
        );
    }

    [Fact]
    [Trait("hostile", "R13")]
    public async Task A_reservation_expires_its_seat_comes_back_and_it_cannot_be_confirmed()
    {
        var group = await world.GroupAsync(1);
        var (_, http) = await world.MemberInAsync("FL");
        var (_, reserved) = await EnrolAsync(http, group);

        world.Clock.Advance(TimeSpan.FromMinutes(15));

        var (status, problem) = await ConfirmAsync(http, reserved);
        Assert.Equal((HttpStatusCode.Conflict, "not-reserved"), (status, (string)problem["code"]!));
        await Eventually.Async(
            async () => await world.AskAsync<int>("select taken from seat_groups where group_id = $1", group) == 0,
            () => "the expired seat did not come back"
        );
        Assert.Equal("expired", (string)(await http.GetFromJsonAsync<JsonNode>("/api/me/enrollments"))!["items"]![0]!["endReason"]!);
    }

    [Fact]
    public async Task Consents_that_are_missing_or_of_another_version_are_named_and_the_seat_stays()
    {
        var group = await world.GroupAsync(10, part2: true);
        var (_, http) = await world.MemberInAsync("FL");
        var (_, reserved) = await EnrolAsync(http, group);

        using var response = await http.PostAsJsonAsync(
            $"/api/enrollments/{reserved["id"]}/confirm",
            new { consents = new[] { new { document = "telehealth", version = 1 }, new { document = "no-recording", version = 2 } } }
        );

        Assert.Equal(HttpStatusCode.BadRequest, response.StatusCode);
        var problem = JsonNode.Parse(await response.Content.ReadAsStringAsync())!;
        Assert.Equal("consents-missing", (string)problem["code"]!);
        Assert.Equal(["group-confidentiality", "no-recording", "group-rules", "part-2"], problem["missing"]!.AsArray().Select(m => (string)m!["document"]!));
        Assert.Equal(1, await world.AskAsync<int>("select taken from seat_groups where group_id = $1", group));
    }

    [Fact]
    public async Task Another_members_enrollment_looks_like_none()
    {
        var group = await world.GroupAsync(10);
        var (_, mine) = await world.MemberInAsync("FL");
        var (_, other) = await world.MemberInAsync("FL");
        var (_, reserved) = await EnrolAsync(mine, group);

        var (theirs, unknown) = (
            await ConfirmAsync(other, reserved),
            await ConfirmAsync(other, new JsonObject { ["id"] = Guid.CreateVersion7().ToString(), ["consents"] = new JsonArray() })
        );

        Assert.Equal((HttpStatusCode.NotFound, HttpStatusCode.NotFound), (theirs.Status, unknown.Status));
        theirs.Body.AsObject().Remove("traceId");
        unknown.Body.AsObject().Remove("traceId");
        Assert.Equal(unknown.Body.ToJsonString(), theirs.Body.ToJsonString());
    }

    [Fact]
    public async Task The_audit_chain_verifies_and_a_changed_entry_is_found()
    {
        var group = await world.GroupAsync(10);
        var (_, http) = await world.MemberInAsync("FL");
        await EnrolAsync(http, group);
        await Eventually.Async(async () => await world.AskAsync<long>("select count(*) from audit_pending") == 0, () => "entries stayed unlinked");

        var verdict = await world.Operator.GetFromJsonAsync<JsonNode>("/internal/audit/verify");
        Assert.True((bool)verdict!["intact"]!);
        Assert.True((long)verdict["entries"]! > 3);
        var refused = await Assert.ThrowsAsync<Npgsql.PostgresException>(async () =>
        {
            await using var source = Npgsql.NpgsqlDataSource.Create(world.Runtime);
            await source.CreateCommand("update audit_entries set act = 'nothing'").ExecuteNonQueryAsync();
        });
        Assert.Equal("42501", refused.SqlState);
    }

    [Fact]
    public async Task A_member_who_confirms_and_leaves_at_once_while_permits_are_issued_is_never_removed()
    {
        var group = await world.GroupAsync(25);
        await world.SessionAsync(group, TimeSpan.FromHours(2));
        var members = await Task.WhenAll(Enumerable.Range(0, 25).Select(_ => world.MemberInAsync("FL")));

        var answers = await Task.WhenAll(
            members.Select(async m =>
            {
                var (_, reserved) = await EnrolAsync(m.Http, group);
                var (confirmed, _) = await ConfirmAsync(m.Http, reserved);
                using var left = await m.Http.PostAsJsonAsync($"/api/enrollments/{reserved["id"]}/cancel", new { });
                return (confirmed, left.StatusCode);
            })
        );

        Assert.All(answers, a => Assert.Equal((HttpStatusCode.OK, HttpStatusCode.OK), a));
        Assert.Equal(0, await world.AskAsync<int>("select taken from seat_groups where group_id = $1", group));
    }

    [Fact]
    public async Task An_operator_of_one_practice_reads_its_part_of_the_record_and_no_more()
    {
        var group = await world.GroupAsync(1);
        var (_, member) = await world.MemberInAsync("FL");
        await EnrollmentWorld.EnrolAsync(member, group);
        using var theirs = world.Service.As(Guid.CreateVersion7(), ["operator"], ["chicago"]);
        using var ours = world.Service.As(Guid.CreateVersion7(), ["operator"], ["grouport"]);

        Assert.DoesNotContain($"{group}", await theirs.GetStringAsync("/internal/audit?limit=500"), StringComparison.Ordinal);
        Assert.DoesNotContain($"{group}", await theirs.GetStringAsync("/internal/audit/export"), StringComparison.Ordinal);
        await Eventually.Async(
            async () => (await ours.GetStringAsync("/internal/audit/export")).Contains($"{group}", StringComparison.Ordinal),
            () => "the practice's own entries were not exported"
        );
        Assert.Equal("grouport", await world.AskAsync<string>("select practice from audit_entries where act = 'enrollment.reserved' order by id desc limit 1"));
    }
}
