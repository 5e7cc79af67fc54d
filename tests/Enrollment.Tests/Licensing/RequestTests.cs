using System.Text.Json;
using System.Text.Json.Nodes;
using GroupTherapy.Enrollment.Licensing;
using Xunit;

namespace GroupTherapy.Enrollment.Tests.Licensing;

/// <summary>What is refused before anybody decides: nothing is guessed, bound loosely or left out silently.</summary>
public sealed class RequestTests
{
    [Theory]
    [InlineData("practice", "\"nobody\"", "practice")]
    [InlineData("practice", "null", "practice")]
    [InlineData("practice", null, "practice")]
    [InlineData("point", "\"Join\"", "point")]
    [InlineData("point", null, "point")]
    [InlineData("modality", "\"phone\"", "modality")]
    [InlineData("modality", null, "modality")]
    [InlineData("at", "\"2026-02-30T00:00:00Z\"", "at")]
    [InlineData("at", "\"2026-11-25T00:00:00\"", "at")]
    [InlineData("at", "\"2026-11-25\"", "at")]
    [InlineData("at", "1764028800", "at")]
    [InlineData("until", "\"2026-11-24T23:59:59Z\"", "until")]
    [InlineData("until", "null", "until")]
    [InlineData("group", null, "group")]
    [InlineData("group.serviceClass", "\"therapy\"", "group.serviceClass")]
    [InlineData("group.minimumAge", "-1", "group.minimumAge")]
    [InlineData("group.minimumAge", "\"18\"", "group.minimumAge")]
    [InlineData("group.minimumAge", null, "group.minimumAge")]
    [InlineData("facilitators", "null", "facilitators")]
    [InlineData("facilitators", "[null]", "facilitators[0]")]
    [InlineData("facilitators.0.role", "\"boss\"", "facilitators[0].role")]
    [InlineData("facilitators.0.profession", "\"wizard\"", "facilitators[0].profession")]
    [InlineData("facilitators.0.location", "\"Florida\"", "facilitators[0].location")]
    [InlineData("facilitators.0.credentials.0.kind", "\"license\"", "facilitators[0].credentials[0].kind")]
    [InlineData("facilitators.0.credentials.0.status", "\"ACTIVE\"", "facilitators[0].credentials[0].status")]
    [InlineData("facilitators.0.credentials.0.jurisdiction", "\"FL\"", "facilitators[0].credentials[0].jurisdiction")]
    [InlineData("facilitators.0.credentials.0.type", null, "facilitators[0].credentials[0].type")]
    [InlineData("facilitators.0.credentials.0.validTo", "\"2017-12-31\"", "facilitators[0].credentials[0].validTo")]
    [InlineData("facilitators.0.credentials.0.validFrom", "\"2026-02-29\"", "facilitators[0].credentials[0].validFrom")]
    [InlineData("facilitators.0.credentials.0.validFrom", "\"01/02/2018\"", "facilitators[0].credentials[0].validFrom")]
    [InlineData("facilitators.0.credentials.0.encumbered", null, "facilitators[0].credentials[0].encumbered")]
    [InlineData("facilitators.0.credentials.0.encumbered", "\"no\"", "facilitators[0].credentials[0].encumbered")]
    [InlineData("facilitators.0.credentials.0.licence", "true", "facilitators[0].credentials[0].licence")]
    [InlineData("member", "null", "member")]
    [InlineData("member.dateOfBirth", "\"1990-13-01\"", "member.dateOfBirth")]
    [InlineData("member.dateOfBirth", "\"2027-01-01\"", "member.dateOfBirth")]
    [InlineData("member.residence.jurisdiction", "\"us-fl\"", "member.residence.jurisdiction")]
    [InlineData("member.residence.jurisdiction", "\"US-XX\"", "member.residence.jurisdiction")]
    [InlineData("member.residence.jurisdiction", "\" US-FL\"", "member.residence.jurisdiction")]
    [InlineData("member.residence.jurisdiction", "\"Unknown\"", "member.residence.jurisdiction")]
    [InlineData("member.residence.jurisdiction", null, "member.residence.jurisdiction")]
    [InlineData("member.residence.since", "\"2020-00-01\"", "member.residence.since")]
    [InlineData("member.residence.postalCode", "\"3360\"", "member.residence.postalCode")]
    [InlineData("member.residence.postalState", "\"FL\"", "member.residence.postalState")]
    [InlineData("member.residence.postalState", "\"AE\"", "member.residence.jurisdiction")]
    [InlineData("member.location.jurisdiction", "\"US_FL\"", "member.location.jurisdiction")]
    [InlineData("member.location.networkHint", "\"fl\"", "member.location.networkHint")]
    [InlineData("member.location.attestedAt", null, "member.location.attestedAt")]
    [InlineData("member.guardianConsent", "\"true\"", "member.guardianConsent")]
    [InlineData("Practice", "\"grouport\"", "Practice")]
    [InlineData("member.name", "\"Mary\"", "member.name")]
    [InlineData("ruleSet", "\"1\"", "ruleSet")]
    [InlineData("group.reclassifiedFrom", "\"therapy\"", "group.reclassifiedFrom")]
    [InlineData("facilitators.0.substitute", "\"yes\"", "facilitators[0].substitute")]
    [InlineData("member.enrolledUnder", "0", "member.enrolledUnder")]
    [InlineData("member.seatGraceUntil", "\"2026-11-25\"", "member.seatGraceUntil")]
    [InlineData("member.nextInLine", "1", "member.nextInLine")]
    [InlineData("member.override", "{\"id\":\"o\",\"points\":[\"Join\"],\"until\":\"2026-11-26T00:00:00Z\"}", "member.override.points")]
    [InlineData("member.override", "{\"id\":\"\",\"points\":[],\"until\":\"2026-11-26T00:00:00Z\"}", "member.override.id")]
    [InlineData("member.override", "{\"id\":\"o\",\"points\":[\"join\"]}", "member.override.until")]
    [Trait("hostile", "R47")]
    public void Is_refused_by_field(string path, string? value, string field)
    {
        var read = LicensingRequestReader.Read(Changed(path, value), SeededRuleSet.Compiled);
        Assert.Null(read.Request);
        Assert.Contains(field, read.Errors.Keys);
        Assert.All(read.Errors.Values, messages => Assert.All(messages, message => Assert.DoesNotContain("System.", message, StringComparison.Ordinal)));
    }

    [Theory]
    [InlineData(
        "{\"kind\":\"compact_privilege\",\"jurisdiction\":\"US-IL\",\"status\":\"active\",\"validFrom\":\"2022-01-01\",\"validTo\":\"2028-01-01\","
            + "\"encumbered\":false}",
        "compact homeState"
    )]
    [InlineData(
        "{\"kind\":\"compact_privilege\",\"compact\":\"SWIFT\",\"homeState\":\"US-IL\",\"jurisdiction\":\"US-IL\",\"status\":\"active\","
            + "\"validFrom\":\"2022-01-01\",\"validTo\":\"2028-01-01\",\"encumbered\":false}",
        "compact"
    )]
    [InlineData(
        "{\"kind\":\"temporary_permit\",\"jurisdiction\":\"US-KS\",\"status\":\"active\",\"validFrom\":\"2026-01-01\",\"validTo\":\"2026-12-31\","
            + "\"encumbered\":false}",
        "daysUsed"
    )]
    [InlineData(
        "{\"kind\":\"temporary_permit\",\"daysUsed\":-1,\"jurisdiction\":\"US-KS\",\"status\":\"active\",\"validFrom\":\"2026-01-01\","
            + "\"validTo\":\"2026-12-31\",\"encumbered\":false}",
        "daysUsed"
    )]
    public void Credentials_of_each_kind_are_complete(string credential, string fields)
    {
        var read = LicensingRequestReader.Read(Changed("facilitators.0.credentials.0", credential), SeededRuleSet.Compiled);
        Assert.Equal(fields.Split(' ').Select(field => $"facilitators[0].credentials[0].{field}").Order(), read.Errors.Keys.Order());
    }

    [Fact]
    public void A_field_that_is_there_twice_is_refused()
    {
        var read = LicensingRequestReader.Read("{\"practice\":\"grouport\",\"practice\":\"chicago\"}"u8);
        Assert.Null(read.Request);
        Assert.NotEmpty(read.Errors);
    }

    [Theory]
    [InlineData("[]")]
    [InlineData("null")]
    [InlineData("{}")]
    [InlineData("{")]
    [InlineData("")]
    public void What_is_no_request_is_refused(string json)
    {
        var read = LicensingRequestReader.Read(System.Text.Encoding.UTF8.GetBytes(json));
        Assert.Null(read.Request);
        Assert.NotEmpty(read.Errors);
    }

    [Fact]
    public void All_faults_are_told_at_once()
    {
        var request = Changed("practice", "\"nobody\"");
        var node = JsonNode.Parse(request.GetRawText())!;
        node["modality"] = "phone";
        node["facilitators"]![0]!["profession"] = "wizard";
        var read = LicensingRequestReader.Read(JsonSerializer.SerializeToElement(node), SeededRuleSet.Compiled);
        Assert.Equal(["facilitators[0].profession", "modality", "practice"], read.Errors.Keys.Order(StringComparer.Ordinal));
    }

    [Theory]
    [InlineData("member.location", "null")]
    [InlineData("member.residence", "null")]
    [InlineData("member.dateOfBirth", "null")]
    [InlineData("member.residence.jurisdiction", "\"FOREIGN\"")]
    [InlineData("member.residence.since", "null")]
    [InlineData("member.residence.postalCode", "\"33602-1234\"")]
    [InlineData("facilitators", "[]")]
    [InlineData("facilitators.0.location", "null")]
    [InlineData("at", "\"2026-11-24T19:00:00-05:00\"")]
    [InlineData("at", "\"2026-11-25T00:00:00.123Z\"")]
    [InlineData("ruleSet", "1")]
    public void What_is_merely_missing_may_be_asked(string path, string value) =>
        Assert.Empty(LicensingRequestReader.Read(Changed(path, value), SeededRuleSet.Compiled).Errors);

    [Fact]
    public void An_engine_that_gets_an_unchecked_request_does_not_guess()
    {
        var request = Given.Join("US-FL", Given.Ana);
        Assert.Throws<ArgumentException>(() => (request with { Point = "JOIN" }).Decide());
        Assert.Throws<ArgumentException>(() => (request with { Modality = "phone" }).Decide());
        Assert.Equal(Outcome.Deny, (request with { Practice = "nobody" }).Decide().Outcome);
        Assert.Equal(Outcome.Deny, (request with { Group = new("therapy", 18) }).Decide().Outcome);
        Assert.Equal(Outcome.Deny, request.LivingIn("FL").Decide().Outcome);
        Assert.Equal(Outcome.Deny, request.Being(place => place with { Jurisdiction = "FL" }).Decide().Outcome);
        Assert.Equal(Outcome.Deny, (request with { Facilitators = [Given.Ana with { Profession = "wizard" }] }).Decide().Outcome);
        Assert.Equal(Outcome.Deny, (request with { Facilitators = [Given.Ana with { Role = "boss" }] }).Decide().Outcome);
    }

    private static JsonElement Changed(string path, string? value)
    {
        var root = JsonNode.Parse(CaseFile.Cases().First().GetProperty("request").GetRawText())!;
        var names = path.Split('.');
        var parent = names[..^1].Aggregate(root, (node, name) => int.TryParse(name, out var index) ? node[index]! : node[name]!);
        if (int.TryParse(names[^1], out var last))
        {
            parent[last] = JsonNode.Parse(value!);
        }
        else if (value is null)
        {
            parent.AsObject().Remove(names[^1]);
        }
        else
        {
            parent[names[^1]] = JsonNode.Parse(value);
        }

        return JsonSerializer.SerializeToElement(root);
    }
}
