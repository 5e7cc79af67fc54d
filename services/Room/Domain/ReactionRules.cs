using System.Globalization;
using System.Text;

namespace GroupTherapy.Room.Domain;

/// <summary>What a reaction is, and who may react now. Pure.</summary>
public static class ReactionRules
{
    /// <summary>UTF-8 bytes; the longest emoji in use, a couple with two skin tones, has 35.</summary>
    public const int LongestEmoji = 40;

    /// <summary>Reactions: this many at once, then two a second.</summary>
    public const int Burst = 10;

    public static readonly TimeSpan Every = TimeSpan.FromMilliseconds(500);

    private const int Joiner = 0x200D;
    private const int EmojiStyle = 0xFE0F;
    private const int Keycap = 0x20E3;

    /// <summary>Exactly one emoji as a reader sees it. Letters, digits, markup and bare marks are none.</summary>
    public static bool IsEmoji(string? text)
    {
        if (string.IsNullOrEmpty(text) || Encoding.UTF8.GetByteCount(text) > LongestEmoji || StringInfo.GetNextTextElementLength(text) != text.Length)
        {
            return false;
        }

        var runes = text.EnumerateRunes().ToList();
        if (runes[^1].Value == Keycap)
        {
            return runes.Count is 2 or 3 && (Rune.IsDigit(runes[0]) || runes[0].Value is '#' or '*') && runes[0].IsAscii
                && runes.Skip(1).SkipLast(1).All(r => r.Value == EmojiStyle);
        }

        return IsPicture(runes[0]) && runes.All(r => IsPicture(r) || IsSkinTone(r) || IsTag(r) || r.Value is Joiner or EmojiStyle);
    }

    /// <summary>A reaction goes where the message stands, so it pauses with the chat, and in a held room altogether.</summary>
    public static Refusal? Refuse(bool isStaff, bool chatMuted, string phase) =>
        isStaff ? null : chatMuted ? Refusal.Muted : phase == Phases.Held ? Refusal.RoomHeld : null;

    private static bool IsPicture(Rune rune) => rune.Value > 0xA8 && (Rune.GetUnicodeCategory(rune) is UnicodeCategory.OtherSymbol
        || (rune.Value is >= 0x2000 and < 0x3300
            && Rune.GetUnicodeCategory(rune) is UnicodeCategory.MathSymbol or UnicodeCategory.OtherPunctuation or UnicodeCategory.DashPunctuation));

    private static bool IsSkinTone(Rune rune) => rune.Value is >= 0x1F3FB and <= 0x1F3FF;

    // What makes the flags of England, Scotland and Wales.
    private static bool IsTag(Rune rune) => rune.Value is >= 0xE0020 and <= 0xE007F;
}
