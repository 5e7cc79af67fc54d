using System.Net.Http.Json;
using System.Text.Json.Nodes;
using GroupTherapy.Contracts.Enrollment.V1;
using GroupTherapy.Platform.Data;
using GroupTherapy.Scheduling.Groups;
using Xunit;

namespace GroupTherapy.Scheduling.Tests;

public sealed class OffersOfPractices(SchedulingWorld world) : IClassFixture<SchedulingWorld>
{
    [Fact]
    public async Task The_catalogue_prints_what_the_rules_in_force_offer_and_late_news_change_nothing()
    {
        var group = await world.GroupIdAsync(SchedulingWorld.Request(await world.FacilitatorAsync()));
        Assert.Equal("US-FL US-NJ US-NY", await OfferedInAsync(group));

        await TellAsync(2, ["US-FL", "US-NY", "US-XX"], world.Clock.Now.AddMinutes(2));
        await TellAsync(1, ["US-TX"], world.Clock.Now.AddMinutes(1));

        Assert.Equal("US-FL US-NY", await OfferedInAsync(group));
        await TellAsync(3, ["US-NJ"], world.Clock.Now.AddMinutes(3));
        Assert.Equal("US-NJ", await OfferedInAsync(group));
    }

    private Task TellAsync(int ruleSet, string[] places, DateTimeOffset at) => SchedulingWorld.DeliverAsync(
        new PrintOffersWhenPracticeOffersChanged(world.Db),
        new PracticeOffersChanged(ruleSet, [new PracticeOffer("grouport", "psychotherapy_group", places), new PracticeOffer("nowhere", "intake", places)], at));

    private async Task<string> OfferedInAsync(Guid group)
    {
        var shown = await world.Service.Anonymous().GetFromJsonAsync<JsonNode>($"/api/groups/{group}");
        return string.Join(' ', shown!["offeredIn"]!.AsArray().Select(place => (string)place!));
    }
}
