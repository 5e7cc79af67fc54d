using System.Net;
using System.Net.Http.Json;
using System.Text.Json.Nodes;
using static GroupTherapy.Enrollment.Tests.EnrollmentWorld;
using static GroupTherapy.Enrollment.Tests.Seats.SeatWorld;

namespace GroupTherapy.Enrollment.Tests.Seats;

/// <summary>An operator's walk through the cases that a person must look at.</summary>
public sealed class HeldCasesTests(EnrollmentWorld world) : IClassFixture<EnrollmentWorld>
{
    [Fact]
    public async Task Without_an_intake_the_request_is_held_and_a_stored_intake_lets_it_onto_the_waitlist()
    {
        var group = await IntakeGroupAsync(1);
        var (id, http) = await world.MemberInAsync("FL");
        var (status, held) = await EnrolAsync(http, group);
        Assert.Equal((HttpStatusCode.Created, "held", "intake"), (status, (string)held["status"]!, (string)held["needs"]![0]!));
        Assert.Equal("allow_with_conditions", (string)held["decision"]!["outcome"]!);
        Assert.Equal(0, await world.TakenAsync(group));
        var item = await CaseAsync(held);
        Assert.Equal(["intake"], item["needs"]!.AsArray().Select(n => (string)n!));
        Assert.Equal("allow_with_conditions", (string)item["outcome"]!);

        var (missing, problem) = await ReleaseAsync(held);
        Assert.Equal((HttpStatusCode.Conflict, "intake-missing"), (missing, (string)problem["code"]!));
        var (recorded, intake) = await world.Operator.PostAsync(
            $"/api/members/{id}/intakes",
            new
            {
                practice = "grouport",
                doneOn = "2026-01-15",
                note = "By video.",
            }
        );
        Assert.Equal((HttpStatusCode.Created, "2026-01-15"), (recorded, (string)intake["doneOn"]!));
        var member = (await world.Operator.GetFromJsonAsync<JsonNode>($"/api/members/{id}"))!;
        Assert.Equal(intake.ToJsonString(), Assert.Single(member["intakes"]!.AsArray())!.ToJsonString());
        var elsewhere = world.Service.As(Guid.CreateVersion7(), ["operator"], ["chicago"]);
        Assert.Equal(HttpStatusCode.NotFound, (await elsewhere.GetAsync($"/api/members/{id}")).StatusCode);

        Assert.Empty((await MineAsync(http, group))["needs"]!.AsArray());
        var (released, offered) = await ReleaseAsync(held);
        Assert.Equal((HttpStatusCode.OK, "offered"), (released, (string)offered["status"]!));
        Assert.Equal(["held", "released", "offered"], (await world.LogAsync(group)).Select(s => s.What));
        Assert.Equal("intake", (await world.LogAsync(group))[0].Code);
        Assert.Equal(HttpStatusCode.OK, (await ConfirmAsync(http, offered)).Status);

        // The next group of the practice asks for none again.
        Assert.Equal("reserved", (string)(await EnrolAsync(http, await IntakeGroupAsync(1))).Body["status"]!);
        Assert.Equal(
            1L,
            await world.AskAsync<long>("select count(*) from audit_entries where act = 'intake.recorded' and subject = $1 and data not like '%video%'", id)
        );
    }

    [Fact]
    public async Task A_denied_request_is_refused_whether_there_was_an_intake_or_not()
    {
        var (_, http) = await world.MemberInAsync("TX");
        var (status, problem) = await EnrolAsync(http, await IntakeGroupAsync(1));
        Assert.Equal((HttpStatusCode.Forbidden, "not-eligible"), (status, (string)problem["code"]!));
    }

    [Fact]
    public async Task A_group_that_asks_for_intakes_later_asks_at_the_offer_and_at_the_confirmation()
    {
        var group = await world.GroupAsync(1);
        var (_, seated) = await world.MemberInAsync("FL");
        var (_, waiting) = await world.MemberInAsync("FL");
        var reservation = (await EnrolAsync(seated, group)).Body;
        await EnrolAsync(waiting, group);
        await world.ChangeAsync(world.Group(group, 1, intakeFirst: true, version: 2));

        var (status, held) = await ConfirmAsync(seated, reservation);

        Assert.Equal((HttpStatusCode.OK, "held", "intake"), (status, (string)held["status"]!, (string)held["needs"]![0]!));
        Assert.Equal("held", (string)(await MineAsync(waiting, group))["status"]!);
        Assert.Equal(0, await world.TakenAsync(group));
    }

    [Theory]
    [InlineData("chicago", "2026-01-15", "practice")]
    [InlineData("grouport", "2026-02-30", "doneOn")]
    [InlineData("grouport", "2999-01-01", "doneOn")]
    public async Task An_intake_that_cannot_be_is_refused(string practice, string doneOn, string field)
    {
        var (id, http) = await world.MemberInAsync("FL");
        await EnrolAsync(http, await world.GroupAsync(1));

        var (status, problem) = await world
            .Service.As(world.OperatorId, ["operator"], ["grouport"])
            .PostAsync($"/api/members/{id}/intakes", new { practice, doneOn });

        Assert.Equal(HttpStatusCode.BadRequest, status);
        Assert.NotNull(problem["errors"]![field]);
        Assert.Equal(0L, await world.AskAsync<long>("select count(*) from intakes where member_id = $1", id));
    }

    [Fact]
    public async Task An_intake_of_an_account_unknown_to_the_practice_is_refused_like_any_unknown_id()
    {
        var (status, problem) = await world.Operator.PostAsync(
            $"/api/members/{Guid.CreateVersion7()}/intakes",
            new { practice = "grouport", doneOn = "2026-01-15" }
        );
        Assert.Equal((HttpStatusCode.NotFound, "not-found"), (status, (string)problem["code"]!));
    }

    [Fact]
    public async Task A_release_before_the_fact_is_put_right_is_told_what_is_missing_and_the_old_place_is_kept()
    {
        var group = await world.GroupAsync(1);
        var (_, seated) = await world.MemberInAsync("FL");
        var (id, unclear) = await world.MemberInAsync("AE");
        var (_, behind) = await world.MemberInAsync("FL");
        await EnrolAsync(seated, group);
        var held = (await EnrolAsync(unclear, group)).Body;
        Assert.Equal(("held", "facts"), ((string)held["status"]!, (string)held["needs"]![0]!));
        Assert.Equal(1, (int)(await EnrolAsync(behind, group)).Body["waitlistPosition"]!);
        var item = await CaseAsync(held);
        Assert.Equal("hold", (string)item["outcome"]!);
        Assert.Contains("POSTAL_NOT_A_PLACE", item["reasonCodes"]!.AsArray().Select(c => (string)c!));
        Assert.DoesNotContain("Somebody", item.ToJsonString(), StringComparison.Ordinal);

        var (still, problem) = await ReleaseAsync(held);
        Assert.Equal((HttpStatusCode.Conflict, "still-held"), (still, (string)problem["code"]!));
        Assert.Contains("POSTAL_NOT_A_PLACE", Codes(problem["decision"]!));
        Assert.Equal("held", (string)(await MineAsync(unclear, group))["status"]!);

        await CorrectAsync(id, "US-TX");
        var (denied, never) = await ReleaseAsync(held);
        Assert.Equal((HttpStatusCode.Conflict, "not-eligible"), (denied, (string)never["code"]!));

        await CorrectAsync(id, "US-NY");
        var (released, waiting) = await ReleaseAsync(held);
        Assert.Equal((HttpStatusCode.OK, "waitlisted", 1), (released, (string)waiting["status"]!, (int)waiting["waitlistPosition"]!));
        Assert.Equal(2, (int)(await MineAsync(behind, group))["waitlistPosition"]!);
        var told = Assert.Single(await world.SentAsync("enrollment-reconsidered", group));
        Assert.Equal((id, "waitlisted", "allow_with_conditions"), ((Guid)told["memberId"]!, (string)told["status"]!, (string)told["outcome"]!));
        var (again, gone) = await ReleaseAsync(held);
        Assert.Equal((HttpStatusCode.Conflict, "not-held"), (again, (string)gone["code"]!));
    }

    [Fact]
    public async Task A_refused_case_ends_with_its_reason_audited_and_not_on_the_bus()
    {
        var group = await world.GroupAsync(1);
        var http = world.Service.As(Guid.CreateVersion7(), "member");
        var held = (await EnrolAsync(http, group)).Body;

        var (status, refused) = await world.Operator.PostAsync($"/api/enrollments/{held["id"]}/refuse", new { reason = "Never answered our letters." });

        Assert.Equal((HttpStatusCode.OK, "ended", "refused"), (status, (string)refused["status"]!, (string)refused["endReason"]!));
        Assert.Equal("Never answered our letters.", await world.AskAsync<string>("select note from enrollments where id = $1", (Guid)held["id"]!));
        Assert.DoesNotContain("letters", Assert.Single(await world.SentAsync("seat-released", group)).ToJsonString(), StringComparison.Ordinal);
        var (empty, _) = await world.Operator.PostAsync($"/api/enrollments/{held["id"]}/refuse", new { reason = " " });
        Assert.Equal(HttpStatusCode.BadRequest, empty);
    }

    [Fact]
    public async Task An_operator_of_another_practice_sees_and_decides_none_of_it()
    {
        var http = world.Service.As(Guid.CreateVersion7(), "member");
        var held = (await EnrolAsync(http, await world.GroupAsync(1))).Body;
        var foreign = world.Service.As(Guid.CreateVersion7(), ["operator"], ["chicago"]);

        var list = await foreign.GetFromJsonAsync<JsonNode>("/api/enrollments?status=held");
        var (theirs, problem) = await foreign.PostAsync($"/api/enrollments/{held["id"]}/release", new { reason = "Mine." });
        var (unknown, same) = await foreign.PostAsync($"/api/enrollments/{Guid.CreateVersion7()}/release", new { reason = "Mine." });

        Assert.Empty(list!["items"]!.AsArray());
        Assert.Equal((HttpStatusCode.NotFound, HttpStatusCode.NotFound), (theirs, unknown));
        problem.AsObject().Remove("traceId");
        same.AsObject().Remove("traceId");
        Assert.Equal(same.ToJsonString(), problem.ToJsonString());
    }

    private async Task<Guid> IntakeGroupAsync(int seats)
    {
        var id = Guid.CreateVersion7();
        await world.ChangeAsync(world.Group(id, seats, intakeFirst: true));
        return id;
    }

    private Task<(HttpStatusCode Status, JsonNode Body)> ReleaseAsync(JsonNode held) =>
        world.Operator.PostAsync($"/api/enrollments/{held["id"]}/release", new { reason = "Looked at it." });

    private async Task<JsonNode> CaseAsync(JsonNode held) =>
        (await world.Operator.GetFromJsonAsync<JsonNode>("/api/enrollments?status=held&limit=500"))!["items"]!
            .AsArray()
            .Single(i => (Guid)i!["id"]! == (Guid)held["id"]!)!;

    private async Task CorrectAsync(Guid member, string jurisdiction) =>
        (
            await world.Operator.PostAsJsonAsync(
                $"/api/members/{member}/residence",
                new
                {
                    jurisdiction,
                    from = "2026-01-01",
                    evidence = "A letter.",
                }
            )
        ).EnsureSuccessStatusCode();
}
