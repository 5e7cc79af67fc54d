using System.Text;
using System.Text.Json;
using GroupTherapy.Enrollment.Licensing;

namespace GroupTherapy.Enrollment.Tests.Licensing;

/// <summary>Many published rule sets are kept ready at the cost of what differs between them.</summary>
public sealed class CompiledRuleSetsTests
{
    [Fact]
    public void Versions_that_differ_in_a_practices_policy_keep_their_law_once_and_say_what_they_say_alone()
    {
        var kept = new CompiledRuleSets();
        var first = Keep(kept, d => d with { Version = 2 });
        var closed = Keep(kept, d => d with { Version = 3, Note = "Closed.", PracticePolicies = [.. d.PracticePolicies.Where(p => p.Practice != "grouport")] });

        Assert.Same(first.Document.RoutePolicies, closed.Document.RoutePolicies);
        Assert.Same(first.Jurisdictions, closed.Jurisdictions);
        Assert.Equal((3, "Closed."), (closed.Version, closed.Document.Note));
        foreach (var (rules, alone) in new[] { (first, Alone(first)), (closed, Alone(closed)) })
        {
            Assert.Equal(alone.Sha256, rules.Sha256);
            foreach (var request in new[] { Given.Join("US-FL", Given.Ana), Given.Chicago("US-IL", Given.Dee), Given.Skills("US-NY") })
            {
                Assert.Equal(Text(LicensingEngine.Decide(alone, request, request.At)), Text(LicensingEngine.Decide(rules, request, request.At)));
            }
        }

        Assert.NotEqual(
            Text(LicensingEngine.Decide(first, Given.Join("US-FL", Given.Ana), Given.Evening)),
            Text(LicensingEngine.Decide(closed, Given.Join("US-FL", Given.Ana), Given.Evening))
        );
    }

    [Fact]
    public void Another_law_is_another_law()
    {
        var kept = new CompiledRuleSets();
        var first = Keep(kept, d => d with { Version = 2 });
        var other = Keep(kept, d => d with { Version = 3, RoutePolicies = [.. d.RoutePolicies.Where(row => row.Id != "route-us-nj-licence")] });

        Assert.NotSame(first.Jurisdictions, other.Jurisdictions);
        Assert.NotEqual(first.Document.RoutePolicies.Count, other.Document.RoutePolicies.Count);
    }

    [Fact]
    public void Those_asked_for_the_longest_ago_go_first()
    {
        var kept = new CompiledRuleSets(most: 4);
        var first = Keep(kept, d => d with { Version = 2 });
        foreach (var version in Enumerable.Range(3, 40))
        {
            Assert.Same(first, kept.Find(first.Sha256));
            Keep(kept, d => d with { Version = version });
            Assert.InRange(kept.Count, 1, 4);
        }

        Assert.Same(first, kept.Find(first.Sha256));
        Assert.Null(kept.Find("another"));
    }

    private static CompiledRuleSet Keep(CompiledRuleSets kept, Func<RuleSetDocument, RuleSetDocument> change)
    {
        var rules = Given.Rules(change);
        return kept.Compile(rules.Sha256, Bytes(rules));
    }

    private static CompiledRuleSet Alone(CompiledRuleSet rules) => CompiledRuleSet.Parse(Bytes(rules));

    private static byte[] Bytes(CompiledRuleSet rules) => Encoding.UTF8.GetBytes(JsonSerializer.Serialize(rules.Document, LicensingJson.Options));

    private static string Text(Decision decision) => JsonSerializer.Serialize(decision, LicensingJson.Options);
}
