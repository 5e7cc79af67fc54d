using System.Text.Json;
using GroupTherapy.Enrollment.Licensing;
using Xunit;

namespace GroupTherapy.Enrollment.Tests.Licensing;

/// <summary>The floor: what every answer of the shared case file must be.</summary>
public sealed class SharedCases
{
    public static TheoryData<string> Ids() => [.. CaseFile.Cases().Select(one => one.GetProperty("id").GetString()!)];

    [Theory]
    [MemberData(nameof(Ids))]
    public void Are_answered_as_expected(string id)
    {
        var one = CaseFile.Cases().Single(candidate => candidate.GetProperty("id").GetString() == id);
        var expected = one.GetProperty("expect");
        var read = LicensingRequestReader.Read(one.GetProperty("request"), SeededRuleSet.Compiled);
        Assert.Empty(read.Errors);

        var decision = LicensingEngine.Decide(SeededRuleSet.Compiled, read.Request!, read.Request!.At);

        Assert.Equal(expected.GetProperty("outcome").GetString(), decision.Outcome.Wire());
        Assert.Subset(
            decision.Reasons.Select(reason => reason.Code).ToHashSet(),
            expected.GetProperty("reasons").EnumerateArray().Select(code => code.GetString()!).ToHashSet()
        );
        if (expected.TryGetProperty("alternatives", out var alternatives))
        {
            Assert.Equal(alternatives.EnumerateArray().Select(code => code.GetString()), decision.Alternatives);
        }

        if (expected.TryGetProperty("nextRecheckAt", out var next))
        {
            Assert.Equal(next.GetDateTimeOffset(), decision.NextRecheckAt);
        }
    }

    [Fact]
    public void There_are_as_many_as_were_copied() => Assert.Equal(20, CaseFile.Cases().Count());

    [Fact]
    public void Every_answer_reads_back_as_the_contract_writes_it()
    {
        foreach (var one in CaseFile.Cases())
        {
            var request = LicensingRequestReader.Read(one.GetProperty("request")).Request!;
            var json = JsonSerializer.SerializeToElement(LicensingEngine.Decide(SeededRuleSet.Compiled, request, request.At), LicensingJson.Options);
            Assert.Equal(
                ["outcome", "reasons", "conditions", "alternatives", "nextRecheckAt", "ruleSet", "engine"],
                json.EnumerateObject().Select(field => field.Name)
            );
            Assert.All(
                json.GetProperty("reasons").EnumerateArray(),
                reason =>
                {
                    Assert.Equal(["code", "jurisdiction", "rule", "text", "citation"], reason.EnumerateObject().Select(field => field.Name));
                    Assert.Contains(reason.GetProperty("code").GetString()!, ReasonCodes.InOrder);
                    Assert.DoesNotContain("{", reason.GetProperty("text").GetString()!, StringComparison.Ordinal);
                }
            );
        }
    }
}
