using System.Text.Json.Nodes;
using GroupTherapy.Tests.Support;

namespace GroupTherapy.Enrollment.Tests.Coverage;

/// <summary>Apart, since it moves the clock for everybody in its world.</summary>
public sealed class CoverageOverTimeTests(EnrollmentWorld world) : IClassFixture<EnrollmentWorld>
{
    [Fact]
    public async Task When_a_licence_ends_the_coverage_is_told_again_by_itself()
    {
        var group = await world.GroupAsync(10);
        await world.SessionAsync(group, TimeSpan.FromDays(1));
        JsonNode? last = null;
        async Task<bool> JerseyIsAsync(bool served)
        {
            last = await world.LastSentAsync("coverage-changed", group);
            return last is not null
                && last["facilitators"]!.AsArray().SelectMany(f => f!["places"]!.AsArray()).Any(p => (string)p!["jurisdiction"]! == "US-NJ") == served
                && last["facilitators"]!.AsArray().Count == 1;
        }

        await Eventually.Async(() => JerseyIsAsync(true), () => $"New Jersey was not served: {last}");
        var until = (DateTimeOffset)last!["facilitators"]![0]!["places"]!.AsArray().Single(p => (string)p!["jurisdiction"]! == "US-NJ")!["until"]!;

        world.Clock.Advance(until - world.Clock.GetUtcNow() - TimeSpan.FromSeconds(3));
        Assert.True(await JerseyIsAsync(true));
        world.Clock.Advance(TimeSpan.FromSeconds(3));
        await Eventually.Async(() => JerseyIsAsync(false), () => $"New Jersey stayed: {last}");
    }
}
