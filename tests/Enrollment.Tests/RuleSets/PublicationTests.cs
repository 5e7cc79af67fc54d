using System.Net;
using System.Net.Http.Json;
using System.Text.Json.Nodes;
using GroupTherapy.Contracts.Room.V1;
using GroupTherapy.Contracts.Scheduling.V1;
using GroupTherapy.Enrollment.Api;
using GroupTherapy.Enrollment.Consumers;
using GroupTherapy.Enrollment.Domain;
using GroupTherapy.Enrollment.Storage;
using GroupTherapy.Enrollment.Workers;
using GroupTherapy.Tests.Support;
using Npgsql;
using static GroupTherapy.Enrollment.Tests.EnrollmentWorld;
using static GroupTherapy.Enrollment.Tests.RuleSets.Office;

namespace GroupTherapy.Enrollment.Tests.RuleSets;

/// <summary>Publications under live enrolments: which session is decided by which rules, who is told, and what stays as it was. A world for each
/// test.</summary>
public sealed class PublicationTests : IAsyncLifetime
{
    private readonly EnrollmentWorld _world = new();

    private Office Office { get; set; } = null!;

    public async ValueTask InitializeAsync()
    {
        await _world.InitializeAsync();
        Office = new Office(_world);
    }

    public ValueTask DisposeAsync() => _world.DisposeAsync();

    private static async Task<(HttpStatusCode, string?)> CodeAsync(HttpClient http, HttpMethod method, string path, object? body = null)
    {
        var (status, problem) = await SendAsync(http, method, path, body);
        return (status, Code(problem));
    }

    [Fact]
    [Trait("hostile", "R41")]
    public async Task A_beginning_in_the_past_is_refused_unless_it_is_meant_and_then_it_is_shown()
    {
        var version = (int)(await Office.DraftAsync())["version"]!;
        await Office.PostAsync($"{version}/submit");
        var past = _world.Clock.GetUtcNow().AddDays(-2000);

        Assert.Equal((HttpStatusCode.UnprocessableEntity, "effective-in-the-past"),
            await CodeAsync(Office.Second, HttpMethod.Post, $"{version}/publish", new { effectiveFrom = past }));
        Assert.Equal((HttpStatusCode.UnprocessableEntity, "effective-in-the-past"),
            await CodeAsync(Office.Second, HttpMethod.Post, $"{version}/publish", new { effectiveFrom = past, retroactive = false }));
        Assert.Equal(HttpStatusCode.BadRequest,
            (await SendAsync(Office.Second, HttpMethod.Post, $"{version}/publish", new { effectiveFrom = "2026-11-31T00:00:00Z" })).Status);
        Assert.Equal(0L, await _world.AskAsync<long>($"select count(*) from rule_sets where version = {version} and status <> 'in_review'"));

        var (status, whole) = await SendAsync(Office.Second, HttpMethod.Post, $"{version}/publish", new { effectiveFrom = past, retroactive = true });
        Assert.Equal((HttpStatusCode.OK, true), (status, (bool)whole["retroactive"]!));
        var (_, list) = await Office.GetAsync("/api/licensing/rule-sets?limit=500");
        Assert.True((bool)list["items"]!.AsArray().Single(item => (int)item!["version"]! == version)!["retroactive"]!);
    }

    [Fact]
    public async Task An_evaluation_knows_that_rules_published_for_later_will_answer_otherwise()
    {
        var (at, from) = (_world.Clock.GetUtcNow(), _world.Clock.GetUtcNow().AddDays(10));
        var facts = JsonNode.Parse($$"""
            { "practice": "grouport", "point": "enrol", "at": "{{at:O}}", "until": "{{at.AddDays(60):O}}", "modality": "video",
              "group": { "serviceClass": "psychotherapy_group", "minimumAge": 18 },
              "facilitators": [ { "id": "ana", "role": "lead", "profession": "counselor", "location": "US-FL", "credentials": [
                { "kind": "licence", "jurisdiction": "US-FL", "type": "LMHC", "status": "active",
                  "validFrom": "2020-01-01", "validTo": "{{at.AddDays(400):yyyy-MM-dd}}", "encumbered": false } ] } ],
              "member": { "id": "m1", "dateOfBirth": "1990-01-01", "residence": { "jurisdiction": "US-FL", "postalCode": "33602", "since": "2020-01-01" },
                "location": null, "guardianConsent": false, "crisis": false } }
            """)!;
        var before = (await Office.PostAsync("/api/licensing/evaluations", facts)).Body;
        await Office.PublishAsync(await Office.DraftWithAsync(_ => { }), at.AddDays(5));
        Assert.Equal((string?)before["nextRecheckAt"], (string?)(await Office.PostAsync("/api/licensing/evaluations", facts)).Body["nextRecheckAt"]);

        await Office.PublishAsync(await Office.DraftWithAsync(CloseFlorida), from);
        // The set that comes first is like this one, so nothing changes with it; asked from within its time, the next one does.
        facts["at"] = at.AddDays(6).ToString("O");
        var after = (await Office.PostAsync("/api/licensing/evaluations", facts)).Body;

        Assert.Equal("allow", (string)after["outcome"]!);
        Assert.Equal(from.UtcTicks / 10,
            DateTimeOffset.Parse((string)after["nextRecheckAt"]!, System.Globalization.CultureInfo.InvariantCulture).UtcTicks / 10);
        facts["at"] = from.ToString("O");
        Assert.Equal("deny", (string)(await Office.PostAsync("/api/licensing/evaluations", facts)).Body["outcome"]!);
    }

    [Fact]
    public async Task A_few_seconds_of_another_clock_are_not_the_past()
    {
        var version = await Office.DraftWithAsync(_ => { });
        var before = _world.Clock.GetUtcNow();
        var whole = await Office.PublishAsync(version, before.AddSeconds(-3));

        Assert.False((bool)whole["retroactive"]!);
        Assert.True((DateTimeOffset)whole["effectiveFrom"]! >= before.AddMilliseconds(-1));
        Assert.Equal((DateTimeOffset)whole["publishedAt"]!, (DateTimeOffset)whole["effectiveFrom"]!);
    }


    private async Task<(Guid Member, Guid Enrollment, HttpClient Http)> EnrolledAsync(Guid group, string state = "FL")
    {
        var (id, http) = await _world.MemberInAsync(state);
        var (_, reserved) = await EnrolAsync(http, group);
        Assert.Equal(HttpStatusCode.OK, (await ConfirmAsync(http, reserved)).Status);
        return (id, (Guid)reserved["id"]!, http);
    }

    /// <summary>The newest permit of a member for a session that fits, once there is one.</summary>
    private async Task<JsonNode> PermitAsync(Guid member, Guid session, Func<JsonNode, bool> fits, string missing)
    {
        JsonNode? found = null;
        await Eventually.Async(
            async () => (found = (await _world.SentAsync("permit-changed", member)).LastOrDefault(p => (Guid)p["sessionId"]! == session)) is not null
                && fits(found),
            () => $"{missing}; the last permit was {found?["version"]} under {found?["ruleSet"]}");
        return found!;
    }

    private static JsonNode Place(JsonNode permit, string place) => permit["places"]!.AsArray().Single(p => (string)p!["jurisdiction"]! == place)!;

    [Fact]
    public async Task A_session_is_decided_by_the_rules_of_its_own_day_and_members_who_lose_it_are_told_at_publication()
    {
        var group = await _world.GroupAsync(10);
        var soon = await _world.SessionAsync(group, TimeSpan.FromDays(2));
        var later = await _world.SessionAsync(group, TimeSpan.FromDays(6));
        await _world.SessionAsync(group, TimeSpan.FromDays(20));
        var (member, enrollment, _) = await EnrolledAsync(group);
        var (newYorker, _, _) = await EnrolledAsync(group, "NY");
        await PermitAsync(member, later.SessionId, p => (string)Place(p, "US-FL")["outcome"]! == "allow", "no permit under the first rules");
        await PermitAsync(newYorker, later.SessionId, _ => true, "no permit for the New Yorker");
        var begins = _world.Clock.GetUtcNow().AddDays(4);
        var version = await Office.DraftWithAsync(document =>
        {
            CloseFlorida(document);
            Row(document, "practicePolicies", "practice-grouport")["offers"]![0]!["jurisdictions"] = new JsonArray("US-FL", "US-NY");
        });

        await Office.PublishAsync(version, begins);

        var under = await PermitAsync(member, later.SessionId, p => (int)p["ruleSet"]! == version, "the later session was not decided again");
        Assert.Equal("deny", (string)Place(under, "US-FL")["outcome"]!);
        Assert.Equal("allow", (string)Place(under, "US-NY")["outcome"]!);
        var before = await PermitAsync(member, soon.SessionId, p => Place(p, "US-FL")["until"] is not null, "the session before is not bounded");
        Assert.Equal((1, "allow"), ((int)before["ruleSet"]!, (string)Place(before, "US-FL")["outcome"]!));
        Assert.All(before["places"]!.AsArray(), p => Assert.True((DateTimeOffset)p!["until"]! <= begins));

        await Eventually.Async(async () => (await _world.SentAsync("eligibility-changed", member)).Count == 1, () => "the member was not told once");
        var told = (await _world.SentAsync("eligibility-changed", member)).Single();
        Assert.Equal((enrollment, later.SessionId, "deny", version),
            ((Guid)told["enrollmentId"]!, (Guid)told["sessionId"]!, (string)told["outcome"]!, (int)told["ruleSet"]!));
        Assert.Contains("LOCATION_NOT_AUTHORISED", told["reasonCodes"]!.AsArray().Select(c => (string)c!));
        Assert.Empty(await _world.SentAsync("eligibility-changed", newYorker));
        Assert.Equal(1L, await _world.AskAsync<long>(
            "select count(*) from decisions where member_id = $1 and point = 'enrol' and rule_set = 1 and outcome <> 'deny'", member));
        Assert.Single(await _world.SentAsync("rule-set-published"), m => (int)m["ruleSet"]! == version);

        // Enrolment points are asked under the rules in force now, which still let a Floridian in.
        var (_, other) = await _world.MemberInAsync("FL");
        Assert.Equal(HttpStatusCode.Created, (await EnrolAsync(other, await _world.GroupAsync(3))).Status);

        // When the day has come, the session that runs then is decided under the new rules, and new seats are refused.
        _world.Clock.Advance(TimeSpan.FromDays(4) + TimeSpan.FromMinutes(1));
        Assert.Equal(HttpStatusCode.Forbidden, (await EnrolAsync((await _world.MemberInAsync("FL")).Http, await _world.GroupAsync(3))).Status);
        Assert.Equal(1L, await _world.AskAsync<long>("select count(*) from decisions where rule_set = $1 and outcome = 'deny' and point = 'seat_hold'",
            version));

        // What the catalogue prints changes on that day too, and not before.
        await Eventually.Async(
            async () => (await _world.SentAsync("practice-offers-changed")).Select(m => (int)m["ruleSet"]!).SequenceEqual([1, version]), () =>
                "the offers were not told at the publication and at the beginning");
        var offers = (await _world.SentAsync("practice-offers-changed")).Select(m => string.Join(' ', m["offers"]!.AsArray()
            .Single(o => (string)o!["practice"]! == "grouport" && (string)o["serviceClass"]! == "psychotherapy_group")!["jurisdictions"]!.AsArray()));
        Assert.Equal(["US-FL US-NJ US-NY", "US-FL US-NY"], offers);
    }

    [Fact]
    public async Task A_change_that_lies_beyond_the_permits_of_the_coming_week_is_told_at_its_publication_too()
    {
        var group = await _world.GroupAsync(10);
        await _world.SessionAsync(group, TimeSpan.FromDays(3));
        var first = await _world.SessionAsync(group, TimeSpan.FromDays(31));
        await _world.SessionAsync(group, TimeSpan.FromDays(38));
        var (member, _, _) = await EnrolledAsync(group);
        var version = await Office.DraftWithAsync(CloseFlorida);

        await Office.PublishAsync(version, _world.Clock.GetUtcNow().AddDays(30));

        await PermitAsync(member, first.SessionId, p => (string)Place(p, "US-FL")["outcome"]! == "deny", "the first session after the change has no permit");
        await Eventually.Async(async () => (await _world.SentAsync("eligibility-changed", member)).Count == 1, () => "the member was not told");
        Assert.Equal(first.SessionId, (Guid)(await _world.SentAsync("eligibility-changed", member)).Single()["sessionId"]!);
    }

    [Fact]
    public async Task A_published_rule_set_is_withdrawn_by_two_and_the_former_is_in_force_again()
    {
        var group = await _world.GroupAsync(10);
        var session = await _world.SessionAsync(group, TimeSpan.FromDays(2));
        var (member, _, _) = await EnrolledAsync(group);
        await PermitAsync(member, session.SessionId, p => (string)Place(p, "US-FL")["outcome"]! == "allow", "no permit under the first rules");
        var version = await Office.DraftWithAsync(CloseFlorida);
        await Office.PublishAsync(version);
        await PermitAsync(member, session.SessionId, p => (string)Place(p, "US-FL")["outcome"]! == "deny", "the publication did not reach the permit");
        var (_, refused) = await _world.MemberInAsync("FL");
        Assert.Equal(HttpStatusCode.Forbidden, (await EnrolAsync(refused, group)).Status);

        var (asked, requested) = await Office.PostAsync($"{version}/withdraw", new { reason = "Wrong source." });
        Assert.Equal((HttpStatusCode.OK, "published"), (asked, (string)requested["status"]!));
        Assert.NotNull(requested["withdrawalRequestedAt"]);
        Assert.Equal((HttpStatusCode.Conflict, "second-operator-needed"),
            await CodeAsync(Office.First, HttpMethod.Post, $"{version}/withdraw", new { reason = "Wrong source." }));
        Assert.Equal(HttpStatusCode.Forbidden, (await EnrolAsync(refused, group)).Status);
        var (done, withdrawn) = await SendAsync(Office.Second, HttpMethod.Post, $"{version}/withdraw", new { reason = "So it is." });

        Assert.Equal((HttpStatusCode.OK, "withdrawn"), (done, (string)withdrawn["status"]!));
        Assert.Equal((HttpStatusCode.Conflict, "already-withdrawn"),
            await CodeAsync(Office.Second, HttpMethod.Post, $"{version}/withdraw", new { reason = "Again." }));
        await PermitAsync(member, session.SessionId, p => (int)p["ruleSet"]! == 1, "the former rules did not come back to the permit");
        await Eventually.Async(async () => (await _world.SentAsync("eligibility-changed", member)).Count == 2, () => "there and back were not both told");
        Assert.Equal(HttpStatusCode.Created, (await EnrolAsync(refused, group)).Status);
        Assert.Single(await _world.SentAsync("rule-set-withdrawn"));

        // What was decided under it is decided again byte for byte.
        var decided = (await _world.Operator.GetFromJsonAsync<JsonNode>("/api/licensing/decisions?limit=500"))!["items"]!.AsArray()
            .Where(d => (int)d!["decision"]!["ruleSet"]!["version"]! == version).ToArray();
        Assert.NotEmpty(decided);
        foreach (var decision in decided)
        {
            Assert.True((bool)(await Office.PostAsync($"/api/licensing/decisions/{decision!["id"]}/replay")).Body["identical"]!);
        }
    }

    [Fact]
    public async Task Neither_the_service_nor_the_owner_of_its_database_changes_what_was_published_or_decided()
    {
        var version = await Office.DraftWithAsync(CloseFlorida);
        var submitted = await Office.DraftWithAsync(_ => { });
        await Office.PostAsync($"{submitted}/submit");
        await Office.PublishAsync(version, _world.Clock.GetUtcNow().AddDays(1));
        await Office.PostAsync($"{version}/withdraw", new { reason = "Perhaps." });
        await EnrolAsync((await _world.MemberInAsync("FL")).Http, await _world.GroupAsync(1));

        string[] changes =
        [
            $"update rule_sets set document = '{{}}' where version = {version}", $"update rule_sets set effective_from = now() where version = {version}",
            $"update rule_sets set document = '{{}}' where version = {submitted}", "delete from rule_sets where version = 1",
            $"delete from rule_sets where version = {submitted}",
            "truncate rule_sets cascade", "update rule_set_withdrawals set reason = ''", "delete from rule_set_withdrawals", "truncate rule_set_withdrawals",
            "update decisions set outcome = 'deny'", "delete from decisions", "truncate decisions",
        ];
        foreach (var role in new[] { _world.Runtime, _world.Owner })
        {
            foreach (var change in changes)
            {
                await using var source = NpgsqlDataSource.Create(role);
                var refused = await Assert.ThrowsAsync<PostgresException>(async () => await source.CreateCommand(change).ExecuteNonQueryAsync());
                Assert.True(refused.SqlState == "42501", $"{change}: {refused.SqlState} {refused.MessageText}");
            }
        }
    }

    [Fact]
    public async Task Publishing_does_not_delay_members_who_enrol_confirm_and_leave()
    {
        var group = await _world.GroupAsync(40);
        await _world.SessionAsync(group, TimeSpan.FromHours(3));
        foreach (var _ in Enumerable.Range(0, 10))
        {
            await EnrolledAsync(group);
        }

        var publishing = Task.Run(async () =>
        {
            for (var i = 0; i < 6; i++)
            {
                await Office.PublishAsync(await Office.DraftWithAsync(document => document["note"] = $"Round {i}."));
            }
        });
        var answers = await Task.WhenAll(Enumerable.Range(0, 20).Select(async _ =>
        {
            var (_, http) = await _world.MemberInAsync("FL");
            var (enrolled, reserved) = await EnrolAsync(http, group);
            var (confirmed, _) = await ConfirmAsync(http, reserved);
            using var left = await http.PostAsJsonAsync($"/api/enrollments/{reserved["id"]}/cancel", new { });
            return (enrolled, confirmed, left.StatusCode);
        }));
        await publishing;

        Assert.All(answers, answer => Assert.Equal((HttpStatusCode.Created, HttpStatusCode.OK, HttpStatusCode.OK), answer));
        var (_, list) = await Office.GetAsync("/api/licensing/rule-sets");
        var last = list["items"]!.AsArray().Max(item => (int)item!["version"]!);
        await Eventually.Async(
            async () => await _world.AskAsync<long>("select count(*) from permits p join enrollments e on e.id = p.enrollment_id where e.status = "
                + "'enrolled' and (select max(i.rule_set) from permit_inputs i where i.permit_id = p.id) <> $1", last) == 0,
            () => "a permit stayed under rules that are over");
    }
}
