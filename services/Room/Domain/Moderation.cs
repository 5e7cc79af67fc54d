using System.Text.Json.Serialization;
using GroupTherapy.Contracts.Room.V1;

namespace GroupTherapy.Room.Domain;

/// <summary>Commands of staff about the room and its participants.</summary>
internal static class Moderation
{
    private sealed record Muted(
        Guid ParticipantId,
        string Alias,
        [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] bool? Audio,
        [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] bool? Video,
        [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] bool? Chat
    );

    // The server holds the block; only the person can switch a device on again.
    public static Refusal? Mute(RoomDraft room, Participant me, Mute mute)
    {
        var (subject, parts, blocks) = (room.Find(mute.ParticipantId), mute.Parts, mute.Blocks);
        if (subject is null or { Admission: Admissions.None or Admissions.Removed })
        {
            return Refusal.NotFound;
        }

        if (subject.IsFacilitator)
        {
            return Refusal.NotAllowed;
        }

        var changed = parts.Changing(subject, blocks);
        if (changed.IsNothing)
        {
            return null;
        }

        room.Set(
            subject with
            {
                AudioMuted = changed.Audio ? blocks : subject.AudioMuted,
                VideoMuted = changed.Video ? blocks : subject.VideoMuted,
                ChatMuted = changed.Chat ? blocks : subject.ChatMuted,
            }
        );
        room.Append(
            Streams.Private(subject.ParticipantId),
            blocks ? Kinds.Muted : Kinds.Unmuted,
            me.Actor,
            new Muted(subject.ParticipantId, subject.Alias ?? "", changed.Audio ? true : null, changed.Video ? true : null, changed.Chat ? true : null)
        );
        room.Audit(
            blocks ? "participant.muted" : "participant.unmuted",
            subject.AccountId,
            new
            {
                changed.Audio,
                changed.Video,
                changed.Chat,
            }
        );
        return null;
    }

    /// <summary>Members read the message without its text from then on; staff still read it, and the log keeps it.</summary>
    public static Refusal? Hide(RoomDraft room, Participant me, Hide hide)
    {
        var place = (hide.Stream, hide.Seq);
        switch (room.Facts.Messages.GetValueOrDefault(place))
        {
            case null:
                return Refusal.NotFound;
            case { Hidden: true } or { Retracted: true }:
                return null;
            case var message:
                room.Changes.Hidden.Add(place);
                room.Facts = room.Facts with { Messages = room.Facts.Messages.SetItem(place, message with { Hidden = true }) };
                room.Append(hide.Stream, Kinds.Hidden, me.Actor, new EventData.Message(hide.Seq));
                room.Note("message.hidden", me, room.Find(message.ById), hide.Reason);
                return null;
        }
    }

    /// <summary>A locked room takes no newcomers; a member who was admitted once may come back.</summary>
    public static Refusal? Lock(RoomDraft room, Participant me, bool locks)
    {
        if (room.Session.Locked != locks)
        {
            room.Set(room.Session with { Locked = locks });
            room.Append(Streams.Room, locks ? Kinds.Locked : Kinds.Unlocked, me.Actor, new EventData.None());
            room.Audit(locks ? "room.locked" : "room.unlocked");
        }

        return null;
    }

    /// <summary>Each member says something to everybody at most once in so many seconds.</summary>
    public static Refusal? SlowMode(RoomDraft room, Participant me, int seconds)
    {
        if (room.Session.SlowSeconds != seconds)
        {
            room.Set(room.Session with { SlowSeconds = seconds });
            room.Append(Streams.Room, Kinds.Slowed, me.Actor, new { seconds });
            room.Audit("room.slowed", null, new { seconds });
        }

        return null;
    }

    public static Refusal? GiveSpeakingTurn(RoomDraft room, Participant me, Guid? participant)
    {
        if (participant is { } next)
        {
            if (room.Find(next) is not { Admission: Admissions.In, Present: true } subject)
            {
                return Refusal.NotFound;
            }

            if (subject.Hand)
            {
                room.Set(subject with { HandSeq = null });
                room.Append(Streams.Room, Kinds.HandLowered, me.Actor, new EventData.Subject(next));
            }
        }

        PassSpeakingTurn(room, me.Actor, participant);
        return null;
    }

    public static void PassSpeakingTurn(RoomDraft room, Actor? by, Guid? to)
    {
        if (room.Session.SpeakerId != to)
        {
            room.Set(room.Session with { SpeakerId = to });
            room.Append(Streams.Room, Kinds.TurnGiven, by, new EventData.Speaker(to));
        }
    }

    /// <summary>Removes a member until staff readmit them: the row says removed and the tickets are dead before a connection is closed.</summary>
    public static Refusal? Remove(RoomDraft room, Participant me, Remove remove)
    {
        var subject = room.Find(remove.ParticipantId);
        if (subject is null or { Alias: null })
        {
            return Refusal.NotFound;
        }

        if (subject.IsFacilitator)
        {
            return Refusal.NotAllowed;
        }

        if (subject.Admission == Admissions.Removed)
        {
            return null;
        }

        room.Set(subject with { Admission = Admissions.Removed, Present = false, LastPresentAt = room.Now, WaitingSince = null });
        room.EndConnections(subject.ParticipantId, EndReasons.Removed);
        room.RevokeTickets(subject.ParticipantId);
        room.Append(Streams.Room, Kinds.Removed, me.Actor, new EventData.Named(subject.ParticipantId, subject.Alias));
        room.Publish(new ParticipantRemoved(room.Session.SessionId, subject.ParticipantId, subject.AccountId, room.Now));
        room.Note("participant.removed", me, subject, remove.Reason);
        room.Changes.ChecksConnections = true;
        return null;
    }

    /// <summary>Lets a removed member join again. They wait first, like a newcomer.</summary>
    public static Refusal? Readmit(RoomDraft room, Participant me, Guid participant)
    {
        switch (room.Find(participant))
        {
            case null or { Alias: null }:
                return Refusal.NotFound;
            case { Admission: Admissions.Removed } subject:
                room.Set(subject with { Admission = Admissions.None });
                room.Append(Streams.Staff, Kinds.Readmitted, me.Actor, new EventData.Named(participant, subject.Alias));
                room.Audit("participant.readmitted", subject.AccountId);
                return null;
            default:
                return null;
        }
    }

    /// <summary>
    /// Opens and closes a member's crisis, the licensing fact <c>crisis</c>. While it is open the member is not taken out for licensing; when it closes, the
    /// usual rule applies at once.
    /// </summary>
    public static Refusal? Crisis(RoomDraft room, Participant me, Crisis crisis)
    {
        var subject = room.Find(crisis.ParticipantId);
        if (subject is null or { Alias: null } or { Admission: Admissions.Removed })
        {
            return Refusal.NotFound;
        }

        if (subject.IsFacilitator)
        {
            return Refusal.NotAllowed;
        }

        if (subject.Crisis != crisis.Opens)
        {
            // Audited before what follows from it.
            room.Audit(crisis.Opens ? "crisis.opened" : "crisis.closed", subject.AccountId);
            var now = subject with { Crisis = crisis.Opens, CrisisVersion = subject.CrisisVersion + 1 };
            room.Set(now);
            room.Append(Streams.Staff, Kinds.CrisisChanged, me.Actor, new { participantId = now.ParticipantId, open = now.Crisis });
            room.Publish(
                new CrisisChanged(room.Session.SessionId, room.Session.GroupId, now.ParticipantId, now.AccountId, now.Crisis, now.CrisisVersion, room.Now)
            );
            if (now.Jurisdiction is not null)
            {
                Eligibility.Recheck(room, now);
            }
        }

        if (crisis.Note is { } note)
        {
            room.Note("crisis.noted", me, room.Find(crisis.ParticipantId), note);
        }

        return null;
    }
}
