using System.Collections.Frozen;
using System.Text;

namespace GroupTherapy.Unicode;

/// <summary>The emoji of Unicode Emoji 17.0 (UTS #51), each as one reads it.</summary>
public static class Emoji
{
    private static readonly Lazy<FrozenSet<string>> All = new(() =>
        UnicodeData.Lines("emoji-unicode-17.0.txt").Select(UnicodeData.Text).ToFrozenSet(StringComparer.Ordinal)
    );

    /// <summary>Exactly one emoji: with or without its variation selector; a flag has both of its letters, a sequence all of its parts.</summary>
    public static bool IsOne(string? text) => text is not null && All.Value.Contains(text) && !IsComponent(text);

    // Tones of skin and kinds of hair say how another emoji looks (Emoji_Component, UTS #51); alone they show nothing.
    private static bool IsComponent(string text) =>
        Rune.TryGetRuneAt(text, 0, out var rune)
        && rune.Utf16SequenceLength == text.Length
        && rune.Value is (>= 0x1F3FB and <= 0x1F3FF) or (>= 0x1F9B0 and <= 0x1F9B3);
}
