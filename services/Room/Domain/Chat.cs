using GroupTherapy.Contracts.Room.V1;

namespace GroupTherapy.Room.Domain;

/// <summary>Messages, hands, reactions and calls for help.</summary>
internal static class Chat
{
    // Hands: five at once, then one every two seconds.
    private const int HandBurst = 5;
    private const int HelpBurst = 3;
    private static readonly TimeSpan HelpEvery = TimeSpan.FromSeconds(20);
    private static readonly TimeSpan HandEvery = TimeSpan.FromSeconds(2);

    public static Refusal? Post(RoomDraft room, Participant me, Post post, out Func<object> result)
    {
        PostedAt? posted = null;
        result = () => posted!;
        var digest = room.Key.Digest(post.Text);
        if (room.Facts.KnownPosts.TryGetValue((me.ParticipantId, post.Id), out var known))
        {
            // What is in the log already is answered as it was, whatever would be refused today.
            posted = new PostedAt(known.Stream, known.Seq, known.At);
            return known.Digest.AsSpan().SequenceEqual(digest) ? null : Refusal.IdReused;
        }

        if (MessageRules.AudienceOf(post.To) is not { } audience)
        {
            return me.IsStaff ? Refusal.NotFound : Refusal.NotAllowed;
        }

        if (!me.IsIn && audience != Audience.Facilitators)
        {
            return Refusal.NotAdmitted;
        }

        if (MessageRules.RefuseSpeaking(me.IsStaff, me.ChatMuted, room.Session.Phase, audience) is { } refusal)
        {
            return refusal;
        }

        if (StreamOf(room, me, audience, post.To) is not { } stream)
        {
            return Refusal.NotFound;
        }

        if (MessageRules.RefuseSoon(me.IsStaff, audience, room.Session.SlowSeconds, me.SpokeAt, room.Now) is { } soon)
        {
            return soon;
        }

        if (MessageRules.TakeAllowance(me.PostsRefilledAt, MessageRules.PostEvery, MessageRules.Burst, room.Now) is not { } refilledAt)
        {
            return Refusal.TooFast;
        }

        room.Set(me with { PostsRefilledAt = refilledAt, SpokeAt = audience == Audience.Everyone ? room.Now : me.SpokeAt });
        var e = Say(room, me, stream, post.Id, post.Text, post.To);
        posted = new PostedAt(stream, e.Seq, e.At);
        return null;
    }

    /// <summary>The same message to each participant who waits.</summary>
    public static Refusal? Announce(RoomDraft room, Participant me, string text)
    {
        if (MessageRules.TakeAllowance(me.PostsRefilledAt, MessageRules.PostEvery, MessageRules.Burst, room.Now) is not { } refilledAt)
        {
            return Refusal.TooFast;
        }

        room.Set(me with { PostsRefilledAt = refilledAt });
        foreach (var who in room.Participants.Where(p => p.IsWaiting).ToList())
        {
            Say(room, me, Streams.Private(who.ParticipantId), room.NewId().ToString(), text, who.ParticipantId.ToString());
        }

        return null;
    }

    /// <summary>The author takes a message back: from then on it has no text for any participant, staff included.</summary>
    public static Refusal? Retract(RoomDraft room, Participant me, Retract retract)
    {
        if (!MessageRules.MayRead(me, retract.Stream))
        {
            return Refusal.NotAllowed;
        }

        var place = (retract.Stream, retract.Seq);
        switch (room.Facts.Messages.GetValueOrDefault(place))
        {
            case { } message when message.ById != me.ParticipantId:
                return Refusal.NotAllowed;
            case null:
                return Refusal.NotFound;
            case { Retracted: true }:
                return null;
            case { } message:
                room.Changes.Retracted.Add(place);
                room.Facts = room.Facts with { Messages = room.Facts.Messages.SetItem(place, message with { Retracted = true }) };
                room.Append(retract.Stream, Kinds.Hidden, me.Actor, new EventData.TakenBack(retract.Seq, true));
                room.Audit("message.retracted", me.AccountId, new { retract.Seq });
                return null;
        }
    }

    // A chat mute leaves hands alone. A hand goes to everybody, so it pauses in a held room; RequestHelp passes everything.
    public static Refusal? RaiseHand(RoomDraft room, Participant me)
    {
        if (MessageRules.RefuseSpeaking(me.IsStaff, chatMuted: false, room.Session.Phase, Audience.Everyone) is { } refusal)
        {
            return refusal;
        }

        if (me.Hand)
        {
            return null;
        }

        if (MessageRules.TakeAllowance(me.HandsRefilledAt, HandEvery, HandBurst, room.Now) is not { } refilledAt)
        {
            return Refusal.TooFast;
        }

        var raised = room.Append(Streams.Room, Kinds.HandRaised, me.Actor, new EventData.Subject(me.ParticipantId));
        room.Set(me with { HandSeq = raised.Seq, HandsRefilledAt = refilledAt });
        return null;
    }

    public static Refusal? LowerHand(RoomDraft room, Participant me, Guid? participant)
    {
        var subject = me;
        if (participant is { } other && other != me.ParticipantId)
        {
            if (!me.IsStaff)
            {
                return Refusal.NotAllowed;
            }

            if (room.Find(other) is not { Admission: Admissions.In } found)
            {
                return Refusal.NotFound;
            }

            subject = found;
        }

        if (subject.Hand)
        {
            room.Set(subject with { HandSeq = null });
            room.Append(Streams.Room, Kinds.HandLowered, me.Actor, new EventData.Subject(subject.ParticipantId));
        }

        return null;
    }

    public static Refusal? React(RoomDraft room, Participant me, React react)
    {
        if (!MessageRules.MayRead(me, react.Stream))
        {
            return Refusal.NotAllowed;
        }

        if (ReactionRules.Refuse(me.IsStaff, me.ChatMuted, room.Session.Phase) is { } refusal)
        {
            return refusal;
        }

        if (
            room.Facts.Messages.GetValueOrDefault((react.Stream, react.Seq)) is not { } message
            || !MessageRules.MaySee(me, react.Stream, react.Seq)
            || message.Retracted
            || (message.Hidden && !me.IsStaff)
        )
        {
            return Refusal.NotFound;
        }

        if (MessageRules.TakeAllowance(me.ReactionsRefilledAt, ReactionRules.Every, ReactionRules.Burst, room.Now) is not { } refilledAt)
        {
            return Refusal.TooFast;
        }

        room.Set(me with { ReactionsRefilledAt = refilledAt });
        var digest = room.Key.Digest($"reaction {react.Emoji}");
        var known = (react.Stream, react.Seq, me.ParticipantId, Convert.ToHexString(digest));
        if (!room.Facts.Reactions.Contains(known))
        {
            room.Facts = room.Facts with { Reactions = room.Facts.Reactions.Add(known) };
            room.Changes.Reactions.Add(new ReactionRow(react.Stream, react.Seq, me.ParticipantId, digest));
            room.Append(react.Stream, Kinds.Reacted, me.Actor, new EventData.Reaction(react.Seq, react.Emoji));
        }

        return null;
    }

    // Passes mute, lock and a held room. The connection's own limit on calls stands, so this cannot be used to flood.
    public static Refusal? RequestHelp(RoomDraft room, Participant me, string? text)
    {
        if (MessageRules.TakeAllowance(me.HelpRefilledAt, HelpEvery, HelpBurst, room.Now) is not { } refilledAt)
        {
            // Staff were called within the minute: another call is answered as the one before it, but words are never passed over in silence.
            return text is null ? null : Refusal.TooFast;
        }

        room.Set(me with { HelpRefilledAt = refilledAt });
        room.Append(Streams.Staff, Kinds.HelpRequested, me.Actor, new EventData.Help(me.ParticipantId, text));
        room.Publish(new HelpRequested(room.Session.SessionId, room.Session.GroupId, me.ParticipantId, room.Now));
        room.Audit("help.requested", me.AccountId);
        return null;
    }

    private static RoomEvent Say(RoomDraft room, Participant me, string stream, string id, string text, string to)
    {
        var (said, digest) = (room.Append(stream, Kinds.Posted, me.Actor, new EventData.Said(id, text, to)), room.Key.Digest(text));
        room.Changes.Posts.Add(new PostRow(me.ParticipantId, id, stream, said.Seq, digest));
        room.Facts = room.Facts with
        {
            KnownPosts = room.Facts.KnownPosts.Add((me.ParticipantId, id), new KnownPost(stream, said.Seq, said.At, digest)),
            Messages = room.Facts.Messages.Add((stream, said.Seq), new KnownMessage(me.ParticipantId, false)),
        };
        return said;
    }

    private static string? StreamOf(RoomDraft room, Participant me, Audience audience, string to)
    {
        switch (audience)
        {
            case Audience.Everyone:
                return Streams.Room;
            case Audience.Facilitators:
                return me.IsStaff ? Streams.Staff : Streams.Private(me.ParticipantId);
            default:
                var participant = Guid.Parse(to);
                return room.Find(participant) is { Admission: Admissions.In or Admissions.Waiting } ? Streams.Private(participant) : null;
        }
    }
}
