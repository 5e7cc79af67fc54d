using System.Net.Http.Json;
using System.Text.Json;
using GroupTherapy.Contracts.Identity;
using GroupTherapy.Contracts.Identity.V1;
using GroupTherapy.Platform.Data;
using GroupTherapy.Room.Consumers;
using GroupTherapy.Tests.Support;
using Npgsql;
using Xunit;

namespace GroupTherapy.Room.Tests;

public sealed class AttendanceTests(TwoNodes nodes) : IClassFixture<TwoNodes>
{
    private RoomWorld World => nodes.World;

    [Fact]
    public async Task A_correction_is_a_fact_beside_the_count_and_nothing_is_overwritten()
    {
        var evening = await World.EveningAsync();
        var (lead, _) = await evening.LiveAsync(1);
        var (present, absent) = (evening.Members[0], await evening.MemberAsync());
        var refused = await evening.MemberAsync();
        Assert.Equal((403, "not-eligible"), await evening.RefusedAsync(refused, new { location = new { jurisdiction = "US-GA" } }));
        await lead.CallAsync("End", new { reason = "done" });
        using var http = World.B.As(evening.Lead, Roles.Facilitator);
        Assert.Equal("refused_for_place", (await ItemAsync(http, evening, refused)).GetProperty("status").GetString());

        var answer = await PostAsync(http, evening, absent, new { status = "excused", note = "called in sick" });
        Assert.Equal(200, (int)answer.StatusCode);
        Assert.Equal(200, (int)(await PostAsync(http, evening, absent, new { note = "with a fever" })).StatusCode);
        Assert.Equal(200, (int)(await PostAsync(http, evening, present, new { status = "no_show" })).StatusCode);
        Assert.Equal(200, (int)(await PostAsync(http, evening, present, new { status = "present" })).StatusCode);
        var item = await ItemAsync(http, evening, absent);
        Assert.Equal(
            ("excused", "no_show", true),
            (item.GetProperty("status").GetString(), item.GetProperty("countedStatus").GetString(), item.GetProperty("corrected").GetBoolean())
        );
        Assert.Equal((evening.Lead, 2), (item.GetProperty("correctedBy").GetGuid(), item.GetProperty("corrections").GetArrayLength()));
        Assert.Equal(
            ["no_show", "present"],
            (await ItemAsync(http, evening, present)).GetProperty("corrections").EnumerateArray().Select(c => c.GetProperty("status").GetString())
        );
        Assert.DoesNotContain("sick", await http.GetStringAsync($"/api/sessions/{evening.Session}/attendance"), StringComparison.Ordinal);

        Assert.Equal(
            ["excused/1", "no_show/1", "present/2"],
            await World.Db.QueryAsync<string>(
                """
                select (body->>'status') || '/' || (body->>'version') from outbox
                where urn like '%attendance-corrected%' and body->>'sessionId' = @id order by id
                """,
                new { id = evening.Session.ToString() }
            )
        );
        Assert.Equal(
            "no_show",
            await World.ReadAsync<string>(
                "select r->>'status' from outbox o, json_array_elements(o.body->'attendance') r where o.urn like '%session-ended%' and o.body->>'sessionId' = "
                    + "@id and r->>'memberId' = @m",
                new { id = evening.Session.ToString(), m = absent.ToString() }
            )
        );
        Assert.Equal(
            4,
            await World.ReadAsync<long>(
                "select count(*) from audit_entries where act = 'attendance.corrected' and ref = @id and data not like '%sick%'",
                new { id = evening.Session }
            )
        );
        await Assert.ThrowsAsync<PostgresException>(() => World.ReadAsync<int>("update attendance_corrections set status = 'present' returning 1"));
        await Assert.ThrowsAsync<PostgresException>(() => World.ReadAsync<int>("delete from attendance_corrections returning 1"));
    }

    [Fact]
    public async Task An_in_person_session_cannot_be_joined_and_facilitators_record_its_attendance()
    {
        var evening = await World.EveningAsync();
        var (came, away, unsaid) = (Guid.CreateVersion7(), Guid.CreateVersion7(), Guid.CreateVersion7());
        foreach (var seated in new[] { came, away, unsaid })
        {
            await World.DeliverAsync<Consumers.ExpectMemberWhenEnrollmentConfirmed, Contracts.Enrollment.V1.EnrollmentConfirmed>(
                new(seated, evening.Plan.GroupId, seated, 1, World.Clock.GetUtcNow())
            );
        }

        var plan = evening.Plan with { SessionId = Guid.CreateVersion7(), Modality = "in_person" };
        await World.DeliverAsync<Consumers.PlanRoomWhenSessionScheduled, Contracts.Scheduling.V1.SessionScheduled>(new(plan, World.Clock.GetUtcNow()));
        await World.DeliverAsync<Consumers.ExcuseMemberWhenAbsenceTold, Contracts.Scheduling.V1.AbsenceTold>(
            new(plan.SessionId, plan.GroupId, away, 1, World.Clock.GetUtcNow())
        );
        using var member = World.B.As(came, Roles.Member);
        using var join = await member.PostAsJsonAsync($"/api/sessions/{plan.SessionId}/join", new { location = new { jurisdiction = "US-FL" } });
        Assert.Equal(404, (int)join.StatusCode);

        using var http = World.B.As(evening.Lead, Roles.Facilitator);
        var url = $"/api/sessions/{plan.SessionId}/attendance";
        if (plan.StartsAt > World.Clock.GetUtcNow())
        {
            Assert.Equal(409, (int)(await http.PostAsJsonAsync($"{url}/{came}", new { status = "present" })).StatusCode);
            World.Clock.Advance(plan.StartsAt - World.Clock.GetUtcNow());
        }

        await Eventually.Async(async () => await StatusesAsync() is { Count: 3 }, () => "the list of who is expected did not come");
        Assert.Equal(200, (int)(await http.PostAsJsonAsync($"{url}/{came}", new { status = "present" })).StatusCode);
        Assert.Equal(("present", "excused", "expected"), await ThreeAsync());

        World.Clock.Advance(plan.EndsAt - World.Clock.GetUtcNow());
        await Eventually.Async(
            async () => await World.ReadAsync<string>("select phase from sessions where session_id = @id", new { id = plan.SessionId }) == "ended",
            () => "the session did not end"
        );
        Assert.Equal(("present", "excused", "expected"), await ThreeAsync());
        Assert.Equal(200, (int)(await http.PostAsJsonAsync($"{url}/{unsaid}", new { status = "no_show" })).StatusCode);
        Assert.Equal(("present", "excused", "no_show"), await ThreeAsync());
        Assert.Equal(
            "ended/present",
            await World.ReadAsync<string>(
                "select 'ended/' || (r->>'status') from outbox o, json_array_elements(o.body->'attendance') r where o.urn like '%session-ended%' "
                    + "and o.body->>'sessionId' = @id and r->>'memberId' = @came",
                new { id = plan.SessionId.ToString(), came = came.ToString() }
            )
        );

        async Task<Dictionary<Guid, string>> StatusesAsync() =>
            (await http.GetFromJsonAsync<JsonElement>(url))
                .GetProperty("items")
                .EnumerateArray()
                .ToDictionary(i => i.GetProperty("memberId").GetGuid(), i => i.GetProperty("status").GetString()!);

        async Task<(string, string, string)> ThreeAsync()
        {
            var all = await StatusesAsync();
            return (all[came], all[away], all[unsaid]);
        }
    }

    [Fact]
    public async Task A_member_who_told_an_absence_beforehand_is_excused_unless_they_come_and_the_roster_shows_it()
    {
        var evening = await World.EveningAsync();
        var (away, backAgain, late) = (await evening.MemberAsync(), await evening.MemberAsync(), await evening.MemberAsync());
        foreach (var member in new[] { away, backAgain })
        {
            await World.DeliverAsync<Consumers.ExcuseMemberWhenAbsenceTold, Contracts.Scheduling.V1.AbsenceTold>(
                new(evening.Session, evening.Plan.GroupId, member, 1, World.Clock.GetUtcNow())
            );
        }

        await World.DeliverAsync<Consumers.ExpectMemberWhenAbsenceWithdrawn, Contracts.Scheduling.V1.AbsenceWithdrawn>(
            new(evening.Session, evening.Plan.GroupId, backAgain, 2, World.Clock.GetUtcNow())
        );
        await World.DeliverAsync<Consumers.ExcuseMemberWhenAbsenceTold, Contracts.Scheduling.V1.AbsenceTold>(
            new(evening.Session, evening.Plan.GroupId, backAgain, 1, World.Clock.GetUtcNow())
        );
        using var http = World.B.As(evening.Lead, Roles.Facilitator);
        var roster = (await http.GetFromJsonAsync<JsonElement>($"/internal/groups/{evening.Plan.GroupId}/participants")).EnumerateArray().ToList();
        Assert.Equal([away], roster.Where(r => r.GetProperty("absent").GetBoolean()).Select(r => r.GetProperty("memberId").GetGuid()));

        var (lead, _) = await evening.LiveAsync(1);
        Assert.Equal("excused", (await ItemAsync(http, evening, away)).GetProperty("status").GetString());
        await lead.CallAsync("End", new { reason = "done" });
        Assert.Equal(
            ("excused", "no_show", "no_show"),
            (
                (await ItemAsync(http, evening, away)).GetProperty("status").GetString(),
                (await ItemAsync(http, evening, backAgain)).GetProperty("status").GetString(),
                (await ItemAsync(http, evening, late)).GetProperty("status").GetString()
            )
        );
        Assert.Equal(
            "excused",
            await World.ReadAsync<string>(
                "select r->>'status' from outbox o, json_array_elements(o.body->'attendance') r where o.urn like '%session-ended%' and o.body->>'sessionId' = "
                    + "@id and r->>'memberId' = @m",
                new { id = evening.Session.ToString(), m = away.ToString() }
            )
        );
    }

    [Fact]
    public async Task Members_who_were_absent_when_a_live_session_was_cancelled_are_excused_and_can_be_corrected()
    {
        var evening = await World.EveningAsync();
        var early = await evening.MemberAsync();
        var (_, _) = await evening.LiveAsync(1);
        var (present, absent, gaveUp) = (evening.Members[1], await evening.MemberAsync(), await evening.MemberAsync());
        await using (var knocked = await evening.EnterAsync(gaveUp))
        {
            await knocked.CallAsync("Leave");
        }

        using var http = World.A.As(evening.Lead, Roles.Facilitator);
        Assert.Equal("expected", (await ItemAsync(http, evening, gaveUp)).GetProperty("status").GetString());
        Assert.Equal("expected", (await ItemAsync(http, evening, early)).GetProperty("status").GetString());
        await World.DeliverAsync<Consumers.CancelRoomWhenSessionCancelled, Contracts.Scheduling.V1.SessionCancelled>(
            new(evening.Plan with { Cancelled = true, Version = 2 }, World.Clock.GetUtcNow())
        );
        foreach (var (member, status) in new[] { (present, "present"), (absent, "excused"), (gaveUp, "excused"), (early, "excused") })
        {
            Assert.Equal(status, (await ItemAsync(http, evening, member)).GetProperty("status").GetString());
        }

        Assert.Equal(200, (int)(await PostAsync(http, evening, absent, new { status = "present" })).StatusCode);
    }

    [Fact]
    public async Task A_member_who_knocked_early_and_came_back_late_is_late_and_one_who_gave_up_before_the_opening_is_a_no_show()
    {
        await using var world = await RoomWorld.StartAsync(nodes: 1, settings: [("Times:FacilitatorGrace", "100000"), ("Times:LeaveAfter", "0.2")]);
        var evening = await world.EveningAsync();
        var (late, patient, gone) = (await evening.MemberAsync(), await evening.MemberAsync(), await evening.MemberAsync());
        foreach (var who in new[] { late, gone })
        {
            await using var knocked = await evening.EnterAsync(who);
            await knocked.CallAsync("Leave");
        }

        await using var waits = await evening.EnterAsync(patient);
        await using var lead = await evening.EnterAsync(evening.Lead);
        world.Clock.Advance(TimeSpan.FromMinutes(6));
        await lead.CallAsync("Open");
        world.Clock.Advance(TimeSpan.FromMinutes(8));
        await using var back = await evening.EnterAsync(late);
        await lead.CallAsync("AdmitAll");
        await lead.CallAsync("End", new { reason = "done" });
        using var http = world.A.As(evening.Lead, Roles.Facilitator);
        (string?, bool) Of(JsonElement item) => (item.GetProperty("status").GetString(), item.GetProperty("late").GetBoolean());
        Assert.Equal(("present", true), Of(await ItemAsync(http, evening, late)));
        Assert.Equal(("present", false), Of(await ItemAsync(http, evening, patient)));
        Assert.Equal(("no_show", false), Of(await ItemAsync(http, evening, gone)));
    }

    [Fact]
    public async Task Only_its_facilitators_correct_and_only_what_there_is()
    {
        var evening = await World.EveningAsync();
        var member = await evening.MemberAsync();
        var planned = await World.EveningAsync(startsIn: TimeSpan.FromHours(9));
        using var http = World.A.As(evening.Lead, Roles.Facilitator);
        using var early = World.A.As(planned.Lead, Roles.Facilitator);
        Assert.Equal(409, (int)(await PostAsync(early, planned, await planned.MemberAsync(), new { status = "excused" })).StatusCode);
        await evening.TicketAsync(evening.Lead);
        Assert.Equal(400, (int)(await PostAsync(http, evening, member, new { status = "late" })).StatusCode);
        Assert.Equal(400, (int)(await PostAsync(http, evening, member, new { })).StatusCode);
        Assert.Equal(404, (int)(await PostAsync(http, evening, Guid.CreateVersion7(), new { status = "excused" })).StatusCode);
        foreach (var (account, role) in new[] { (Guid.CreateVersion7(), Roles.Facilitator), (Guid.CreateVersion7(), Roles.Operator), (member, Roles.Member) })
        {
            using var other = World.A.As(account, role);
            Assert.Contains((int)(await PostAsync(other, evening, member, new { status = "excused" })).StatusCode, new[] { 403, 404 });
        }

        // Excused before it ended: the first count says so already.
        Assert.Equal(200, (int)(await PostAsync(http, evening, member, new { status = "excused" })).StatusCode);
        var (lead, _) = await evening.LiveAsync(0);
        await lead.CallAsync("End", new { reason = "done" });
        Assert.Equal(
            "excused",
            await World.ReadAsync<string>(
                "select body->'attendance'->0->>'status' from outbox where urn like '%session-ended%' and body->>'sessionId' = @id",
                new { id = evening.Session.ToString() }
            )
        );
    }

    [Fact]
    public async Task Nothing_that_was_written_can_be_read_after_its_retention()
    {
        var evening = await World.EveningAsync();
        var (lead, members) = await evening.LiveAsync(1);
        var said = (await members[0].PostAsync("a secret of the evening")).GetProperty("seq").GetInt64();
        await lead.CallAsync(
            "Hide",
            new
            {
                stream = "room",
                seq = said,
                reason = "a reason to forget",
            }
        );
        await lead.CallAsync("End", new { reason = "done" });
        using var http = World.B.As(evening.Lead, Roles.Facilitator);
        await PostAsync(http, evening, evening.Members[0], new { note = "a note to forget" });
        Assert.Contains("a secret of the evening", await http.GetStringAsync($"/api/sessions/{evening.Session}/events?stream=room"), StringComparison.Ordinal);
        const string Named = """
            select (select count(*) from participants where session_id = @id and alias = @alias)
                 + (select count(*) from room_events where session_id = @id and (by_alias = @alias or data like '%' || @alias || '%'))
            """;
        var named = new
        {
            id = evening.Session,
            alias = await World.ReadAsync<string>("select alias from participants where session_id = @id and role = 'member'", new { id = evening.Session }),
        };
        Assert.True(await World.ReadAsync<long>(Named, named) >= 3, "the member's alias was never in the log");
        var revoked = new SessionRevoked(Guid.CreateVersion7(), Guid.CreateVersion7(), World.Clock.GetUtcNow());
        await World.DeliverAsync<CloseConnectionsWhenSessionRevoked, SessionRevoked>(revoked);
        World.Clock.Advance(TimeSpan.FromDays(31));
        await Eventually.Async(
            async () => await World.ReadAsync<bool>("select wrapped_key is null from sessions where session_id = @id", new { id = evening.Session }),
            () => "the key was not destroyed"
        );
        Assert.Equal(0, await World.ReadAsync<long>(Named, named));
        await Eventually.Async(
            async () => await World.ReadAsync<long>("select count(*) from revoked_sign_ins", new { }) == 0,
            () => "a sign-in that was revoked a month ago is still remembered"
        );

        Assert.Equal(404, (int)(await http.GetAsync($"/api/sessions/{evening.Session}/events?stream=room")).StatusCode);
        Assert.Equal(409, (int)(await PostAsync(http, evening, evening.Members[0], new { status = "excused", note = "too late" })).StatusCode);
        Assert.Equal(200, (int)(await PostAsync(http, evening, evening.Members[0], new { status = "excused" })).StatusCode);
        var row = await World.ReadAsync<byte[]>(
            "select sealed from room_events where session_id = @id and stream = 'room' and seq = @said",
            new { id = evening.Session, said }
        );
        Assert.DoesNotContain("secret", System.Text.Encoding.UTF8.GetString(row), StringComparison.Ordinal);
        var keys = World.A.Get<Room.Storage.RoomKeys>();
        Assert.Null(keys.Unwrap(evening.Session, null));
        Assert.ThrowsAny<System.Security.Cryptography.CryptographicException>(() =>
            keys.Unwrap(evening.Session, keys.NewWrapped(evening.Session))!.Open("room", row)
        );
        Assert.Equal(
            0,
            await World.ReadAsync<long>(
                """
                select (select count(*) from moderation_notes where session_id = @id and position(convert_to('forget', 'UTF8') in sealed) > 0)
                     + (select count(*) from attendance_corrections where session_id = @id and position(convert_to('forget', 'UTF8') in note) > 0)
                     + (select count(*) from room_events where session_id = @id and data like '%secret%')
                     + (select count(*) from posts where session_id = @id)
                     + (select count(*) from participants where session_id = @id and (address is not null or jurisdiction is not null))
                """,
                new { id = evening.Session }
            )
        );
    }

    private static Task<HttpResponseMessage> PostAsync(HttpClient http, Evening evening, Guid member, object body) =>
        http.PostAsJsonAsync($"/api/sessions/{evening.Session}/attendance/{member}", body);

    private static async Task<JsonElement> ItemAsync(HttpClient http, Evening evening, Guid member)
    {
        var page = await http.GetFromJsonAsync<JsonElement>($"/api/sessions/{evening.Session}/attendance");
        return page.GetProperty("items").EnumerateArray().Single(r => r.GetProperty("memberId").GetGuid() == member);
    }
}
