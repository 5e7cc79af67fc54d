using System.Globalization;

namespace GroupTherapy.Room.Joining;

/// <summary>The names that people go by in a room. Pure.</summary>
public static class AliasRules
{
    private const int Longest = 40;
    private const string NeutralPrefix = "Member ";

    public static bool IsAlias(string alias) =>
        !string.IsNullOrWhiteSpace(alias) && alias.EnumerateRunes().Count() <= Longest
        && !alias.EnumerateRunes().Any(r => r == System.Text.Rune.ReplacementChar || System.Text.Rune.GetUnicodeCategory(r) == UnicodeCategory.Control);

    /// <summary>A facilitator's public name, shortened where it must be.</summary>
    public static string Fitting(string? displayName)
    {
        var name = string.Concat((displayName ?? "").EnumerateRunes().Where(r => System.Text.Rune.GetUnicodeCategory(r) != UnicodeCategory.Control).Take(Longest)).Trim();
        return name.Length == 0 ? "Facilitator" : name;
    }

    /// <summary>A name that says nothing and is nobody else's in this session.</summary>
    public static string Neutral(IEnumerable<string?> taken)
    {
        var names = taken.ToHashSet(StringComparer.OrdinalIgnoreCase);
        return Enumerable.Range(1, int.MaxValue).Select(n => $"{NeutralPrefix}{n}").First(n => !names.Contains(n));
    }
}
