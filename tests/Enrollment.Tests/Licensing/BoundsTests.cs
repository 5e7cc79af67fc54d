using System.Text.Json;
using GroupTherapy.Enrollment.Domain;
using GroupTherapy.Enrollment.Licensing;
using static GroupTherapy.Enrollment.Tests.Licensing.Given;

namespace GroupTherapy.Enrollment.Tests.Licensing;

/// <summary>A stored value that cannot be computed with is a missing fact. It never stops an answer and never allows.</summary>
public sealed class BoundsTests
{
    [Theory]
    [InlineData("0202-05-01")]
    [InlineData("0001-01-01")]
    [InlineData("1899-12-31")]
    [InlineData("2200-01-01")]
    [InlineData("9999-12-31")]
    public void Residence_that_begins_outside_the_calendar_is_unknown(string since)
    {
        var atEnrolment = Join("US-FL", Ana).Enrolling().LivingIn("US-FL", since: since).Decide();
        var atJoin = Join("US-FL", Ana).LivingIn("US-FL", since: since).Decide();

        Assert.Equal((Outcome.Hold, Outcome.Deny), (atEnrolment.Outcome, atJoin.Outcome));
        Assert.Contains(ReasonCodes.ResidencyUnknown, atEnrolment.Codes());
        Assert.Contains(ReasonCodes.ResidencyUnknown, atJoin.Codes());
        Assert.Equal(DateTimeOffset.MinValue, Seed.BeginningOf(new ResidenceFacts("US-FL", Day(since))));
        Assert.Equal(Seed.JurisdictionCodes.Count, PermitBuilder.ForEveryPlace(Seed, Join("US-FL", Ana).LivingIn("US-FL", since: since), Evening).Places.Count);
    }

    [Theory]
    [InlineData("0001-01-01")]
    [InlineData("1899-12-31")]
    [InlineData("9990-05-01")]
    [InlineData("9999-12-31")]
    public void Birth_outside_the_calendar_is_unknown(string born)
    {
        Assert.Equal(Outcome.Hold, Join("US-FL", Ana).Enrolling().Born(born).Decide().Outcome);
        Assert.Equal(Outcome.Deny, Join("US-FL", Ana).Born(born).Decide().Outcome);
    }

    [Theory]
    [InlineData(99_999_999, 366)]
    [InlineData(int.MaxValue, 366)]
    [InlineData(-5, 0)]
    [InlineData(30, 30)]
    public void Grace_of_a_stored_rule_set_never_leaves_the_calendar(int days, int counted) =>
        Assert.Equal(Evening.AddDays(counted), EnrollmentRules.After(Outcome.Deny, new EligibilityStatus(null, null), Evening, days).GraceUntil);

    [Theory]
    [InlineData("practicePolicies", "graceDaysAfterMove", "99999999")]
    [InlineData("practicePolicies", "graceDaysAfterMove", "-1")]
    [InlineData("routePolicies", "effectiveFrom", "\"0202-05-01\"")]
    [InlineData("routePolicies", "effectiveTo", "\"9999-12-31\"")]
    [InlineData("compactMembers", "enactedOn", "\"1899-12-31\"")]
    [InlineData("locationRule", "attestationMinutes", "2147483647")]
    [InlineData("locationRule", "rejoinGraceMinutes", "2147483647")]
    [InlineData("jurisdictions", "sourceDate", "\"0001-01-01\"")]
    [InlineData("serviceClasses", "largestSize", "501")]
    public void Draft_with_a_value_outside_the_bounds_is_refused_by_field(string list, string field, string value)
    {
        var document = JsonSerializer.SerializeToNode(Seed.Document, LicensingJson.Options)!;
        var row = document[list] is System.Text.Json.Nodes.JsonArray rows ? rows[0]! : document[list]!;
        row[field] = System.Text.Json.Nodes.JsonNode.Parse(value);

        var read = RuleSetReader.Read(JsonElement.Parse(document.ToJsonString()), 2, "document");

        Assert.Null(read.Document);
        Assert.StartsWith($"document.{list}", Assert.Single(read.Errors).Key, StringComparison.Ordinal);
    }

    [Fact]
    public void Stored_rule_set_with_such_a_value_can_still_be_read_and_is_an_error_to_publish()
    {
        var stored = Rules(d => d with { PracticePolicies = [.. d.PracticePolicies.Select(row => row with { GraceDaysAfterMove = 99_999_999 })] });
        Assert.Equal(Outcome.Allow, Join("US-FL", Ana).Decide(stored).Outcome);
        Assert.Contains(RuleSetLint.Find(stored.Document, []), item => item is { Severity: LintSeverity.Error, Code: "out-of-bounds" });
    }

    [Fact]
    public void Service_class_that_the_rules_dropped_is_denied_everywhere_with_its_reason()
    {
        var request = Join("US-FL", Ana);
        var rules = WithoutTherapy();
        var permit = PermitBuilder.ForEveryPlace(rules, request, Evening);

        Assert.Equal(rules.JurisdictionCodes, permit.Places.Select(row => row.Jurisdiction));
        Assert.All(
            permit.Places.Append(permit.Stale),
            row =>
            {
                Assert.Equal((Outcome.Deny, null), (row.Outcome, row.Until));
                Assert.Equal(request.Decide(rules).Reasons, PermitBuilder.ReasonsOf(permit, row));
            }
        );
        Assert.Equal([ReasonCodes.PolicyStateNotOffered], request.Decide(rules).Codes());
    }

    [Fact]
    public void Member_in_a_crisis_is_not_disconnected_because_the_rules_dropped_a_service_class()
    {
        var decision = Join("US-FL", Ana).AtPoint(Points.Recheck).InCrisis().Decide(WithoutTherapy());
        Assert.Equal(Outcome.AllowWithConditions, decision.Outcome);
        Assert.Equal([ReasonCodes.PolicyStateNotOffered, ReasonCodes.CrisisNeverDisconnect], decision.Codes());
        Assert.NotNull(PermitBuilder.ForEveryPlace(WithoutTherapy(), Join("US-FL", Ana), Evening).CrisisNeverDisconnect);
    }

    [Fact]
    public void Lint_warns_of_a_service_class_in_use_that_the_draft_lacks_or_does_not_offer()
    {
        ServiceInUse[] used = [new("grouport", "psychotherapy_group", 3), new("grouport", "skills_education", 1), new("chicago", "skills_education", 1)];
        var items = RuleSetLint.Find(WithoutTherapy().Document, used);

        var dropped = Assert.Single(items, item => item.Code == "service-class-in-use");
        Assert.Equal(LintSeverity.Warning, dropped.Severity);
        Assert.Contains("3 open groups of grouport offer psychotherapy_group", dropped.Text, StringComparison.Ordinal);
        Assert.Contains("chicago", Assert.Single(items, item => item.Code == "offer-in-use").Text, StringComparison.Ordinal);
        Assert.DoesNotContain(RuleSetLint.Find(Seed.Document, used[..2]), item => item.Code is "service-class-in-use" or "offer-in-use");
    }

    [Fact]
    public void Impact_counts_what_a_dropped_service_class_takes_away()
    {
        RulesAt Always(CompiledRuleSet rules) =>
            (long _, out long until) =>
            {
                until = long.MaxValue;
                return rules;
            };
        var impact = new Impact(Always(Seed), Always(WithoutTherapy()));
        impact.Add(
            new EnrolmentSession(Guid.CreateVersion7(), Guid.CreateVersion7(), Guid.CreateVersion7(), Guid.CreateVersion7(), Evening, Join("US-FL", Ana))
        );

        var loss = Assert.Single(impact.Losses);
        Assert.Equal((Outcome.Allow, Outcome.Deny), (loss.From, loss.To));
        Assert.Equal([ReasonCodes.PolicyStateNotOffered], loss.Reasons.Select(reason => reason.Code));
    }

    private static CompiledRuleSet WithoutTherapy() => Rules(d => WithoutClass(d, "psychotherapy_group"));

    /// <summary>The document without a service class and without everything that names it.</summary>
    internal static RuleSetDocument WithoutClass(RuleSetDocument d, string code) =>
        d with
        {
            ServiceClasses = [.. d.ServiceClasses.Where(row => row.Code != code)],
            RoutePolicies =
            [
                .. d
                    .RoutePolicies.Select(row => row with { ServiceClasses = [.. row.ServiceClasses.Where(c => c != code)] })
                    .Where(row => row.ServiceClasses.Count > 0),
            ],
            ConsentRules =
            [
                .. d
                    .ConsentRules.Select(row => row with { ServiceClasses = [.. row.ServiceClasses.Where(c => c != code)] })
                    .Where(row => row.ServiceClasses.Count > 0),
            ],
            PracticePolicies =
            [
                .. d.PracticePolicies.Select(row =>
                    row with
                    {
                        Offers =
                        [
                            .. row
                                .Offers.Where(offer => offer.ServiceClass != code)
                                .Select(offer => offer with { Instead = [.. offer.Instead.Where(c => c != code)] }),
                        ],
                    }
                ),
            ],
        };
}
