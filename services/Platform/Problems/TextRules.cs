using System.Globalization;
using System.Text;
using System.Text.Json;

namespace GroupTherapy.Platform.Problems;

/// <summary>Which characters a text field may hold, and how long it is.</summary>
public static class TextRules
{
    /// <summary>Length in Unicode scalar values: what people count as characters, and not halves of UTF-16.</summary>
    public static int Length(string text) => text.EnumerateRunes().Count();

    /// <summary>
    /// False for control characters (NUL above all, which PostgreSQL refuses), lone surrogates, noncharacters, private-use characters and bidirectional
    /// controls.
    /// </summary>
    /// <param name="manyLines">Line feed and tab are allowed too.</param>
    public static bool IsClean(string text, bool manyLines = false)
    {
        for (var i = 0; i < text.Length;)
        {
            if (!Rune.TryGetRuneAt(text, i, out var rune) || IsForbidden(rune, manyLines))
            {
                return false;
            }

            i += rune.Utf16SequenceLength;
        }

        return true;
    }

    /// <summary>The same for a JSON string, which may hold half a character.</summary>
    public static bool IsClean(JsonElement text, bool manyLines)
    {
        try
        {
            return IsClean(text.GetString()!, manyLines);
        }
        catch (InvalidOperationException)
        {
            return false;
        }
    }

    /// <summary>The name of a JSON field; false where it holds half a character.</summary>
    internal static bool TryName(JsonProperty field, out string name)
    {
        try
        {
            name = field.Name;
            return true;
        }
        catch (InvalidOperationException)
        {
            name = "";
            return false;
        }
    }

    private static bool IsForbidden(Rune rune, bool manyLines) =>
        Rune.GetUnicodeCategory(rune) switch
        {
            UnicodeCategory.Control => !manyLines || rune.Value is not ('\n' or '\t'),
            UnicodeCategory.LineSeparator or UnicodeCategory.ParagraphSeparator => !manyLines,
            UnicodeCategory.PrivateUse or UnicodeCategory.Surrogate => true,
            _ => rune.Value is 0x061C or 0x200E or 0x200F or (>= 0x202A and <= 0x202E) or (>= 0x2066 and <= 0x2069) or (>= 0xFDD0 and <= 0xFDEF)
                || (rune.Value & 0xFFFE) == 0xFFFE,
        };
}
