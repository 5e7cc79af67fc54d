using GroupTherapy.Contracts.Room.V1;

namespace GroupTherapy.Room.Domain;

/// <summary>Messages, hands, reactions and calls for help.</summary>
internal static class Chat
{
    // Hands: five at once, then one every two seconds.
    private const int HandBurst = 5;
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
        var e = room.Append(stream, Kinds.Posted, me.Actor, new EventData.Said(post.Id, post.Text, post.To));
        room.Changes.Posts.Add(new PostRow(me.ParticipantId, post.Id, stream, e.Seq, digest));
        room.Facts = room.Facts with
        {
            KnownPosts = room.Facts.KnownPosts.Add((me.ParticipantId, post.Id), new KnownPost(stream, e.Seq, e.At, digest)),
            Messages = room.Facts.Messages.Add((stream, e.Seq), new KnownMessage(me.ParticipantId, false)),
        };
        posted = new PostedAt(stream, e.Seq, e.At);
        return null;
    }

    // A hand goes to everybody, so it pauses where the chat does; RequestHelp passes everything.
    public static Refusal? RaiseHand(RoomDraft room, Participant me)
    {
        if (MessageRules.RefuseSpeaking(me.IsStaff, me.ChatMuted, room.Session.Phase, Audience.Everyone) is { } refusal)
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

        room.Set(me with { Hand = true, HandsRefilledAt = refilledAt });
        room.Append(Streams.Room, Kinds.HandRaised, me.Actor, new EventData.Subject(me.ParticipantId));
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
            room.Set(subject with { Hand = false });
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

        if (room.Facts.Messages.GetValueOrDefault((react.Stream, react.Seq)) is not { } message || !MessageRules.MaySee(me, react.Stream, react.Seq)
            || (message.Hidden && !me.IsStaff))
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
        room.Append(Streams.Staff, Kinds.HelpRequested, me.Actor, new EventData.Help(me.ParticipantId, text));
        room.Publish(new HelpRequested(room.Session.SessionId, room.Session.GroupId, me.ParticipantId, room.Now));
        room.Audit("help.requested", me.AccountId);
        return null;
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
