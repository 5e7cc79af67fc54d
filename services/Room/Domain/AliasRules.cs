using System.Globalization;
using System.Text;
using GroupTherapy.Platform.Problems;
using GroupTherapy.Unicode;

namespace GroupTherapy.Room.Domain;

/// <summary>The names that people go by in a room. Pure.</summary>
public static class AliasRules
{
    private const int Longest = 40;
    private const string Unnamed = "Facilitator";
    private const string NeutralPrefix = "Member ";

    public static bool IsAlias(string alias) =>
        TextRules.IsClean(alias)
        && NameRules.IsVisible(alias)
        && TextRules.Length(NameRules.Trim(alias)) <= Longest
        && !alias.EnumerateRunes().Any(r => r == Rune.ReplacementChar || IsUnseen(r));

    /// <summary>Whether a member's wish would be taken for a facilitator's name in passing: capitals, blanks, points, accents and look-alikes make no
    /// difference.</summary>
    public static bool IsOfStaff(string wish, IEnumerable<string> staff)
    {
        var asked = Plain(wish);
        return asked.Folded.Length > 0 && staff.Append(Unnamed).Any(name => Plain(name).Resemble(asked));
    }

    /// <summary>The wish, trimmed, with a number behind it when another participant's name looks the same.</summary>
    public static string Distinct(string wish, IEnumerable<string> taken)
    {
        var (name, others) = (NameRules.Trim(wish), taken.Select(NameRules.Looks.Of).ToList());
        return IsTaken(name, others)
            ? Enumerable
                .Range(2, int.MaxValue - 2)
                .Select(n => $"{string.Concat(name.EnumerateRunes().Take(Longest - 5))} {n}")
                .First(candidate => !IsTaken(candidate, others))
            : name;
    }

    /// <summary>A facilitator's public name, shortened where it must be.</summary>
    public static string Fitting(string? displayName)
    {
        var name = NameRules.Trim(string.Concat((displayName ?? "").EnumerateRunes().Where(r => !IsUnseen(r)).Take(Longest)));
        return NameRules.IsVisible(name) ? name : Unnamed;
    }

    /// <summary>A neutral name that no other participant of this session has.</summary>
    public static string Neutral(IEnumerable<string> taken)
    {
        var others = taken.Select(NameRules.Looks.Of).ToList();
        return Enumerable.Range(1, int.MaxValue).Select(n => $"{NeutralPrefix}{n}").First(name => !IsTaken(name, others));
    }

    private static bool IsTaken(string name, List<NameRules.Looks> others)
    {
        var looks = NameRules.Looks.Of(name);
        return others.Exists(other => other.Resemble(looks));
    }

    // Marks that turn the direction of writing, or that have no width, make a name look like another's. A joiner holds an emoji together.
    private static bool IsUnseen(Rune rune) =>
        Rune.GetUnicodeCategory(rune) is UnicodeCategory.Control or UnicodeCategory.LineSeparator or UnicodeCategory.ParagraphSeparator
        || (Rune.GetUnicodeCategory(rune) is UnicodeCategory.Format && rune.Value != 0x200D && rune.Value is not (>= 0xE0020 and <= 0xE007F));

    private static NameRules.Looks Plain(string name)
    {
        var looks = NameRules.Looks.Of(name);
        return new NameRules.Looks(Letters(looks.Folded), Letters(looks.Seen));
    }

    private static string Letters(string text) => string.Concat(text.EnumerateRunes().Where(Rune.IsLetterOrDigit));
}
