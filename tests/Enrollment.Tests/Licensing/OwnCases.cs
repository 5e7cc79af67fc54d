using System.Net.Http.Json;
using System.Text.Json;
using GroupTherapy.Enrollment.Licensing;
using Xunit;

namespace GroupTherapy.Enrollment.Tests.Licensing;

/// <summary>
/// Every case as an operator would ask it: the shared ones, and the facts and rules for licensing sentence by sentence as cases of our own. Those were
/// written from the text before the engine was asked, so that a difference is a question about the text and not about the code.
/// </summary>
public sealed class OwnCases(EnrollmentWorld world) : IClassFixture<EnrollmentWorld>
{
    [Theory]
    [InlineData("cases.jsonl")]
    [InlineData("own-cases.jsonl")]
    public async Task Every_case_is_answered_as_the_text_says(string file)
    {
        using var operators = world.Operator;
        var wrong = new List<string>();
        foreach (var one in CaseFile.Cases(file))
        {
            using var response = await operators.PostAsJsonAsync("/api/licensing/evaluations", one.GetProperty("request"));
            var answer = await response.Content.ReadFromJsonAsync<JsonElement>();
            var differences = Differences(one.GetProperty("expect"), (int)response.StatusCode, answer).ToList();
            if (differences.Count > 0)
            {
                wrong.Add($"{one.GetProperty("id")} ({one.GetProperty("title")}): {string.Join(", ", differences)}; answered {answer}");
            }
        }

        Assert.True(wrong.Count == 0, string.Join('\n', wrong));
    }

    /// <summary>What of an answer is not as expected. Codes that are missing are marked with <c>-</c>, codes too many with <c>+</c>.</summary>
    private static IEnumerable<string> Differences(JsonElement expected, int status, JsonElement answer)
    {
        if (expected.TryGetProperty("invalid", out var field))
        {
            return status == 400 && answer.GetProperty("errors").TryGetProperty(field.GetString()!, out _) ? [] : [$"{status} instead of 400 for {field}"];
        }

        return status == 200 ? Differences(expected, answer) : [$"{status}"];
    }

    private static IEnumerable<string> Differences(JsonElement expected, JsonElement answer)
    {
        var codes = answer.GetProperty("reasons").EnumerateArray().Select(reason => reason.GetProperty("code").GetString()!).ToList();
        foreach (var code in Texts(expected, "reasons").Except(codes))
        {
            yield return "-" + code;
        }

        foreach (var code in Texts(expected, "reasonsNot").Intersect(codes))
        {
            yield return "+" + code;
        }

        if (!codes.SequenceEqual(ReasonCodes.InOrder.SelectMany(code => codes.Where(told => told == code))))
        {
            yield return "reasons out of order";
        }

        foreach (var name in new[] { "outcome", "conditions", "alternatives", "nextRecheckAt" })
        {
            if (expected.TryGetProperty(name, out var wanted) && !JsonElement.DeepEquals(wanted, answer.GetProperty(name)))
            {
                yield return $"{name} is not {wanted}";
            }
        }
    }

    private static IEnumerable<string> Texts(JsonElement expected, string name) =>
        expected.TryGetProperty(name, out var list) ? list.EnumerateArray().Select(text => text.GetString()!) : [];
}
