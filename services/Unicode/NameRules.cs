using System.Collections.Frozen;
using System.Globalization;
using System.Text;

namespace GroupTherapy.Unicode;

/// <summary>
/// Names of people, groups and practices: trimmed, with something visible. Names that look alike are one name where names must differ: spelling by
/// compatibility (NFKC), capitals, characters of other scripts (the confusable skeleton of UTS #39) and invisible characters make no difference.
/// </summary>
public static class NameRules
{
    private const string Data = "names-unicode-15.0.txt";

    private static readonly Lazy<Tables> Read = new(Tables.Load);

    // Look like a blank and are none by their category.
    private static readonly int[] Blanks = [0x2800, 0xFFFC, 0x1D159, 0x13441, 0x13442, 0x16FE4];

    /// <summary>Without white space and invisible characters at its ends. The selector of an emoji and the tags of a flag stay.</summary>
    public static string Trim(string name)
    {
        var (from, to) = (0, name.Length);
        while (from < to && Rune.TryGetRuneAt(name, from, out var first) && IsBlank(first))
        {
            from += first.Utf16SequenceLength;
        }

        while (
            to > from
            && Rune.DecodeLastFromUtf16(name.AsSpan(from, to - from), out var last, out var length) == System.Buffers.OperationStatus.Done
            && IsBlank(last)
            && last.Value is not (0xFE0E or 0xFE0F or (>= 0xE0020 and <= 0xE007F))
        )
        {
            to -= length;
        }

        return name[from..to];
    }

    /// <summary>Whether a reader sees a letter, a digit or a sign.</summary>
    public static bool IsVisible(string name)
    {
        foreach (var rune in name.EnumerateRunes())
        {
            if (!IsBlank(rune) && IsSeen(Rune.GetUnicodeCategory(rune)))
            {
                return true;
            }
        }

        return false;
    }

    /// <summary>Whether a reader would take one name for the other.</summary>
    public static bool LookAlike(string one, string other)
    {
        var (a, b) = (Looks.Of(one), Looks.Of(other));
        return a.Folded == b.Folded || a.Seen == b.Seen;
    }

    /// <summary>Characters without a form of their own (Default_Ignorable_Code_Point of Unicode 15.0).</summary>
    internal static bool IsIgnorable(int code) =>
        code
            is 0xAD
                or 0x34F
                or 0x61C
                or 0x115F
                or 0x1160
                or 0x17B4
                or 0x17B5
                or (>= 0x180B and <= 0x180F)
                or (>= 0x200B and <= 0x200F)
                or (>= 0x202A and <= 0x202E)
                or (>= 0x2060 and <= 0x206F)
                or 0x3164
                or (>= 0xFE00 and <= 0xFE0F)
                or 0xFEFF
                or 0xFFA0
                or (>= 0xFFF0 and <= 0xFFF8)
                or (>= 0x1BCA0 and <= 0x1BCA3)
                or (>= 0x1D173 and <= 0x1D17A)
                or (>= 0xE0000 and <= 0xE0FFF);

    private static bool IsBlank(Rune rune) => IsGap(rune) || IsIgnorable(rune.Value);

    private static bool IsGap(Rune rune) => Rune.IsWhiteSpace(rune) || Blanks.Contains(rune.Value);

    private static bool IsSeen(UnicodeCategory category) =>
        category
            is not (
                UnicodeCategory.NonSpacingMark
                or UnicodeCategory.SpacingCombiningMark
                or UnicodeCategory.EnclosingMark
                or UnicodeCategory.SpaceSeparator
                or UnicodeCategory.LineSeparator
                or UnicodeCategory.ParagraphSeparator
                or UnicodeCategory.Control
                or UnicodeCategory.Format
                or UnicodeCategory.Surrogate
                or UnicodeCategory.PrivateUse
                or UnicodeCategory.OtherNotAssigned
            );

    /// <summary>How a name looks, computed once where it is compared with many.</summary>
    /// <param name="Folded">Skeleton after case folding: capitals make no difference.</param>
    /// <param name="Seen">Skeleton before case folding: a capital of another script is taken for the one it looks like.</param>
    public readonly record struct Looks(string Folded, string Seen)
    {
        public static Looks Of(string name)
        {
            var (folded, seen, gap) = (new List<Rune>(name.Length), new List<Rune>(name.Length), false);
            foreach (var rune in name.EnumerateRunes())
            {
                if (IsGap(rune))
                {
                    gap = folded.Count > 0 || seen.Count > 0;
                }
                else if (!IsIgnorable(rune.Value))
                {
                    if (gap)
                    {
                        folded.Add((Rune)' ');
                        seen.Add((Rune)' ');
                        gap = false;
                    }

                    Read.Value.Add(rune, folded, seen);
                }
            }

            return new Looks(Read.Value.Ordered(folded), Read.Value.Ordered(seen));
        }

        public bool Resemble(Looks other) => Folded == other.Folded || Seen == other.Seen;
    }

    private sealed record Tables(FrozenDictionary<int, (Rune[] Folded, Rune[] Seen)> Looks, FrozenDictionary<int, int> Classes)
    {
        private const int HangulFirst = 0xAC00;
        private const int HangulLast = 0xD7A3;

        public static Tables Load()
        {
            var (looks, classes) = (new Dictionary<int, (Rune[], Rune[])>(), new Dictionary<int, int>());
            foreach (var line in UnicodeData.Lines(Data))
            {
                var parts = line.Split(';');
                if (line[0] == '@')
                {
                    var range = parts[0][1..].Split('-').Select(UnicodeData.Number).ToArray();
                    for (var code = range[0]; code <= range[1]; code++)
                    {
                        classes[code] = int.Parse(parts[1], CultureInfo.InvariantCulture);
                    }
                }
                else
                {
                    Rune[] folded = [.. UnicodeData.Text(parts[1]).EnumerateRunes()];
                    looks[UnicodeData.Number(parts[0])] = (folded, parts.Length == 2 ? folded : [.. UnicodeData.Text(parts[2]).EnumerateRunes()]);
                }
            }

            return new Tables(looks.ToFrozenDictionary(), classes.ToFrozenDictionary());
        }

        public void Add(Rune rune, List<Rune> folded, List<Rune> seen)
        {
            if (rune.Value is >= HangulFirst and <= HangulLast)
            {
                // A syllable is its jamo (The Unicode Standard, 3.12).
                var at = rune.Value - HangulFirst;
                int[] jamo = [0x1100 + (at / 588), 0x1161 + (at % 588 / 28), 0x11A7 + (at % 28)];
                foreach (var part in jamo.Take(at % 28 == 0 ? 2 : 3))
                {
                    Add(new Rune(part), folded, seen);
                }
            }
            else if (Looks.TryGetValue(rune.Value, out var look))
            {
                folded.AddRange(look.Folded);
                seen.AddRange(look.Seen);
            }
            else
            {
                folded.Add(rune);
                seen.Add(rune);
            }
        }

        /// <summary>Combining marks in canonical order, so that the order in which they were typed makes no difference.</summary>
        public string Ordered(List<Rune> runes)
        {
            var (text, marks) = (new StringBuilder(runes.Count), new List<(int Class, Rune Mark)>());
            foreach (var rune in runes)
            {
                if (Classes.TryGetValue(rune.Value, out var combining))
                {
                    marks.Add((combining, rune));
                    continue;
                }

                Flush();
                text.Append(rune.ToString());
            }

            Flush();
            return text.ToString();

            void Flush()
            {
                foreach (var (_, mark) in marks.OrderBy(one => one.Class))
                {
                    text.Append(mark.ToString());
                }

                marks.Clear();
            }
        }
    }
}
