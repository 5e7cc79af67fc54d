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
    public async Task Anybody_reads_the_professions_and_jurisdictions_that_other_calls_accept()
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
