using System.Globalization;
using GroupTherapy.Platform.Problems;
using GroupTherapy.Unicode;

namespace GroupTherapy.Room.Domain;

/// <summary>The recipients of a message; they decide its stream.</summary>
public enum Audience
{
    Everyone,
    Facilitators,
    Participant,
}

/// <summary>The rules of messages: their text, and who may write to whom. Pure.</summary>
public static class MessageRules
{
    public const string Everyone = "everyone";
    public const string Facilitators = "facilitators";

    /// <summary>Unicode scalar values.</summary>
    public const int LongestText = 4000;

    /// <summary>Posts: this many at once, then ten a second.</summary>
    public const int Burst = 20;

    public static readonly TimeSpan PostEvery = TimeSpan.FromMilliseconds(100);

    private const int LongestReason = 200;
    private const int LongestId = 64;

    public static Refusal? RefuseId(string id) =>
        id.Length is >= 1 and <= LongestId && id.All(c => char.IsAsciiLetterOrDigit(c) || c == '-')
            ? null
            : Refusal.BadRequest("An id has 1 to 64 letters, digits or hyphens.");

    /// <param name="text">Null when it was no Unicode text.</param>
    public static Refusal? RefuseText(string? text) => Refuse(text, LongestText, "A message");

    /// <summary>A facilitator's reason: 1 to 200 characters, for the record.</summary>
    public static Refusal? RefuseReason(string? reason) =>
        Refuse(reason, LongestReason, "A reason") is { } refusal
            ? refusal == Refusal.TooLong
                ? Refusal.BadRequest("A reason has 200 characters at most.")
                : refusal
            : !NameRules.IsVisible(reason!)
                ? Refusal.BadRequest("A reason is needed.")
                : !TextRules.IsClean(reason!, manyLines: true)
                    ? Refusal.BadRequest("A reason holds no invisible commands.")
                    : null;

    /// <summary>Members speak to everyone or to the facilitators; staff also to one person.</summary>
    public static Audience? AudienceOf(string to) =>
        to switch
        {
            Everyone => Audience.Everyone,
            Facilitators => Audience.Facilitators,
            _ when Guid.TryParseExact(to, "D", out _) => Audience.Participant,
            _ => null,
        };

    /// <summary>Whether a participant may say something to this audience now. Messages to staff are always allowed.</summary>
    public static Refusal? RefuseSpeaking(bool isStaff, bool chatMuted, string phase, Audience audience) =>
        (isStaff, audience) switch
        {
            (true, _) => null,
            (_, Audience.Participant) => Refusal.NotAllowed,
            (_, Audience.Everyone) when chatMuted => Refusal.Muted,
            (_, Audience.Everyone) when phase == Phases.Held => Refusal.RoomHeld,
            _ => null,
        };

    /// <summary>Token bucket kept as one instant: when it is full again. Exact over all nodes and tabs, since the participant is one
    /// row.</summary>
    /// <param name="refilledAt">When it is whole again without this one; null when it is whole.</param>
    /// <param name="burst">So many at once.</param>
    /// <returns>When it is whole again with this one; null when too many were taken.</returns>
    public static DateTimeOffset? TakeAllowance(DateTimeOffset? refilledAt, TimeSpan every, int burst, DateTimeOffset now) =>
        refilledAt > now + every * (burst - 1) ? null : (refilledAt > now ? refilledAt.Value : now) + every;

    /// <summary>Whether the participant may read this stream.</summary>
    public static bool MayRead(Participant me, string stream) =>
        stream == Streams.Room
        || stream == Streams.Private(me.ParticipantId)
        || (me.IsStaff && (stream == Streams.Staff || Streams.OwnerOf(stream) is not null));

    /// <summary>Members see the room from their admission on.</summary>
    public static bool MaySee(Participant me, string stream, long seq) => me.IsStaff || stream != Streams.Room || seq > me.AdmittedSeq;

    /// <summary>Slow mode: a member's next message to everybody has to wait until <paramref name="slowSeconds"/> after their last one.</summary>
    /// <param name="spokeAt">Their last message to everybody; null when there was none.</param>
    public static Refusal? RefuseSoon(bool isStaff, Audience audience, int slowSeconds, DateTimeOffset? spokeAt, DateTimeOffset now) =>
        isStaff || audience != Audience.Everyone || slowSeconds == 0 || spokeAt is not { } spoke || now >= spoke.AddSeconds(slowSeconds)
            ? null
            : Refusal.SlowMode;

    private static Refusal? Refuse(string? text, int longest, string what)
    {
        if (string.IsNullOrEmpty(text))
        {
            return Refusal.BadRequest($"{what} is Unicode text with at least one character.");
        }

        var count = 0;
        var rest = text.AsSpan();
        while (!rest.IsEmpty)
        {
            if (System.Text.Rune.DecodeFromUtf16(rest, out var rune, out var used) != System.Buffers.OperationStatus.Done)
            {
                return Refusal.BadRequest($"{what} is Unicode text; half a character is none.");
            }

            if (System.Text.Rune.GetUnicodeCategory(rune) == UnicodeCategory.Control && rune.Value is not ('\n' or '\t'))
            {
                return Refusal.BadRequest($"{what} holds no control characters but line feed and tab.");
            }

            rest = rest[used..];
            count++;
        }

        return count > longest ? Refusal.TooLong : null;
    }
}
