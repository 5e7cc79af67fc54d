using System.Text.Json;
using GroupTherapy.Enrollment.Licensing;
using Xunit;

namespace GroupTherapy.Enrollment.Tests.Licensing;

/// <summary>
/// The facts and rules for licensing, sentence by sentence, as cases of our own. They were written from the text before the engine was asked, so
/// that a difference is a question about the text and not about the code.
/// </summary>
public sealed class OwnCases
{
    [Fact]
    public void Every_case_is_answered_as_the_text_says()
    {
        var wrong = CaseFile.Cases("own-cases.jsonl").Select(Difference).OfType<string>().ToList();
        Assert.True(wrong.Count == 0, string.Join('\n', wrong));
    }

    /// <summary>What the answer is and should not be, or null. Codes missing are marked with <c>-</c>, codes too many with <c>+</c>.</summary>
    private static string? Difference(JsonElement one)
    {
        var expected = one.GetProperty("expect");
        var read = LicensingRequestReader.Read(one.GetProperty("request"), SeededRuleSet.Compiled);
        var title = $"{one.GetProperty("id")} ({one.GetProperty("title")}): ";
        if (expected.TryGetProperty("invalid", out var field))
        {
            return read.Errors.Keys.Any(key => key.Contains(field.GetString()!, StringComparison.Ordinal)) ? null : $"{title}{field} is not refused but [{string.Join(", ", read.Errors.Keys)}]";
        }

        if (read.Errors.Count > 0)
        {
            return $"{title}refused for {string.Join(", ", read.Errors.Select(error => $"{error.Key}: {string.Join(' ', error.Value)}"))}";
        }

        var decision = LicensingEngine.Decide(SeededRuleSet.Compiled, read.Request!, read.Request!.At);
        var codes = decision.Reasons.Select(reason => reason.Code).ToList();
        var differences = Texts(expected, "reasons").Except(codes).Select(code => "-" + code)
            .Concat(Texts(expected, "reasonsNot").Intersect(codes).Select(code => "+" + code)).ToList();
        if (expected.GetProperty("outcome").GetString() is var outcome && outcome != decision.Outcome.Wire())
        {
            differences.Add($"{decision.Outcome.Wire()} instead of {outcome}");
        }

        if (!codes.SequenceEqual(codes.OrderBy(code => ReasonCodes.InOrder.ToList().IndexOf(code))))
        {
            differences.Add("reasons out of order");
        }

        if (expected.TryGetProperty("conditions", out _) && !Texts(expected, "conditions").SequenceEqual(decision.Conditions))
        {
            differences.Add($"conditions [{string.Join(' ', decision.Conditions)}]");
        }

        if (expected.TryGetProperty("alternatives", out _) && !Texts(expected, "alternatives").SequenceEqual(decision.Alternatives))
        {
            differences.Add($"alternatives [{string.Join(' ', decision.Alternatives)}]");
        }

        if (expected.TryGetProperty("nextRecheckAt", out var next) && (next.ValueKind == JsonValueKind.Null ? null : next.GetDateTimeOffset() as DateTimeOffset?) != decision.NextRecheckAt)
        {
            differences.Add($"next recheck at {decision.NextRecheckAt:u} instead of {next}");
        }

        return differences.Count == 0 ? null : $"{title}{string.Join(", ", differences)}; answered {decision.Outcome.Wire()} {string.Join(' ', codes)}";
    }

    private static IEnumerable<string> Texts(JsonElement expected, string name) =>
        expected.TryGetProperty(name, out var list) ? list.EnumerateArray().Select(text => text.GetString()!) : [];
}
