using GroupTherapy.Contracts.Room.V1;

namespace GroupTherapy.Room.Domain;

/// <summary>The end of a session comes later, and the room hears of it in time.</summary>
internal static class Extending
{
    /// <summary><c>room.ending</c> is appended this long before the end.</summary>
    public static readonly TimeSpan AnnouncedBefore = TimeSpan.FromMinutes(5);

    /// <summary>Moves the end, unless the common limit, a present member's permit or a present facilitator's other session stands against it.</summary>
    public static Refusal? Extend(RoomDraft room, Participant me, int minutes)
    {
        var s = room.Session;
        if (!PhaseRules.Admits(s.Phase))
        {
            return Refusal.NotOpen;
        }

        var end = (s.End > room.Now ? s.End : room.Now).AddMinutes(minutes);
        var present = room.Participants.Where(p => p is { Present: true, IsIn: true }).ToList();
        if (ExtensionRules.Refuse(end, s.EndsAt, present, room.Facts.NextSessions) is { } refusal)
        {
            return refusal;
        }

        room.Set(s with { ExtendedTo = end });
        room.Append(Streams.Room, Kinds.Extended, me.Actor, new { endsAt = end });
        room.Publish(new SessionExtended(s.SessionId, s.GroupId, end, s.PhaseVersion, room.Now));
        room.Audit("session.extended", null, new { minutes, endsAt = end });
        return null;
    }

    public static void AnnounceEnd(RoomDraft room)
    {
        var s = room.Session;
        if (PhaseRules.Admits(s.Phase) && s.EndingToldFor != s.End && room.Now >= s.End - AnnouncedBefore && room.Now < s.End)
        {
            room.Set(s with { EndingToldFor = s.End });
            room.Append(Streams.Room, Kinds.Ending, null, new { at = s.End });
        }
    }
}

/// <summary>Whether a session may go on until a later end. Pure.</summary>
public static class ExtensionRules
{
    public const int MostMinutes = 30;

    /// <summary>All extensions of a session together end at most this many minutes after its planned end.</summary>
    public const int MostMinutesTogether = 60;

    private static readonly Refusal TooLate = new(
        "not-allowed",
        $"The session cannot be extended: it ends at most {MostMinutesTogether} minutes after its planned end."
    );

    private static readonly Refusal PermitEnds = new(
        "not-allowed",
        "The session cannot be extended: what allows it for a member in the room ends before that."
    );

    private static readonly Refusal FacilitatorBusy = new("not-allowed", "The session cannot be extended: a facilitator in the room has another session then.");

    public static Refusal? RefuseMinutes(int minutes) =>
        minutes is < 1 or > MostMinutes ? Refusal.BadRequest($"A session is extended by 1 to {MostMinutes} minutes.") : null;

    /// <param name="planned">The end of the plan, without extensions.</param>
    /// <param name="present">Participants in the room.</param>
    /// <param name="nextSessions">By account: when the next other session begins that a facilitator is booked for.</param>
    public static Refusal? Refuse(
        DateTimeOffset end,
        DateTimeOffset planned,
        IReadOnlyList<Participant> present,
        IReadOnlyDictionary<Guid, DateTimeOffset> nextSessions
    ) =>
        end > planned.AddMinutes(MostMinutesTogether) ? TooLate
        : present.Any(p => p is { IsFacilitator: false, Crisis: false } && p.PermitUntil < end) ? PermitEnds
        : present.Any(p => p.IsFacilitator && nextSessions.TryGetValue(p.AccountId, out var next) && next < end) ? FacilitatorBusy
        : null;
}
