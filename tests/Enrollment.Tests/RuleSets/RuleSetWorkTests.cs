using System.Net;
using System.Text.Json.Nodes;
using static GroupTherapy.Enrollment.Tests.RuleSets.Office;

namespace GroupTherapy.Enrollment.Tests.RuleSets;

/// <summary>Drafts, their faults, their review, and everything that is refused: after a refusal the rule set is what it was.</summary>
public sealed class RuleSetWorkTests(EnrollmentWorld world) : IClassFixture<EnrollmentWorld>
{
    private readonly Office _office = new(world);

    [Fact]
    public async Task A_draft_is_a_copy_of_the_one_in_force_under_the_next_number()
    {
        var (_, list) = await _office.GetAsync("/api/licensing/rule-sets?limit=500");
        var greatest = list["items"]!.AsArray().Max(item => (int)item!["version"]!);

        var draft = await _office.DraftAsync();

        Assert.Equal(greatest + 1, (int)draft["version"]!);
        Assert.Equal(greatest + 1, (int)draft["document"]!["version"]!);
        Assert.Equal("draft", (string)draft["status"]!);
        Assert.Equal(world.OperatorId, (Guid)draft["author"]!);
        var (_, diff) = await _office.GetAsync($"{draft["version"]}/diff");
        Assert.Equal(1, (int)diff["against"]!);
        Assert.Empty(diff["added"]!.AsArray().Concat(diff["removed"]!.AsArray()).Concat(diff["changed"]!.AsArray()));
        Assert.Equal(HashOf(draft["document"]!), (string)draft["sha256"]!);
        var (_, noted) = await _office.PostAsync("/api/licensing/rule-sets", new { from = 1, note = "For January." });
        Assert.Equal("For January.", (string)noted["note"]!);
        Assert.Equal((HttpStatusCode.BadRequest, "from"), await FieldAsync(_office.PostAsync("/api/licensing/rule-sets", new { from = 4711 })));
    }

    private static string HashOf(JsonNode document) =>
        GroupTherapy.Enrollment.Licensing.CompiledRuleSet.HashOf(System.Text.Json.JsonElement.Parse(document.ToJsonString()));

    private static async Task<(HttpStatusCode, string)> FieldAsync(Task<(HttpStatusCode Status, JsonNode Body)> asked)
    {
        var (status, body) = await asked;
        return (status, body["errors"]?.AsObject().First().Key ?? body.ToJsonString());
    }

    [Fact]
    public async Task Twenty_drafts_at_once_have_twenty_numbers()
    {
        var drafts = await Task.WhenAll(Enumerable.Range(0, 20).Select(_ => _office.DraftAsync()));

        Assert.Equal(20, drafts.Select(draft => (int)draft["version"]!).Distinct().Count());
    }

    [Fact]
    public async Task A_saved_draft_has_a_new_tag_and_hash_and_its_difference_is_told_field_by_field()
    {
        var draft = await _office.DraftAsync();
        var version = (int)draft["version"]!;
        var tag = await TagAsync(version);
        CloseFlorida(draft["document"]!);
        draft["document"]!["postalHints"]!.AsArray().RemoveAt(0);
        var added = Row(draft["document"]!, "routePolicies", "route-us-tx-skills").DeepClone();
        added["id"] = "route-us-pr-skills";
        added["jurisdiction"] = "US-PR";
        draft["document"]!["routePolicies"]!.AsArray().Add(added);
        draft["note"] = "Florida closes.";

        var (status, saved) = await SendAsync(_office.First, HttpMethod.Put, $"{version}", draft, tag);

        Assert.Equal(HttpStatusCode.OK, status);
        Assert.Equal("Florida closes.", (string)saved["note"]!);
        Assert.Equal(HashOf(saved["document"]!), (string)saved["sha256"]!);
        Assert.NotEqual((string)draft["sha256"]!, (string)saved["sha256"]!);
        var (_, diff) = await _office.GetAsync($"{version}/diff?against=1");
        Assert.Equal("route-us-pr-skills", (string)Assert.Single(diff["added"]!.AsArray())!["id"]!);
        Assert.Equal("postalHints", (string)Assert.Single(diff["removed"]!.AsArray())!["kind"]!);
        var changed = Assert.Single(diff["changed"]!.AsArray())!;
        Assert.Equal("route-us-fl-licence", (string)changed["id"]!);
        Assert.Equal("""[{"field":"effect","from":"allow","to":"deny"}]""", changed["fields"]!.ToJsonString());

        // Who still holds the old tag is told; without one the last word counts.
        var (stale, problem) = await SendAsync(_office.Second, HttpMethod.Put, $"{version}", draft, tag);
        Assert.Equal((HttpStatusCode.PreconditionFailed, "stale"), (stale, Code(problem)));
        Assert.Equal(HttpStatusCode.OK, (await SendAsync(_office.First, HttpMethod.Put, $"{version}", draft)).Status);
    }

    private async Task<string> TagAsync(int version)
    {
        using var response = await _office.First.GetAsync($"/api/licensing/rule-sets/{version}");
        return response.Headers.ETag!.ToString();
    }

    public static TheoryData<string, string> Faults() => new()
    {
        { "document.routePolicies[0]", """{"routePolicies[0].jurisdiction": "Florida"}""" },
        { "document.routePolicies[0]", """{"routePolicies[0].jurisdiction": "US-fl"}""" },
        { "document.routePolicies[0]", """{"routePolicies[0].professions": ["wizard"]}""" },
        { "document.routePolicies[0].effect", """{"routePolicies[0].effect": "maybe"}""" },
        { "document.routePolicies[0].effectiveFrom", """{"routePolicies[0].effectiveFrom": "2026-02-30"}""" },
        { "document.routePolicies[0]", """{"routePolicies[0].citations": []}""" },
        { "document.compactMembers[0]", """{"compactMembers[0].operationalTo": "2019-01-01"}""" },
        { "document.consentRules[1]", """{"consentRules[1].jurisdiction": "US-XX"}""" },
        { "document.locationRule", """{"locationRule.attestationMinutes": 0}""" },
        { "document.practicePolicies[0]", """{"practicePolicies[0].graceDaysAfterMove": -1}""" },
        { "document.surprise", """{"surprise": 1}""" },
        { "document", """{"routePolicies[0].id": "route-us-ny-licence"}""" },
    };

    [Theory]
    [MemberData(nameof(Faults))]
    public async Task A_fault_in_the_document_is_told_where_it_is_and_nothing_changes(string path, string change)
    {
        var draft = await _office.DraftAsync();
        var tag = await TagAsync((int)draft["version"]!);
        var (where, value) = JsonNode.Parse(change)!.AsObject().Single();
        Set(draft["document"]!, where, value!.DeepClone());

        var (status, problem) = await SendAsync(_office.First, HttpMethod.Put, $"{draft["version"]}", draft);

        Assert.Equal((HttpStatusCode.BadRequest, "validation"), (status, Code(problem)));
        Assert.Equal(path, problem["errors"]!.AsObject().First().Key);
        Assert.Equal(tag, await TagAsync((int)draft["version"]!));
    }

    private static void Set(JsonNode document, string where, JsonNode value)
    {
        var parts = where.Split('.', '[', ']').Where(part => part.Length > 0).ToArray();
        var at = document;
        foreach (var part in parts[..^1])
        {
            at = int.TryParse(part, out var i) ? at![i]! : at![part]!;
        }

        at[parts[^1]] = value;
    }

    [Fact]
    public async Task A_draft_may_contradict_itself_and_cannot_be_submitted_so()
    {
        var version = await _office.DraftWithAsync(document =>
        {
            var row = Row(document, "routePolicies", "route-us-ny-licence").DeepClone();
            (row["id"], row["effect"]) = ("route-us-ny-licence-again", "deny");
            document["routePolicies"]!.AsArray().Add(row);
        });

        var (_, lint) = await _office.GetAsync($"{version}/lint");
        var error = Assert.Single(lint["items"]!.AsArray(), item => (string)item!["severity"]! == "error")!;
        Assert.Equal("contradiction", (string)error["code"]!);
        Assert.Equal(["route-us-ny-licence", "route-us-ny-licence-again"], error["rows"]!.AsArray().Select(row => (string)row!));
        var (status, problem) = await _office.PostAsync($"{version}/submit");
        Assert.Equal((HttpStatusCode.UnprocessableEntity, "rule-set-contradicts"), (status, Code(problem)));
        Assert.Single(problem["items"]!.AsArray());
        var (_, still) = await _office.GetAsync($"{version}");
        Assert.Equal("draft", (string)still["status"]!);
    }

    [Fact]
    public async Task The_seeded_rule_set_has_no_errors_and_says_what_is_unverified_disputed_and_missing()
    {
        var (_, lint) = await _office.GetAsync("1/lint");

        var items = lint["items"]!.AsArray();
        Assert.All(items, item => Assert.Equal("warning", (string)item!["severity"]!));
        Assert.Equal(["disputed", "gap", "unverified"], items.Select(item => (string)item!["code"]!).Distinct().Order());
        Assert.Contains(items, item => ((string)item!["text"]!).Contains("Texas", StringComparison.Ordinal) && (string)item["code"]! == "gap");
        Assert.DoesNotContain(items, item => (string)item!["code"]! == "gap" && ((string)item["text"]!).Contains("Florida", StringComparison.Ordinal));
    }

    [Fact]
    public async Task What_is_there_twice_and_offers_without_a_way_are_warnings()
    {
        var version = await _office.DraftWithAsync(document =>
        {
            var row = Row(document, "routePolicies", "route-us-ny-licence").DeepClone();
            row["id"] = "route-us-ny-licence-again";
            document["routePolicies"]!.AsArray().Add(row);
            Row(document, "practicePolicies", "practice-grouport")["offers"]![0]!["jurisdictions"]!.AsArray().Add("US-TX");
        });

        var (_, lint) = await _office.GetAsync($"{version}/lint");

        var codes = lint["items"]!.AsArray().Select(item => (string)item!["code"]!).Distinct().Order();
        Assert.Equal(["consent-general", "disputed", "gap", "offer-without-route", "overlap", "unverified"], codes);
        Assert.Equal(HttpStatusCode.OK, (await _office.PostAsync($"{version}/submit")).Status);
    }

    [Fact]
    [Trait("hostile", "R41")]
    public async Task A_submitted_rule_set_is_not_edited_and_its_authors_do_not_publish_it()
    {
        var draft = await _office.DraftAsync();
        var version = (int)draft["version"]!;
        var helper = world.Service.As(Guid.CreateVersion7(), "operator");
        // Who sends it back as it came has written nothing: no entry, and the same tag.
        var edits = await world.AskAsync<long>("select count(*) from audit_entries where act = 'rule-set.edited'");
        Assert.Equal(HttpStatusCode.OK, (await SendAsync(helper, HttpMethod.Put, $"{version}", draft)).Status);
        Assert.Equal(edits, await world.AskAsync<long>("select count(*) from audit_entries where act = 'rule-set.edited'"));
        draft["note"] = "Helped.";
        Assert.Equal(HttpStatusCode.OK, (await SendAsync(helper, HttpMethod.Put, $"{version}", draft)).Status);
        Assert.Equal((HttpStatusCode.Conflict, "not-in-review"), await CodeAsync(_office.Second, HttpMethod.Post, $"{version}/publish", new { }));
        Assert.Equal(HttpStatusCode.OK, (await _office.PostAsync($"{version}/submit")).Status);

        Assert.Equal((HttpStatusCode.Conflict, "not-a-draft"), await CodeAsync(_office.First, HttpMethod.Put, $"{version}", draft));
        Assert.Equal((HttpStatusCode.Conflict, "not-a-draft"), await CodeAsync(_office.First, HttpMethod.Post, $"{version}/submit"));
        Assert.Equal((HttpStatusCode.Conflict, "same-author"), await CodeAsync(_office.First, HttpMethod.Post, $"{version}/publish", new { }));
        Assert.Equal((HttpStatusCode.Conflict, "same-author"), await CodeAsync(helper, HttpMethod.Post, $"{version}/publish", new { }));
        Assert.Equal((HttpStatusCode.Conflict, "not-the-author"),
            await CodeAsync(_office.Second, HttpMethod.Post, $"{version}/withdraw", new { reason = "No." }));
        var (_, whole) = await _office.GetAsync($"{version}");
        Assert.Equal(("in_review", null), ((string)whole["status"]!, whole["publishedAt"]));
    }

    private static async Task<(HttpStatusCode, string?)> CodeAsync(HttpClient http, HttpMethod method, string path, object? body = null)
    {
        var (status, problem) = await SendAsync(http, method, path, body);
        return (status, Code(problem));
    }

    [Fact]
    public async Task Its_author_takes_a_draft_back_and_the_first_rule_set_stays()
    {
        var version = (int)(await _office.DraftAsync())["version"]!;
        Assert.Equal(HttpStatusCode.BadRequest, (await _office.PostAsync($"{version}/withdraw", new { })).Status);

        var (status, whole) = await _office.PostAsync($"{version}/withdraw", new { reason = "A slip." });

        Assert.Equal((HttpStatusCode.OK, "withdrawn"), (status, (string)whole["status"]!));
        Assert.Equal((HttpStatusCode.Conflict, "not-a-draft"), await CodeAsync(_office.First, HttpMethod.Put, $"{version}", whole));
        Assert.Equal((HttpStatusCode.Conflict, "already-withdrawn"),
            await CodeAsync(_office.First, HttpMethod.Post, $"{version}/withdraw", new { reason = "Again." }));
        Assert.Equal((HttpStatusCode.Conflict, "seed-stays"), await CodeAsync(_office.First, HttpMethod.Post, "1/withdraw", new { reason = "No." }));
        Assert.Equal(HttpStatusCode.NotFound, (await _office.PostAsync("4711/submit")).Status);
    }

    [Fact]
    public async Task The_policy_of_another_practice_is_not_edited()
    {
        var draft = await _office.DraftAsync();
        Row(draft["document"]!, "practicePolicies", "practice-chicago")["graceDaysAfterMove"] = 0;
        var grouport = world.Service.As(Guid.CreateVersion7(), ["operator"], ["grouport"]);

        Assert.Equal((HttpStatusCode.Forbidden, "not-your-practice"), await CodeAsync(grouport, HttpMethod.Put, $"{draft["version"]}", draft));
        var both = world.Service.As(
            Guid.CreateVersion7(), new Dictionary<string, string[]> { ["grouport"] = ["operator"], ["chicago"] = ["facilitator"] });
        Assert.Equal((HttpStatusCode.Forbidden, "not-your-practice"), await CodeAsync(both, HttpMethod.Put, $"{draft["version"]}", draft));
    }
}
