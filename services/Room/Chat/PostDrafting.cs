using System.Security.Cryptography;
using GroupTherapy.Room.Access;
using GroupTherapy.Room.Log;

namespace GroupTherapy.Room.Chat;

/// <summary>From what somebody wants to say to what may be appended, and from where it stands to their answer.</summary>
internal static class PostDrafting
{
    /// <summary>Whether somebody who has access to the room may say this now. Asks the database only about one person whom it is said to.</summary>
    public static async Task<Answer<PostDraft>> DecideAsync(RoomTurn turn, ParticipantRow me, Post post)
    {
        if (MessageRules.AudienceOf(post.To) is not { } audience)
        {
            return me.IsStaff ? Refusal.NotFound : Refusal.NotAllowed;
        }

        if (MessageRules.RefuseSpeaking(me.IsStaff, me.ChatMuted, turn.Session.Phase, audience) is { } refusal)
        {
            return refusal;
        }

        if (await StreamAsync(turn, me, audience, post.To) is not { } stream)
        {
            return Refusal.NotFound;
        }

        if (MessageRules.RefuseSoon(me.IsStaff, audience, turn.Session.SlowSeconds, me.SpokeAt, turn.Work.Now) is { } soon)
        {
            return soon;
        }

        if (MessageRules.SettleAfter(me.PostsSettleAt, turn.Work.Now) is not { } settlesAt)
        {
            return Refusal.TooFast;
        }

        DateTimeOffset? spokeAt = audience == Audience.Everyone ? turn.Work.Now : null;
        var data = RoomJson.Of(new Said(post.Id, post.Text, post.To));
        return new PostDraft(turn.SessionId, stream, me.Actor, turn.Key.Seal(stream, data), post.Id, turn.Key.Digest(post.Text), settlesAt, spokeAt);
    }

    public static Answer<Posted> AnswerOf(PlacedPost place, byte[] digest) =>
        place.Digest is null || CryptographicOperations.FixedTimeEquals(place.Digest, digest) ? new Posted(place.Stream, place.Seq, place.At) : Refusal.IdReused;

    private static async Task<string?> StreamAsync(RoomTurn turn, ParticipantRow me, Audience audience, string to)
    {
        switch (audience)
        {
            case Audience.Everyone:
                return Streams.Room;
            case Audience.Facilitators:
                return me.IsStaff ? Streams.Staff : Streams.Private(me.ParticipantId);
            default:
                var participant = Guid.Parse(to);
                return await turn.ParticipantAsync(participant) is { Admission: Admissions.In or Admissions.Waiting } ? Streams.Private(participant) : null;
        }
    }

    private sealed record Said(string Id, string Text, string To);
}
