using GroupTherapy.Unicode;

namespace GroupTherapy.Room.Domain;

/// <summary>The rules of reactions: their form, and who may react now. Pure.</summary>
public static class ReactionRules
{
    /// <summary>Reactions: this many at once, then two a second.</summary>
    public const int Burst = 10;

    public static readonly TimeSpan Every = TimeSpan.FromMilliseconds(500);

    /// <summary>Exactly one emoji as a reader sees it. Letters, digits, markup and bare marks are none.</summary>
    public static bool IsEmoji(string? text) => Emoji.IsOne(text);

    /// <summary>A reaction goes where the message stands, so it pauses with the chat, and in a held room altogether.</summary>
    public static Refusal? Refuse(bool isStaff, bool chatMuted, string phase) =>
        isStaff ? null
        : chatMuted ? Refusal.Muted
        : phase == Phases.Held ? Refusal.RoomHeld
        : null;
}
