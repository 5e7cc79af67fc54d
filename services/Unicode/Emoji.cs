using System.Collections.Frozen;

namespace GroupTherapy.Unicode;

/// <summary>The emoji of Unicode Emoji 17.0 (UTS #51), each as one reads it.</summary>
public static class Emoji
{
    private static readonly Lazy<FrozenSet<string>> All = new(() =>
        UnicodeData.Lines("emoji-unicode-17.0.txt").Select(UnicodeData.Text).ToFrozenSet(StringComparer.Ordinal));

    /// <summary>Exactly one emoji: with or without its variation selector; a flag has both of its letters, a sequence all of its parts.</summary>
    public static bool IsOne(string? text) => text is not null && All.Value.Contains(text);
}
