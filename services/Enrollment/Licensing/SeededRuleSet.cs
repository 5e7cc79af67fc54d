using System.Text;

namespace GroupTherapy.Enrollment.Licensing;

/// <summary>The first rule set, which a new installation starts from.</summary>
public static class SeededRuleSet
{
    private static readonly Lazy<string> Text = new(Read);
    private static readonly Lazy<CompiledRuleSet> Rules = new(() => CompiledRuleSet.Parse(Encoding.UTF8.GetBytes(Json)));

    /// <summary>When it begins to count.</summary>
    public static DateTimeOffset EffectiveFrom { get; } = new(2020, 1, 1, 0, 0, 0, TimeSpan.Zero);

    /// <summary>The document as shipped.</summary>
    public static string Json => Text.Value;

    /// <summary>The rule set ready for asking; compiled once.</summary>
    public static CompiledRuleSet Compiled => Rules.Value;

    private static string Read()
    {
        using var stream =
            typeof(SeededRuleSet).Assembly.GetManifestResourceStream("GroupTherapy.Enrollment.Licensing.Seed.rule-set-1.json")
            ?? throw new InvalidOperationException("The seeded rule set is not embedded.");
        using var reader = new StreamReader(stream, Encoding.UTF8);
        return reader.ReadToEnd();
    }
}
