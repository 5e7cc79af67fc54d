using System.Net;
using System.Net.Http.Json;
using System.Text.Json.Nodes;
using GroupTherapy.Contracts.Enrollment.V1;
using GroupTherapy.Contracts.Room.V1;
using GroupTherapy.Scheduling.Consumers;
using GroupTherapy.Scheduling.Domain;
using Xunit;

namespace GroupTherapy.Scheduling.Tests;

/// <summary>
/// Ana leads a group with two members in Florida, one in New York and three in New Jersey. Ben may serve New York alone, Nia all three, Cleo Florida and
/// New York.
/// </summary>
public sealed class SubstitutingFacilitators(SchedulingWorld world) : IClassFixture<SchedulingWorld>
{
    private sealed record Evening(Guid Group, Guid[] Sessions, Guid Ana, Guid Ben, Guid Nia, Guid Cleo);

    [Fact]
    public async Task Ben_for_Ana_is_refused_with_counts_by_state_and_with_what_else_can_be_done()
    {
        var e = await EveningAsync();
        var before = await world.FingerprintAsync();

        using var answer = await SubstituteAsync(e.Sessions[0], e.Ben);

        var problem = await SchedulingWorld.ProblemAsync(answer, HttpStatusCode.Conflict, "substitute-not-authorised");
        Assert.Equal([("US-FL", 2), ("US-NJ", 3)], problem["uncovered"]!.AsArray().Select(p => ((string)p!["jurisdiction"]!, (int)p["members"]!)));
        Assert.Equal([("US-NY", 1)], problem["covered"]!.AsArray().Select(p => ((string)p!["jurisdiction"]!, (int)p["members"]!)));
        Assert.Equal(
            [("substitute", e.Nia, 0), ("substitute", e.Cleo, 3), ("accept-partial", null, 5), ("cancel", (Guid?)null, 6)],
            problem["options"]!.AsArray().Select(o => ((string)o!["action"]!, (Guid?)o["facilitatorId"], (int)o["left"]!)));
        Assert.Equal(before, await world.FingerprintAsync());
    }

    [Fact]
    public async Task An_operator_who_accepts_partial_cover_gets_the_substitute_for_this_one_session()
    {
        var e = await EveningAsync();

        using var answer = await SubstituteAsync(e.Sessions[1], e.Ben, acceptPartial: true);

        var view = (await answer.Content.ReadFromJsonAsync<JsonObject>())!;
        Assert.Equal((HttpStatusCode.OK, e.Sessions[1], e.Ben), (answer.StatusCode, (Guid)view["id"]!, (Guid)view["facilitatorId"]!));
        var told = (await world.OutboxAsync(e.Group)).Last(m => m.Urn == "facilitator-substituted");
        Assert.Equal(
            ("facilitator-substituted", e.Ben, 2), (told.Urn, (Guid)told.Body["session"]!["leadFacilitatorId"]!, (int)told.Body["session"]!["version"]!));
        Assert.Equal(["session.scheduled", "session.substituted"], await world.ActsAsync(e.Sessions[1]));
        Assert.Equal([e.Ana, e.Ben, e.Ana], (await world.SessionsAsync(e.Group)).Select(s => (Guid)s!["facilitatorId"]!));

        var after = await world.FingerprintAsync();
        using var again = await SubstituteAsync(e.Sessions[1], e.Ben);
        Assert.Equal(HttpStatusCode.OK, again.StatusCode);
        Assert.Equal(view.ToJsonString(), (await again.Content.ReadFromJsonAsync<JsonObject>())!.ToJsonString());
        Assert.Equal(after, await world.FingerprintAsync());
    }

    [Fact]
    public async Task A_group_does_not_meet_twice_at_once_because_its_lead_was_substituted_and_is_free()
    {
        var e = await EveningAsync();
        using var substituted = await SubstituteAsync(e.Sessions[1], e.Nia);
        Assert.Equal(HttpStatusCode.OK, substituted.StatusCode);
        var starts = ((DateTimeOffset)(await world.SessionsAsync(e.Group))[1]!["startsAt"]!).AddMinutes(10).UtcDateTime;
        using var client = world.AsOperator();
        var body = $$"""{"startsAt":"{{starts:yyyy-MM-ddTHH:mm:ssZ}}"}""";
        foreach (var path in new[] { $"/api/groups/{e.Group}/sessions", $"/api/sessions/{e.Sessions[0]}/reschedule" })
        {
            await SchedulingWorld.ProblemAsync(await client.PostAsync(path, SchedulingWorld.Json(body)), HttpStatusCode.Conflict, "group-busy");
        }
    }

    [Fact]
    public async Task The_substitute_has_the_session_in_list_and_calendar_and_the_replaced_lead_is_free_and_sees_it_cancelled()
    {
        var e = await EveningAsync();
        using var nia = world.Service.As(e.Nia, ["facilitator"], ["grouport"]);
        using var feed = await nia.PostAsync("/api/me/calendar-feed", null);
        var url = (string)(await feed.Content.ReadFromJsonAsync<JsonObject>())!["url"]!;

        using var answer = await SubstituteAsync(e.Sessions[0], e.Nia);

        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
        Assert.Equal([("lead", e.Sessions[0])], await MineAsync(e.Nia));
        var led = (await nia.GetFromJsonAsync<JsonObject>("/api/me/sessions"))!["items"]![0]!;
        Assert.Equal(("Nia", true), ((string)led["facilitatorName"]!, (bool)led["substituted"]!));
        Assert.Equal(e.Sessions[1..], (await MineAsync(e.Ana)).Select(s => s.Id));
        Assert.Contains($"UID:{e.Sessions[0]}", await nia.GetStringAsync(url), StringComparison.Ordinal);
        using var ana = world.Service.As(e.Ana, ["facilitator"], ["grouport"]);
        using var hers = await ana.PostAsync("/api/me/calendar-feed", null);
        var calendar = IcsReader.Read(await ana.GetStringAsync((string)(await hers.Content.ReadFromJsonAsync<JsonObject>())!["url"]!));
        Assert.Equal(["CANCELLED", "CONFIRMED", "CONFIRMED"], calendar.Events.Select(entry => entry["STATUS"]));

        // Ana's evening is her own, Nia's is taken.
        using var client = world.AsOperator();
        using var taken = await client.PostAsJsonAsync("/api/groups", SchedulingWorld.Request(e.Nia, weeks: 1));
        await SchedulingWorld.ProblemAsync(taken, HttpStatusCode.Conflict, "facilitator-busy");
        await world.GroupIdAsync(SchedulingWorld.Request(e.Ana, weeks: 1));

        using var back = await SubstituteAsync(e.Sessions[0], e.Ana);
        Assert.Equal(e.Ana, (Guid)(await SchedulingWorld.ProblemAsync(back, HttpStatusCode.Conflict, "facilitator-busy"))["clash"]!["facilitatorId"]!);
    }

    [Fact]
    public async Task Possible_substitutes_are_listed_best_first_and_busy_ones_last()
    {
        var e = await EveningAsync();
        await world.GroupIdAsync(SchedulingWorld.Request(e.Nia, weeks: 1));

        var items = await SubstitutesAsync(e.Sessions[0]);

        Assert.Equal([(e.Cleo, false), (e.Ben, false), (e.Nia, true)], items.Select(i => ((Guid)i!["facilitatorId"]!, (bool)i["busy"]!)));
        Assert.Equal(
            """[{"jurisdiction":"US-FL","members":2,"reason":"no-cover"},{"jurisdiction":"US-NJ","members":3,"reason":"no-cover"}]""",
            items[1]!["uncovered"]!.ToJsonString());
        Assert.Equal("""[{"jurisdiction":"US-NY","members":1}]""", items[1]!["covers"]!.ToJsonString());
        Assert.Equal(("Ben", "counselor"), ((string)items[1]!["displayName"]!, (string)items[1]!["profession"]!));
        Assert.Empty(items[2]!["uncovered"]!.AsArray());
        Assert.Equal([e.Nia, e.Cleo, e.Ben], (await SubstitutesAsync(e.Sessions[1])).Select(i => (Guid)i!["facilitatorId"]!));

        using var busy = await SubstituteAsync(e.Sessions[0], e.Nia, acceptPartial: true);
        Assert.Equal(
            "Calmer Evenings", (string?)(await SchedulingWorld.ProblemAsync(busy, HttpStatusCode.Conflict, "facilitator-busy"))["clash"]!["groupName"]);
    }

    [Fact]
    public async Task Coverage_counts_at_the_time_of_the_session()
    {
        var e = await EveningAsync();
        // Cleo's Florida ends as the second session ends, and is renewed in the middle of the third.
        var (second, third) = (Starts(1).AddHours(1), Starts(2).AddMinutes(30));
        await CoverAsync(e.Group, 9, [("US-FL", 2)], (e.Cleo, [new("US-FL", null, second), new("US-FL", third, null)]));

        Assert.Equal([e.Cleo], (await SubstitutesAsync(e.Sessions[1])).Select(i => (Guid)i!["facilitatorId"]!));
        Assert.Empty(await SubstitutesAsync(e.Sessions[2]));
        using var refused = await SubstituteAsync(e.Sessions[2], e.Cleo);
        var problem = await SchedulingWorld.ProblemAsync(refused, HttpStatusCode.Conflict, "substitute-not-authorised");
        Assert.Equal("cover-begins-later", (string)problem["uncovered"]![0]!["reason"]!);
        using var allowed = await SubstituteAsync(e.Sessions[1], e.Cleo);
        Assert.Equal(HttpStatusCode.OK, allowed.StatusCode);
    }

    [Fact]
    public async Task Older_coverage_changes_nothing_and_missing_coverage_never_allows()
    {
        var e = await EveningAsync();
        await CoverAsync(e.Group, 2, [], (e.Ben, [new("US-NJ", null, null)]));
        await SchedulingWorld.ProblemAsync(await SubstituteAsync(e.Sessions[0], e.Ben), HttpStatusCode.Conflict, "substitute-not-authorised");

        var ana = await world.FacilitatorAsync();
        var unknown = (Guid)(await world.SessionsAsync(await world.GroupIdAsync(SchedulingWorld.Request(ana))))[0]!["id"]!;
        using var answer = await SubstituteAsync(unknown, e.Nia, acceptPartial: true);
        await SchedulingWorld.ProblemAsync(answer, HttpStatusCode.Conflict, "coverage-not-known");
        using var client = world.AsOperator();
        using var list = await client.GetAsync($"/api/sessions/{unknown}/substitutes");
        Assert.Equal((HttpStatusCode.NotFound, TimeSpan.FromSeconds(1)), (list.StatusCode, list.Headers.RetryAfter!.Delta));
    }

    [Fact]
    public async Task A_co_facilitator_who_steps_up_is_not_busy_with_the_same_session_and_steps_back_when_the_lead_returns()
    {
        var (ana, ben) = (await world.FacilitatorAsync(), await world.FacilitatorAsync("Ben"));
        var request = SchedulingWorld.Request(ana, weeks: 1);
        request["coFacilitatorIds"] = new JsonArray(ben);
        var group = await world.GroupIdAsync(request);
        var session = (Guid)(await world.SessionsAsync(group))[0]!["id"]!;
        await CoverAsync(group, 1, [("US-NY", 1)], (ana, [new("US-NY", null, null)]), (ben, [new("US-NY", null, null)]));

        using var up = await SubstituteAsync(session, ben);
        Assert.Equal(HttpStatusCode.OK, up.StatusCode);
        var told = (await world.OutboxAsync(group)).Last(m => m.Urn == "facilitator-substituted").Body["session"]!;
        Assert.Equal((ben, "[]"), ((Guid)told["leadFacilitatorId"]!, told["coFacilitatorIds"]!.ToJsonString()));

        using var back = await SubstituteAsync(session, ana);
        Assert.Equal(HttpStatusCode.OK, back.StatusCode);
        told = (await world.OutboxAsync(group)).Last(m => m.Urn == "facilitator-substituted").Body["session"]!;
        Assert.Equal((ana, $"""["{ben}"]"""), ((Guid)told["leadFacilitatorId"]!, told["coFacilitatorIds"]!.ToJsonString()));
        Assert.Equal(2, await world.Db.FirstOrDefaultAsync<int>("select count(*)::int from bookings where session_id = @session", new { session }));
    }

    [Fact]
    public async Task A_substitution_that_is_not_possible_is_refused_and_changes_nothing()
    {
        var e = await EveningAsync();
        using var client = world.AsOperator();
        using var cancelled = await client.PostAsync($"/api/sessions/{e.Sessions[0]}/cancel", SchedulingWorld.Json("""{"reason":"Snow"}"""));
        await SchedulingWorld.DeliverAsync(
            new EndSessionWhenSessionEnded(world.Db), new SessionEnded(e.Sessions[1], e.Group, world.Clock.Now, world.Clock.Now, "ended", [], 4));
        var before = await world.FingerprintAsync();

        await SchedulingWorld.ProblemAsync(await SubstituteAsync(e.Sessions[0], e.Nia), HttpStatusCode.Conflict, "session-cancelled");
        await SchedulingWorld.ProblemAsync(await SubstituteAsync(e.Sessions[1], e.Nia), HttpStatusCode.Conflict, "session-over");
        var unknown = await SchedulingWorld.ProblemAsync(await SubstituteAsync(e.Sessions[2], Guid.CreateVersion7()), HttpStatusCode.BadRequest, "validation");
        Assert.NotNull(unknown["errors"]!["facilitatorId"]);
        foreach (var body in new[] { "{}", """{"facilitatorId":null}""", """{"facilitatorId":"00000000-0000-0000-0000-000000000000"}""",
            """{"facilitatorId":"Ben"}""", """{"facilitator":1}""" })
        {
            using var wrong = await client.PostAsync($"/api/sessions/{e.Sessions[2]}/substitute", SchedulingWorld.Json(body));
            await SchedulingWorld.ProblemAsync(wrong, HttpStatusCode.BadRequest, "validation");
        }

        await SchedulingWorld.ProblemAsync(await SubstituteAsync(Guid.CreateVersion7(), e.Nia), HttpStatusCode.NotFound, "not-found");
        using var others = world.AsOperator("chicago");
        using var theirs = await others.PostAsJsonAsync($"/api/sessions/{e.Sessions[2]}/substitute", new { facilitatorId = e.Nia });
        await SchedulingWorld.ProblemAsync(theirs, HttpStatusCode.NotFound, "not-found");
        using var look = await others.GetAsync($"/api/sessions/{e.Sessions[2]}/substitutes");
        await SchedulingWorld.ProblemAsync(look, HttpStatusCode.NotFound, "not-found");
        using var member = world.AsMember(Guid.CreateVersion7());
        using var forbidden = await member.PostAsJsonAsync($"/api/sessions/{e.Sessions[2]}/substitute", new { facilitatorId = e.Nia });
        Assert.Equal(HttpStatusCode.Forbidden, forbidden.StatusCode);
        Assert.Equal(before, await world.FingerprintAsync());
    }

    [Fact]
    public async Task Of_ten_substitutions_at_once_the_last_one_leads_and_only_that_facilitator_is_booked()
    {
        var e = await EveningAsync();
        var answers = await Task.WhenAll(Enumerable.Range(0, 10).Select(async i =>
        {
            using var answer = await SubstituteAsync(e.Sessions[0], i % 2 == 0 ? e.Nia : e.Cleo, acceptPartial: true);
            return answer.StatusCode;
        }));
        Assert.All(answers, status => Assert.Equal(HttpStatusCode.OK, status));
        var lead = (Guid)(await world.SessionsAsync(e.Group))[0]!["facilitatorId"]!;
        Assert.Equal([lead], await world.Db.QueryAsync<Guid>("select facilitator_id from bookings where session_id = @id", new { id = e.Sessions[0] }));
    }

    [Fact]
    public async Task A_substitute_in_a_running_session_is_booked_and_cannot_be_booked_twice()
    {
        var e = await EveningAsync();
        // Nia's own session ended ten minutes into Ana's, for which she now steps in.
        await world.GroupIdAsync(SchedulingWorld.Request(e.Nia, localTime: "18:10", weeks: 1));
        try
        {
            world.Clock.Now = Starts(0).AddMinutes(20);
            using var answer = await SubstituteAsync(e.Sessions[0], e.Nia);
            Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
            using var client = world.AsOperator();
            using var twice = await client.PostAsJsonAsync("/api/groups", SchedulingWorld.Request(e.Nia, localTime: "19:30", duration: 20, weeks: 1));
            await SchedulingWorld.ProblemAsync(twice, HttpStatusCode.Conflict, "facilitator-busy");
        }
        finally
        {
            await world.TurnBackAsync();
        }
    }

    [Fact]
    public async Task A_lost_facilitator_is_answered_once_with_free_facilitators_who_may_serve_every_member_where_they_are_now()
    {
        var e = await EveningAsync();
        var held = world.Clock.Now.AddMinutes(10);
        FacilitatorLost Lost(long version, params PresentByJurisdiction[] places) => new(e.Sessions[0], e.Group, held, places, version, world.Clock.Now);
        var consumer = new FindSubstitutesWhenFacilitatorLost(world.Db);

        await SchedulingWorld.DeliverAsync(consumer, Lost(3, new("US-NY", 2), new("US-FL", 1)));
        await SchedulingWorld.DeliverAsync(consumer, Lost(3, new PresentByJurisdiction("US-NY", 2)));
        var sought = (await world.OutboxAsync(e.Group)).Where(m => m.Urn == "substitutes-sought").ToList();
        Assert.Single(sought);
        Assert.Equal($"""["{e.Cleo}","{e.Nia}"]""", sought[0].Body["facilitatorIds"]!.ToJsonString());

        // In the next loss everybody in the room is in New York, and Cleo leads elsewhere.
        await world.GroupIdAsync(SchedulingWorld.Request(e.Cleo, "2026-01-05", "07:00", weeks: 1));
        await SchedulingWorld.DeliverAsync(consumer, Lost(5, new PresentByJurisdiction("US-NY", 2)));
        sought = [.. (await world.OutboxAsync(e.Group)).Where(m => m.Urn == "substitutes-sought")];
        Assert.Equal($"""["{e.Ben}","{e.Nia}"]""", sought[^1].Body["facilitatorIds"]!.ToJsonString());

        await SchedulingWorld.DeliverAsync(consumer, Lost(7, new PresentByJurisdiction("US-TX", 1)));
        sought = [.. (await world.OutboxAsync(e.Group)).Where(m => m.Urn == "substitutes-sought")];
        Assert.Equal((3, "[]"), (sought.Count, sought[^1].Body["facilitatorIds"]!.ToJsonString()));
        Assert.Equal(3, (await world.ActsAsync(e.Sessions[0])).Count(act => act == "session.substitutes-sought"));

        // News of a loss that is over comes too late.
        await SchedulingWorld.DeliverAsync(
            new UpdatePhaseWhenSessionPhaseChanged(world.Db), new SessionPhaseChanged(e.Sessions[0], e.Group, "live", 10, world.Clock.Now));
        await SchedulingWorld.DeliverAsync(consumer, Lost(9, new PresentByJurisdiction("US-NY", 1)));
        Assert.Equal(3, (await world.OutboxAsync(e.Group)).Count(m => m.Urn == "substitutes-sought"));
    }

    private static DateTimeOffset Starts(int week) => new DateTimeOffset(2026, 1, 7, 0, 0, 0, TimeSpan.Zero).AddDays(7 * week);

    private async Task<Evening> EveningAsync()
    {
        var (ana, ben, nia, cleo) = (
            await world.FacilitatorAsync(), await world.FacilitatorAsync("Ben"), await world.FacilitatorAsync("Nia"), await world.FacilitatorAsync("Cleo"));
        var group = await world.GroupIdAsync(SchedulingWorld.Request(ana, weeks: 3));
        PlaceServed fl = new("US-FL", null, null), ny = new("US-NY", null, null), nj = new("US-NJ", null, null);
        await CoverAsync(group, 4, [("US-FL", 2), ("US-NY", 1), ("US-NJ", 3)], (ana, [fl, ny, nj]), (ben, [ny]), (nia, [fl, ny, nj]), (cleo, [fl, ny]));
        return new Evening(group, [.. (await world.SessionsAsync(group)).Select(s => (Guid)s!["id"]!)], ana, ben, nia, cleo);
    }

    private Task CoverAsync(Guid group, long version, (string Place, int Members)[] members, params (Guid Facilitator, PlaceServed[] Places)[] covers) =>
        SchedulingWorld.DeliverAsync(
        new UpsertCoverageWhenCoverageChanged(world.Db),
        new CoverageChanged(group, [.. members.Select(m => new MembersByJurisdiction(m.Place, m.Members))],
            [.. covers.Select(c => new FacilitatorCover(c.Facilitator, c.Places))], version, world.Clock.Now));

    private async Task<HttpResponseMessage> SubstituteAsync(Guid session, Guid facilitator, bool? acceptPartial = null)
    {
        using var client = world.AsOperator();
        return await client.PostAsJsonAsync($"/api/sessions/{session}/substitute", acceptPartial is null ? (object)new { facilitatorId = facilitator }
            : new { facilitatorId = facilitator, acceptPartial });
    }

    private async Task<JsonArray> SubstitutesAsync(Guid session)
    {
        using var client = world.AsOperator();
        return (await client.GetFromJsonAsync<JsonObject>($"/api/sessions/{session}/substitutes"))!["items"]!.AsArray();
    }

    private async Task<IReadOnlyList<(string Role, Guid Id)>> MineAsync(Guid account)
    {
        using var client = world.Service.As(account, ["facilitator"], ["grouport"]);
        return [.. (await client.GetFromJsonAsync<JsonObject>("/api/me/sessions"))!["items"]!.AsArray().Select(s => ((string)s!["role"]!, (Guid)s["id"]!))];
    }
}
