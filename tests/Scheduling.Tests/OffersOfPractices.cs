using System.Net.Http.Json;
using System.Text.Json.Nodes;
using GroupTherapy.Contracts.Enrollment.V1;
using GroupTherapy.Scheduling.Consumers;
using Xunit;

namespace GroupTherapy.Scheduling.Tests;

public sealed class OffersOfPractices(SchedulingWorld world) : IClassFixture<SchedulingWorld>
{
    [Fact]
    public async Task The_catalogue_shows_what_the_rules_in_force_offer_and_an_older_event_changes_nothing()
    {
        var group = await world.GroupIdAsync(SchedulingWorld.Request(await world.FacilitatorAsync()));
        Assert.Equal("US-FL US-NJ US-NY", await OfferedInAsync(group));

        await TellAsync(2, ["US-FL", "US-NY", "US-XX"], world.Clock.Now.AddMinutes(2));
        await TellAsync(1, ["US-TX"], world.Clock.Now.AddMinutes(1));

        Assert.Equal("US-FL US-NY", await OfferedInAsync(group));
        await TellAsync(3, ["US-NJ"], world.Clock.Now.AddMinutes(3));
        Assert.Equal("US-NJ", await OfferedInAsync(group));
    }

    private Task TellAsync(int ruleSet, string[] places, DateTimeOffset at) =>
        SchedulingWorld.DeliverAsync(
            new ReplaceOffersWhenPracticeOffersChanged(world.Db),
            new PracticeOffersChanged(
                ruleSet,
                [new PracticeOffer("grouport", "psychotherapy_group", places), new PracticeOffer("nowhere", "intake", places)],
                at
            )
        );

    private async Task<string> OfferedInAsync(Guid group)
    {
        var shown = await world.Service.Anonymous().GetFromJsonAsync<JsonNode>($"/api/groups/{group}");
        return string.Join(' ', shown!["offeredIn"]!.AsArray().Select(place => (string)place!));
    }
}
