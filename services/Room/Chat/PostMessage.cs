using System.Security.Cryptography;
using GroupTherapy.Room.Access;
using GroupTherapy.Room.Live;
using GroupTherapy.Room.Log;
using Npgsql;

namespace GroupTherapy.Room.Chat;

/// <summary>Where a message stands in the log. Answered only when it is durable.</summary>
public sealed record Posted(string Stream, long Seq, DateTimeOffset At) : ToldWhenWritten;

/// <summary>Says something in the room. The sender's own id for it makes a repeat after a lost answer harmless.</summary>
public sealed class PostMessage(RoomWork acts)
{
    public async Task<Answer<Posted>> RunAsync(RoomConnection connection, string id, string? text, string to, CancellationToken ct)
    {
        if ((MessageRules.RefuseId(id) ?? MessageRules.RefuseText(text)) is { } refusal)
        {
            return refusal;
        }

        try
        {
            return await acts.RunAsync<Posted>(connection, RoomAct.Post, access => PostAsync(access, id, text!, to), ct);
        }
        catch (PostgresException e) when (e is { SqlState: PostgresErrorCodes.UniqueViolation, ConstraintName: "one_message_per_client_id" })
        {
            // The same id from another tab at the same moment: that one is durable now, so the answer is there.
            return await acts.RunAsync<Posted>(connection, RoomAct.Post, async access => await KnownAsync(access, id, text!) ?? Refusal.TryAgain, ct);
        }
    }

    private static async Task<Answer<Posted>> PostAsync(RoomAccess access, string id, string text, string to)
    {
        if (await KnownAsync(access, id, text) is { } known)
        {
            return known;
        }

        var (turn, me) = (access.Turn, access.Me);
        if (MessageRules.AudienceOf(to) is not { } audience)
        {
            return me.IsStaff ? Refusal.NotFound : Refusal.NotAllowed;
        }

        if (MessageRules.RefuseSpeaking(me.IsStaff, me.ChatMuted, turn.Session.Phase, audience) is { } refusal)
        {
            return refusal;
        }

        if (await StreamAsync(turn, me, audience, to) is not { } stream)
        {
            return Refusal.NotFound;
        }

        if (!await WithinLimitAsync(turn, me, audience))
        {
            // Which of the two it was, the row says as it stands now.
            var now = await turn.ParticipantAsync(me.ParticipantId);
            return MessageRules.RefuseSoon(me.IsStaff, audience, turn.Session.SlowSeconds, now?.SpokeAt, turn.Work.Now) ?? Refusal.TooFast;
        }

        var e = await turn.AppendPostAsync(stream, me.Actor, new { id, text, to }, id, turn.Key.Digest(text));
        return new Posted(e.Stream, e.Seq, e.At);
    }

    private static async Task<Answer<Posted>?> KnownAsync(RoomAccess access, string id, string text)
    {
        var known = await access.Turn.Work.FirstOrDefaultAsync<Known>(
            """
            select p.stream, p.seq, e.at, p.digest from posts p join room_events e using (session_id, stream, seq)
            where p.session_id = @SessionId and p.participant_id = @ParticipantId and p.client_id = @id
            """, new { access.Turn.SessionId, access.Me.ParticipantId, id });
        return known is null ? null
            : CryptographicOperations.FixedTimeEquals(known.Digest, access.Turn.Key.Digest(text)) ? new Posted(known.Stream, known.Seq, known.At)
            : Refusal.IdReused;
    }

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

    // One row says when the allowance will be whole again; a post moves it on by 100 ms and may find it at most 1.9 s ahead. Exact over all nodes and tabs.
    private static async Task<bool> WithinLimitAsync(RoomTurn turn, ParticipantRow me, Audience audience) => await turn.Work.ExecuteAsync(
        """
        update participants set posts_settle_at = greatest(posts_settle_at, @Now) + @every, spoke_at = case when @toAll then @Now else spoke_at end
        where session_id = @SessionId and participant_id = @ParticipantId and posts_settle_at <= @Now + @ahead
          and (@slow = 0 or spoke_at is null or spoke_at <= @Now - @slow * interval '1 second')
        """,
        new
        {
            turn.SessionId, me.ParticipantId, turn.Work.Now, every = MessageRules.PostEvery,
            ahead = MessageRules.PostEvery * (MessageRules.Burst - 1),
            toAll = audience == Audience.Everyone,
            slow = me.IsStaff || audience != Audience.Everyone ? 0 : turn.Session.SlowSeconds,
        }) == 1;

    private sealed record Known(string Stream, long Seq, DateTimeOffset At, byte[] Digest);
}
