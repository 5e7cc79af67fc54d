using System.Text.Json;
using System.Text.Json.Nodes;
using GroupTherapy.Enrollment.Licensing;
using GroupTherapy.Enrollment.Tests.Licensing;
using GroupTherapy.Tests.Support;
using static GroupTherapy.Enrollment.Tests.Seats.SeatWorld;

namespace GroupTherapy.Enrollment.Tests.RuleSets;

/// <summary>A rule set is published that lacks a service class which a live group still uses.</summary>
public sealed class DroppedServiceClassTests(EnrollmentWorld world) : IClassFixture<EnrollmentWorld>
{
    [Fact]
    public async Task Its_members_are_denied_with_a_reason_and_other_members_keep_getting_permits()
    {
        var office = new Office(world);
        var (skills, therapy) = (await world.GroupAsync(3, "skills_education"), await world.GroupAsync(3));
        var (first, second) = (await world.SessionAsync(skills, TimeSpan.FromHours(2)), await world.SessionAsync(therapy, TimeSpan.FromHours(3)));
        var (learner, learns) = await world.MemberInAsync("FL");
        var (patient, heals) = await world.MemberInAsync("FL");
        await EnrolledInAsync(learns, skills);
        await EnrolledInAsync(heals, therapy);
        await Eventually.Async(async () => await OutcomeAsync(learner) == "allow" && await OutcomeAsync(patient) == "allow", () =>
            "no permit was issued before");

        var version = await office.DraftWithAsync(document => Replace(document, BoundsTests.WithoutClass(SeededRuleSet.Compiled.Document, "skills_education")));
        var (_, lint) = await office.GetAsync($"{version}/lint");
        var (_, impact) = await office.PostAsync($"{version}/impact", new { weeks = 1 });
        await office.PublishAsync(version);

        var warning = Assert.Single(lint["items"]!.AsArray(), item => (string)item!["code"]! == "service-class-in-use")!;
        Assert.Equal("warning", (string)warning["severity"]!);
        Assert.Contains(impact["losses"]!.AsArray(), loss => (Guid)loss!["sessionId"]! == first.SessionId);
        Assert.DoesNotContain(impact["losses"]!.AsArray(), loss => (Guid)loss!["sessionId"]! == second.SessionId);
        await Eventually.Async(async () => await OutcomeAsync(learner) == "deny", () => "the dropped class is still allowed");
        var permit = (await world.LastSentAsync("permit-changed", learner))!;
        Assert.Contains("POLICY_STATE_NOT_OFFERED", permit["reasons"]!.AsArray().Select(reason => (string)reason!["code"]!));
        Assert.All(permit["places"]!.AsArray(), place => Assert.Equal("deny", (string)place!["outcome"]!));

        var (late, joins) = await world.MemberInAsync("FL");
        await EnrolledInAsync(joins, therapy);
        await Eventually.Async(async () => await OutcomeAsync(late) == "allow", () => "nobody gets a permit any more");
        Assert.Equal("allow", await OutcomeAsync(patient));
    }

    private async Task<string?> OutcomeAsync(Guid member) =>
        (string?)(await world.LastSentAsync("permit-changed", member))?["places"]!.AsArray()
            .Single(place => (string)place!["jurisdiction"]! == "US-FL")!["outcome"];

    private static void Replace(JsonNode document, RuleSetDocument with)
    {
        var whole = JsonSerializer.SerializeToNode(with, LicensingJson.Options)!.AsObject();
        foreach (var (name, value) in whole.ToList())
        {
            if (name != "version")
            {
                document[name] = value?.DeepClone();
            }
        }
    }
}
