using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using GroupTherapy.Enrollment.Licensing;
using Xunit;

namespace GroupTherapy.Enrollment.Tests.Licensing;

/// <summary>The seeded rule set, and documents that are not sound.</summary>
public sealed class RuleSetTests
{
    private static readonly RuleSetDocument Seed = SeededRuleSet.Compiled.Document;
    private static readonly JsonSerializerOptions Pretty = new() { WriteIndented = true };

    [Fact]
    public void Every_row_has_citation_source_date_and_confidence()
    {
        Assert.Empty(RuleSetStructure.Problems(Seed));
        Assert.All(Seed.Rows(), row => Assert.True(row.SourceDate >= new DateOnly(2020, 1, 1) && row.SourceDate <= new DateOnly(2026, 11, 30), row.Id));
        Assert.All(Seed.Rows(), row => Assert.NotEmpty(row.Citations));
    }

    [Fact]
    public void Nothing_in_it_contradicts_itself() => Assert.Empty(RuleSetContradictions.Find(Seed));

    [Fact]
    public void All_states_the_district_and_the_territories_are_jurisdictions()
    {
        Assert.Equal(50, Seed.Jurisdictions.Count(row => row.Kind == JurisdictionKind.State));
        Assert.Equal(["US-DC"], Seed.Jurisdictions.Where(row => row.Kind == JurisdictionKind.District).Select(row => row.Code));
        Assert.Equal(
            ["US-AS", "US-GU", "US-MP", "US-PR", "US-UM", "US-VI"],
            Seed.Jurisdictions.Where(row => row.Kind == JurisdictionKind.Territory).Select(row => row.Code).Order()
        );
    }

    [Fact]
    public void Skills_rows_are_there_for_the_states_and_the_district_alone() =>
        Assert.Equal(
            Seed.Jurisdictions.Where(row => row.Kind is JurisdictionKind.State or JurisdictionKind.District).Select(row => row.Code).Order(),
            Seed.RoutePolicies.Where(row => row.ServiceClasses.Contains("skills_education")).Select(row => row.Jurisdiction).Order()
        );

    [Fact]
    public void The_catalogue_shows_where_something_is_offered_and_may_be()
    {
        var rules = SeededRuleSet.Compiled;
        Assert.Equal(["US-FL", "US-NJ", "US-NY"], rules.OfferedIn("grouport", "psychotherapy_group", Given.Evening));
        Assert.Equal(["US-FL", "US-IL", "US-KS"], rules.OfferedIn("chicago", "psychotherapy_individual", Given.Evening));
        Assert.Equal(51, rules.OfferedIn("grouport", "skills_education", Given.Evening).Count);
        Assert.Empty(rules.OfferedIn("chicago", "skills_education", Given.Evening));
        Assert.Empty(rules.OfferedIn("nobody", "skills_education", Given.Evening));
    }

    [Fact]
    public void The_hash_is_that_of_the_canonical_document_however_it_is_written()
    {
        var pretty = JsonSerializer.Serialize(JsonNode.Parse(SeededRuleSet.Json), Pretty);
        Assert.Equal(SeededRuleSet.Compiled.Sha256, CompiledRuleSet.Parse(Encoding.UTF8.GetBytes(pretty)).Sha256);
        Assert.Matches("^[0-9a-f]{64}$", SeededRuleSet.Compiled.Sha256);
        Assert.NotEqual(SeededRuleSet.Compiled.Sha256, Given.Rules(document => document with { Note = "Another." }).Sha256);
    }

    [Theory]
    [InlineData("\"version\": 1,", "\"version\": 1, \"surprise\": 1,")]
    [InlineData("\"version\": 1,", "\"version\": \"1\",")]
    [InlineData("\"version\": 1,", "\"version\": 1, \"version\": 2,")]
    [InlineData("\"version\": 1,", "")]
    [InlineData("\"sourceDate\": \"2026-06-13\"", "\"sourceDate\": \"2026-06-31\"")]
    [InlineData("\"confidence\": \"disputed\"", "\"confidence\": \"certain\"")]
    [InlineData("\"zone\": \"America/Boise\"", "\"zone\": \"America/Nowhere\"")]
    [InlineData("\"kind\": \"unknown\"", "\"kind\": \"state\"")]
    [InlineData("\"jurisdiction\": \"US-KS\", \"status\"", "\"jurisdiction\": \"Kansas\", \"status\"")]
    [InlineData("\"operationalFrom\": \"2022-01-01\"", "\"operationalFrom\": \"2022-01-01\", \"operationalTo\": \"2021-12-31\"")]
    [InlineData("\"citations\": [\"225 ILCS 150/10\"]", "\"citations\": []")]
    [InlineData("\"citations\": [\"225 ILCS 150/10\"]", "\"citations\": [\" \"]")]
    [InlineData("\"id\": \"zip-42223\"", "\"id\": \"zip-97635\"")]
    [InlineData("\"id\": \"zip-42223\"", "\"id\": \"\"")]
    [InlineData("\"quorum\": \"lead_for_all\"", "\"quorum\": \"most\"")]
    [InlineData("\"jurisdiction\": \"*\", \"serviceClasses\": [\"psychotherapy_group\", ", "\"jurisdiction\": \"*\", \"serviceClasses\": [")]
    [InlineData("\"postalHints\": [", "\"postalHints\": [null, ")]
    public void A_document_that_is_not_sound_is_refused(string from, string to)
    {
        Assert.Contains(from, SeededRuleSet.Json, StringComparison.Ordinal);
        var at = SeededRuleSet.Json.IndexOf(from, StringComparison.Ordinal);
        var json = string.Concat(SeededRuleSet.Json.AsSpan(0, at), to, SeededRuleSet.Json.AsSpan(at + from.Length));
        Assert.NotEmpty(Assert.Throws<RuleSetException>(() => CompiledRuleSet.Parse(Encoding.UTF8.GetBytes(json))).Problems);
    }

    [Theory]
    [InlineData("")]
    [InlineData("null")]
    [InlineData("[1]")]
    [InlineData("{\"version\":1}")]
    public void What_is_no_document_is_refused(string json) => Assert.Throws<RuleSetException>(() => CompiledRuleSet.Parse(Encoding.UTF8.GetBytes(json)));

    [Fact]
    public void Contradicting_rows_are_found_by_pair()
    {
        var route = Seed.RoutePolicies.Single(row => row.Id == "route-us-ks-temporary");
        var member = Seed.CompactMembers[0];
        var found = RuleSetContradictions.Find(
            Seed with
            {
                RoutePolicies = [.. Seed.RoutePolicies, route with { Id = "a-route", DayBudget = 30, Professions = ["mft"] }, route with { Id = "b-route" }],
                CompactMembers = [.. Seed.CompactMembers, member with { Id = "a-member", OperationalFrom = null }],
                ConsentRules = [.. Seed.ConsentRules, Seed.ConsentRules[0] with { Id = "a-consent", SelfConsentAge = 19 }],
                PracticePolicies = [.. Seed.PracticePolicies, Seed.PracticePolicies[0] with { Id = "a-practice" }],
                LicenceTypes = [.. Seed.LicenceTypes, Seed.LicenceTypes[0] with { Id = "a-type", Independent = !Seed.LicenceTypes[0].Independent }],
            }
        );
        Assert.Equal(
            [
                "a-consent/consent-general",
                "a-member/member-psypact-us-fl",
                "a-practice/practice-grouport",
                "a-route/b-route",
                "a-route/route-us-ks-temporary",
                "a-type/licence-type-us-fl-psy-psychologist",
            ],
            found.Select(pair => $"{pair.First}/{pair.Second}")
        );
    }

    [Fact]
    public void No_reason_code_is_there_twice() => Assert.Equal(ReasonCodes.InOrder.Count, ReasonCodes.InOrder.Distinct().Count());
}
