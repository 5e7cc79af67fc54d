using System.Collections.Immutable;

namespace GroupTherapy.Room.Domain;

/// <summary>The media rights of one participant.</summary>
/// <param name="Connects">May have a connection there, and receive what others send.</param>
/// <param name="Audio">Others may hear them.</param>
/// <param name="Video">Others may see them.</param>
public readonly record struct MediaRights(bool Connects, bool Audio, bool Video)
{
    public static MediaRights None => default;
}

/// <summary>The camera policies of groups.</summary>
public static class CameraPolicies
{
    public const string Optional = "optional";
    public const string Expected = "expected";

    /// <summary>No camera is shown.</summary>
    public const string Off = "off";
}

/// <summary>The wanted state of one room at the media server.</summary>
/// <param name="IsOpen">There is a room at the media server.</param>
/// <param name="Rights">Of each participant that may connect.</param>
/// <param name="Seats">How many may send at the same time.</param>
/// <param name="Version">Of the room that this follows from.</param>
public sealed record MediaPlan(bool IsOpen, ImmutableSortedDictionary<Guid, MediaRights> Rights, int Seats, long Version)
{
    public static readonly MediaPlan Closed = new(false, ImmutableSortedDictionary<Guid, MediaRights>.Empty, 0, 0);

    public MediaRights Of(Guid participant) => Rights.GetValueOrDefault(participant);
}

/// <summary>The rules of sending and receiving media: a pure function of the room's state. The media server follows it after every change.</summary>
public static class MediaRules
{
    /// <summary>Media begins when staff open the session, and ends with it.</summary>
    public static bool IsOpen(SessionState session) => !session.Cancelled && PhaseRules.Admits(session.Phase);

    public static MediaPlan Plan(RoomState room, DateTimeOffset now)
    {
        if (!IsOpen(room.Session))
        {
            return MediaPlan.Closed with { Version = room.Session.Version };
        }

        var rights = room
            .Participants.Values.Select(p => (p.ParticipantId, Rights: Of(room, p, now)))
            .Where(p => p.Rights.Connects)
            .ToImmutableSortedDictionary(p => p.ParticipantId, p => p.Rights);
        return new MediaPlan(true, rights, room.Session.Capacity + room.Staff.Count, room.Session.Version);
    }

    public static MediaRights Of(RoomState room, Participant who, DateTimeOffset now)
    {
        var session = room.Session;
        if (!IsOpen(session) || who is not { IsIn: true, Present: true } || !Access.MayBeHere(room, who, now))
        {
            return MediaRights.None;
        }

        return who.Role switch
        {
            RoomRoles.Observer => new MediaRights(true, false, false),
            // Staff can always speak: they may have to step in while a member has the speaking turn.
            not RoomRoles.Member => new MediaRights(true, true, session.Camera != CameraPolicies.Off),
            // Without its facilitator the room is silent and dark.
            _ when session.Phase == Phases.Held => new MediaRights(true, false, false),
            _ => new MediaRights(
                true,
                !who.AudioMuted && (session.SpeakerId is null || session.SpeakerId == who.ParticipantId),
                !who.VideoMuted && session.Camera != CameraPolicies.Off
            ),
        };
    }

    /// <summary>Whether a command changed what a participant may send or receive.</summary>
    internal static bool Differ(RoomState before, RoomState after, IReadOnlyCollection<Guid> changed, DateTimeOffset now)
    {
        if (
            !ReferenceEquals(before.Session, after.Session)
            || !ReferenceEquals(before.Staff, after.Staff)
            || !ReferenceEquals(before.AccountRoles, after.AccountRoles)
        )
        {
            return IsOpen(before.Session) != IsOpen(after.Session)
                || before.Participants.Values.Concat(after.Participants.Values).Select(p => p.ParticipantId).Distinct().Any(Differs);
        }

        return changed.Any(Differs);

        bool Differs(Guid who) =>
            (before.Find(who) is { } was ? Of(before, was, now) : default) != (after.Find(who) is { } isNow ? Of(after, isNow, now) : default);
    }
}
