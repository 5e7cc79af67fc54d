using System.Net;
using System.Net.Http.Json;
using System.Text.Json.Nodes;
using Xunit;

namespace GroupTherapy.Enrollment.Tests.Scenarios;

/// <summary>A member's own form: what it shows is what a change is measured by.</summary>
public sealed class ProfileFormTests(EnrollmentWorld world) : IClassFixture<EnrollmentWorld>
{
    [Fact]
    public async Task A_form_sent_back_with_another_telephone_leaves_a_move_with_evidence_as_it_is()
    {
        var (member, http) = await world.MemberInAsync("NY");
        await EnrollmentWorld.EnrolAsync(http, await world.GroupAsync(5));
        using var operators = world.Operator;
        using var moved = await operators.PostAsJsonAsync(
            $"/api/members/{member}/residence",
            new
            {
                jurisdiction = "US-TX",
                from = "2026-01-01",
                evidence = "A letter with the new address.",
            }
        );
        Assert.Equal(HttpStatusCode.NoContent, moved.StatusCode);

        var form = (await http.GetFromJsonAsync<JsonNode>("/api/me/profile"))!;
        Assert.Equal("""{"jurisdiction":"US-TX","since":"2026-01-01"}""", form["recordedResidence"]!.ToJsonString());
        form["phone"] = "+1 212 555 0199";
        using var saved = await http.PutAsJsonAsync("/api/me/profile", form);

        Assert.Equal(HttpStatusCode.OK, saved.StatusCode);
        Assert.Equal("US-TX", await InForceAsync(member));
        Assert.Equal(2, await world.AskAsync<long>("select count(*) from residences where member_id = $1", member));

        form["residence"]!["line1"] = "2 Another Street";
        form["residence"]!["state"] = "FL";
        using var stated = await http.PutAsJsonAsync("/api/me/profile", form);
        Assert.Equal(HttpStatusCode.OK, stated.StatusCode);
        Assert.Equal("US-FL", await InForceAsync(member));
        Assert.Null((await stated.Content.ReadFromJsonAsync<JsonNode>())!["recordedResidence"]);
    }

    [Theory]
    [InlineData("legalName", "\u3164")]
    [InlineData("legalName", "a\u0000b")]
    [InlineData("legalName", "a\u202eb")]
    [InlineData("emergencyContact.name", "\u200b\u2800")]
    [InlineData("emergencyContact.relation", "a\ue000")]
    [InlineData("residence.line1", "a\uffff")]
    [InlineData("residence.city", "\u2028")]
    [Trait("hostile", "O02")]
    public async Task An_invisible_name_or_text_is_refused_by_its_field(string field, string value)
    {
        var (_, http) = await world.MemberInAsync("NY");
        var form = (await http.GetFromJsonAsync<JsonNode>("/api/me/profile"))!;
        var at = field.Split('.') is [var outer, _] ? form[outer]! : form;
        at[field.Split('.')[^1]] = value;

        using var answer = await http.PutAsJsonAsync("/api/me/profile", form);

        Assert.Equal(HttpStatusCode.BadRequest, answer.StatusCode);
        Assert.NotNull((await answer.Content.ReadFromJsonAsync<JsonNode>())!["errors"]![field]);
    }

    [Fact]
    public async Task A_name_is_as_long_as_its_characters_and_is_trimmed()
    {
        var (_, http) = await world.MemberInAsync("NY");
        var form = (await http.GetFromJsonAsync<JsonNode>("/api/me/profile"))!;
        var name = string.Concat(Enumerable.Repeat("\U00020BB7", 200));
        form["legalName"] = $" {name}\u200b ";

        using var answer = await http.PutAsJsonAsync("/api/me/profile", form);

        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
        Assert.Equal(name, (string)(await http.GetFromJsonAsync<JsonNode>("/api/me/profile"))!["legalName"]!);
    }

    [Fact]
    public async Task A_form_sent_back_as_it_came_leaves_no_trace()
    {
        var (member, http) = await world.MemberInAsync("NY");
        await EnrollmentWorld.EnrolAsync(http, await world.GroupAsync(5));
        var entries = await EntriesAsync(member);
        var form = (await http.GetFromJsonAsync<JsonNode>("/api/me/profile"))!;

        using var saved = await http.PutAsJsonAsync("/api/me/profile", form);

        Assert.Equal(HttpStatusCode.OK, saved.StatusCode);
        Assert.Equal(form.ToJsonString(), (await saved.Content.ReadFromJsonAsync<JsonNode>())!.ToJsonString());
        Assert.Equal(entries, await EntriesAsync(member));

        form["language"] = "es";
        using var changed = await http.PutAsJsonAsync("/api/me/profile", form);
        Assert.Equal(HttpStatusCode.OK, changed.StatusCode);
        Assert.Equal(entries + 1, await EntriesAsync(member));
    }

    [Theory]
    [InlineData("UTC+05:00")]
    [InlineData("UTC-03")]
    [InlineData("america/new_york")]
    [InlineData("America/New_York ")]
    public async Task An_offset_or_another_spelling_is_no_time_zone(string zone)
    {
        var (_, http) = await world.MemberInAsync("NY");
        var form = (await http.GetFromJsonAsync<JsonNode>("/api/me/profile"))!;
        form["timeZone"] = zone;

        using var answer = await http.PutAsJsonAsync("/api/me/profile", form);

        Assert.Equal(HttpStatusCode.BadRequest, answer.StatusCode);
        Assert.NotNull((await answer.Content.ReadFromJsonAsync<JsonNode>())!["errors"]!["timeZone"]);
    }

    private Task<long> EntriesAsync(Guid member) =>
        world.AskAsync<long>("select count(*) from audit_entries where subject = $1 and act in ('profile.kept', 'residence.stated')", member);

    private Task<string> InForceAsync(Guid member) =>
        world.AskAsync<string>("select jurisdiction from residences where member_id = $1 order by recorded_at desc, id desc limit 1", member);
}
