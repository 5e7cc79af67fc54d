using System.Net;
using System.Net.Http.Json;
using System.Text.Json.Nodes;
using GroupTherapy.Contracts.Scheduling.V1;
using GroupTherapy.Enrollment.Consumers;
using GroupTherapy.Platform.Data;

namespace GroupTherapy.Enrollment.Tests.Practices;

public sealed class NewPracticeTests(EnrollmentWorld world) : IClassFixture<EnrollmentWorld>
{
    private static readonly PracticeConsent Rules = new("group-rules", "House rules", "We take our shoes off.");

    [Fact]
    public async Task A_new_practice_admits_only_members_whom_its_facilitators_licence_covers()
    {
        await TellAsync("harbour", 1);
        await TellAsync("harbour", 1);
        var sets = (await world.Operator.GetFromJsonAsync<JsonObject>("/api/licensing/rule-sets?limit=500"))!["items"]!.AsArray();
        Assert.Single(sets, s => ((string?)s!["note"])?.Contains("harbour", StringComparison.Ordinal) == true);

        var lead = Guid.CreateVersion7();
        await world.FacilitatorAsync(lead, "counselor", ["harbour"], ("LMHC", "US-FL", 400));
        var (therapy, skills) = (await GroupAsync("harbour", "psychotherapy_group", lead), await GroupAsync("harbour", "skills_education", lead));
        var (_, florida) = await world.MemberInAsync("FL");
        var (_, texas) = await world.MemberInAsync("TX");
        Assert.Equal((HttpStatusCode.Created, null), await AskAsync(florida, therapy));
        Assert.Equal((HttpStatusCode.Forbidden, "not-eligible"), await AskAsync(texas, therapy));
        Assert.Equal((HttpStatusCode.Forbidden, "not-eligible"), await AskAsync(florida, skills));
    }

    [Fact]
    public async Task Ten_practices_add_ten_rule_sets_to_one_that_begins_later()
    {
        await TellAsync("first", 1);
        await world.RunAsync(
            """
            insert into rule_sets (version, sha256, document, status, effective_from, published_at, note, created_at)
            select (select max(version) + 1 from rule_sets), repeat('f', 64), document, 'published', $1 + interval '5 years', $1, 'later', $1
            from rule_sets where version = 1
            """, world.Clock.GetUtcNow());
        const string Later = "select count(*) from rule_sets where effective_from = (select effective_from from rule_sets where note = 'later')";
        for (var n = 0; n < 10; n++)
        {
            await TellAsync($"practice-{n}", 1);
        }

        Assert.Equal(11, await world.AskAsync<long>(Later));
        await world.RunAsync("insert into rule_set_withdrawals (version, step, requested_by, by_account, at, reason) "
            + "select version, 'carried_out', gen_random_uuid(), gen_random_uuid(), $1, 'A test.' from rule_sets where effective_from > $1",
            world.Clock.GetUtcNow());
    }

    [Theory]
    [InlineData("UTC+05:00", "A name")]
    [InlineData("", "A name")]
    [InlineData("quiet", "")]
    public async Task A_practice_that_cannot_be_one_is_set_aside(string id, string name)
    {
        var before = await world.AskAsync<long>("select count(*) from rule_sets");
        await world.DeliverAsync<SavePracticeWhenPracticeChanged, PracticeChanged>(
            new PracticeChanged(id, name, "America/New_York", [], [], 1, world.Clock.GetUtcNow()));
        Assert.Equal(before, await world.AskAsync<long>("select count(*) from rule_sets"));
        Assert.True(await world.AskAsync<long>("select count(*) from audit_entries where act = 'practice.set-aside'") > 0);
    }

    [Fact]
    public async Task Members_read_and_agree_to_the_texts_of_their_groups_own_practice()
    {
        await TellAsync("lantern", 1, Rules);
        var (_, member) = await world.MemberInAsync("FL");
        var (ours, theirs) = (await GroupAsync("lantern", "psychotherapy_group", world.Ana), await world.GroupAsync(3));
        var own = await ConsentsAsync(member, ours);
        Assert.Equal(("House rules", 4), ((string?)own.Single(c => (string?)c!["document"] == "group-rules")!["title"], own.Count));
        Assert.Equal(["document", "text", "title", "version"], own[0]!.AsObject().Select(p => p.Key).Order());
        Assert.DoesNotContain(await ConsentsAsync(member, theirs), c => (string?)c!["title"] == "House rules");

        var newer = Rules with { Text = "We take our shoes off and listen." };
        await TellAsync("lantern", 3, newer);
        await TellAsync("lantern", 2, Rules);
        Assert.Contains(await ConsentsAsync(member, ours), c => (string?)c!["text"] == newer.Text);
    }

    [Fact]
    public async Task Visitors_read_the_professions_and_jurisdictions_that_other_calls_accept()
    {
        using var anyone = world.Service.Anonymous();
        Assert.Contains((await ItemsAsync(anyone, "/api/professions")), p => (string?)p!["code"] == "counselor");
        Assert.Contains((await ItemsAsync(anyone, "/api/jurisdictions")), p => (string?)p!["code"] == "US-FL" && (string?)p["name"] == "Florida");
    }

    private Task TellAsync(string practice, long version, params PracticeConsent[] texts) =>
        world.DeliverAsync<SavePracticeWhenPracticeChanged, PracticeChanged>(
            new PracticeChanged(practice, $"The {practice}", "America/New_York", [new("988", "988")], texts, version, world.Clock.GetUtcNow()));

    private async Task<Guid> GroupAsync(string practice, string serviceClass, Guid lead)
    {
        var group = new GroupSnapshot(Guid.CreateVersion7(), practice, "A group", serviceClass, 5, 18, lead, [], false, false, null, false, 1);
        await world.DeliverAsync<UpsertSeatGroupWhenGroupOpened, GroupOpened>(new GroupOpened(group, world.Clock.GetUtcNow()));
        return group.GroupId;
    }

    private static async Task<(HttpStatusCode Status, string? Code)> AskAsync(HttpClient member, Guid groupId)
    {
        using var answer = await member.PostAsJsonAsync("/api/enrollments", new { groupId });
        return (answer.StatusCode, (string?)(await answer.Content.ReadFromJsonAsync<JsonObject>())!["code"]);
    }

    private static async Task<JsonArray> ConsentsAsync(HttpClient member, Guid group) => await ItemsAsync(member, $"/api/groups/{group}/consents");

    private static async Task<JsonArray> ItemsAsync(HttpClient http, string path) => (await http.GetFromJsonAsync<JsonObject>(path))!["items"]!.AsArray();
}
