using System.Text;
using System.Text.Json.Nodes;
using GroupTherapy.Enrollment.Licensing;
using GroupTherapy.Platform.Json;
using Xunit;

namespace GroupTherapy.Enrollment.Tests.Licensing;

/// <summary>Stored decisions made again. Recorded ones stay here for ever: whoever changes an answer must add a reading of the rules and keep the
/// old.</summary>
public sealed class ReplayTests
{
    private static readonly byte[] Document = Encoding.UTF8.GetBytes(SeededRuleSet.Json);

    public static TheoryData<string> Recordings() =>
        [.. Directory.GetDirectories(Path.Combine(CaseFile.Folder(), "Recorded")).Select(folder => Path.GetFileName(folder)!)];

    [Theory]
    [MemberData(nameof(Recordings))]
    public void Recorded_decisions_come_out_byte_for_byte(string engine)
    {
        var folder = Path.Combine(CaseFile.Folder(), "Recorded", engine);
        var rules = CompiledRuleSet.Parse(File.ReadAllBytes(Path.Combine(folder, "rule-set.json")));
        var lines = File.ReadAllLines(Path.Combine(folder, "decisions.jsonl"));
        Assert.True(lines.Length > 100);
        Assert.All(lines.Chunk(2), pair => Assert.Equal(pair[1], Encoding.UTF8.GetString(LicensingEngine.Replay(Encoding.UTF8.GetBytes(pair[0]), rules))));
    }

    [Fact]
    public void A_swapped_pair_of_reasons_is_seen()
    {
        var (inputs, answer) = Stored();
        var swapped = JsonNode.Parse(answer)!;
        var reasons = swapped["reasons"]!.AsArray();
        Assert.True(reasons.Count > 1);
        var first = reasons[0]!;
        reasons.RemoveAt(0);
        reasons.Insert(1, first);
        var canonical = Encoding.UTF8.GetBytes(GroupTherapy.Platform.Json.CanonicalJson.Of(swapped));
        Assert.Equal(canonical.Length, answer.Length);
        Assert.False(LicensingEngine.Replay(inputs, Document).AsSpan().SequenceEqual(canonical));
        Assert.True(LicensingEngine.Replay(inputs, Document).AsSpan().SequenceEqual(answer));
    }

    [Fact]
    public void Another_rule_set_is_no_replay()
    {
        var (inputs, _) = Stored();
        var other = Encoding.UTF8.GetBytes(SeededRuleSet.Json.Replace("\"attestationMinutes\": 15", "\"attestationMinutes\": 16", StringComparison.Ordinal));
        Assert.Throws<ReplayException>(() => LicensingEngine.Replay(inputs, other));
    }

    [Fact]
    public void Another_reading_of_the_rules_is_no_replay()
    {
        var (inputs, _) = Stored();
        var other = Encoding.UTF8.GetBytes(Encoding.UTF8.GetString(inputs).Replace(LicensingEngine.Version, "licensing-0", StringComparison.Ordinal));
        Assert.Throws<ReplayException>(() => LicensingEngine.Replay(other, Document));
    }

    [Theory]
    [InlineData("")]
    [InlineData("null")]
    [InlineData("{}")]
    public void Damaged_inputs_are_told(string inputs) =>
        Assert.Throws<ReplayException>(() => LicensingEngine.Replay(Encoding.UTF8.GetBytes(inputs), Document));

    [Fact]
    public void Inputs_are_canonical_and_name_what_was_asked()
    {
        var (inputs, _) = Stored();
        var text = Encoding.UTF8.GetString(inputs);
        Assert.StartsWith(
            "{\"at\":\"2026-11-25T00:00:00Z\",\"engine\":\"licensing-2\",\"request\":{\"at\":\"2026-11-25T00:00:00Z\"," + "\"facilitators\":[{\"credentials\":",
            text,
            StringComparison.Ordinal
        );
        Assert.EndsWith($"\"ruleSet\":{{\"sha256\":\"{SeededRuleSet.Compiled.Sha256}\",\"version\":1}}}}", text, StringComparison.Ordinal);
    }

    private static (byte[] Inputs, byte[] Answer) Stored()
    {
        var request = Given.Join("US-OH", Given.Ana);
        return (LicensingEngine.Inputs(SeededRuleSet.Compiled, request, request.At), LicensingEngine.Answer(request.Decide()));
    }
}
