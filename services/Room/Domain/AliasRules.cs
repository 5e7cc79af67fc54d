using System.Globalization;
using System.Text;

namespace GroupTherapy.Room.Domain;

/// <summary>The names that people go by in a room. Pure.</summary>
public static class AliasRules
{
    private const int Longest = 40;
    private const string Unnamed = "Facilitator";
    private const string NeutralPrefix = "Member ";

    public static bool IsAlias(string alias) =>
        !string.IsNullOrWhiteSpace(alias) && alias.EnumerateRunes().Count() <= Longest
        && !alias.EnumerateRunes().Any(r => r == Rune.ReplacementChar || IsUnseen(r));

    /// <summary>Whether a member's wish would be taken for somebody of the staff in passing: capitals, blanks and points make no difference.</summary>
    public static bool IsOfStaff(string wish, IEnumerable<string> staff) =>
        Plain(wish) is { Length: > 0 } plain && staff.Append(Unnamed).Any(name => string.Equals(plain, Plain(name), StringComparison.OrdinalIgnoreCase));

    /// <summary>The wish, with a number behind it when somebody else here has the same name.</summary>
    public static string Distinct(string wish, IEnumerable<string> taken)
    {
        var names = taken.ToHashSet(StringComparer.OrdinalIgnoreCase);
        return names.Contains(wish)
            ? Enumerable.Range(2, int.MaxValue - 2).Select(n => $"{string.Concat(wish.EnumerateRunes().Take(Longest - 5))} {n}").First(name =>
                !names.Contains(name))
            : wish;
    }

    /// <summary>A facilitator's public name, shortened where it must be.</summary>
    public static string Fitting(string? displayName)
    {
        var name = string.Concat((displayName ?? "").EnumerateRunes().Where(r => !IsUnseen(r)).Take(Longest)).Trim();
        return name.Length == 0 ? Unnamed : name;
    }

    // Marks that turn the direction of writing, or that have no width, make a name look like another's. A joiner holds an emoji together.
    private static bool IsUnseen(Rune rune) =>
        Rune.GetUnicodeCategory(rune) is UnicodeCategory.Control or UnicodeCategory.LineSeparator or UnicodeCategory.ParagraphSeparator
        || (Rune.GetUnicodeCategory(rune) is UnicodeCategory.Format && rune.Value != 0x200D);

    private static string Plain(string name) => string.Concat(name.EnumerateRunes().Where(Rune.IsLetterOrDigit));

    /// <summary>A name that says nothing and is nobody else's in this session.</summary>
    public static string Neutral(IEnumerable<string> taken)
    {
        var names = taken.ToHashSet(StringComparer.OrdinalIgnoreCase);
        return Enumerable.Range(1, int.MaxValue).Select(n => $"{NeutralPrefix}{n}").First(n => !names.Contains(n));
    }
}
