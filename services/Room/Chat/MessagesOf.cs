using GroupTherapy.Room.Log;

namespace GroupTherapy.Room.Chat;

/// <summary>Messages as others refer to them: by stream and number.</summary>
internal static class MessagesOf
{
    /// <summary>Whether this stream is one of theirs at all.</summary>
    public static bool MayRead(ParticipantRow me, string stream) =>
        stream == Streams.Room || stream == Streams.Private(me.ParticipantId) || (me.IsStaff && (stream == Streams.Staff || Streams.OwnerOf(stream) is not null));

    /// <summary>Members see the room from their admission on.</summary>
    public static bool MaySee(ParticipantRow me, string stream, long seq) => me.IsStaff || stream != Streams.Room || seq > me.AdmittedSeq;

    /// <summary>A message, or null when nothing stands there or something else does.</summary>
    public static Task<Message?> FindAsync(RoomTurn turn, string stream, long seq) => turn.Work.FirstOrDefaultAsync<Message>(
        """
        select by_id, exists (select 1 from hidden_messages h where h.session_id = e.session_id and h.stream = e.stream and h.seq = e.seq) as hidden
        from room_events e where session_id = @SessionId and stream = @stream and seq = @seq and kind = @Posted
        """, new { turn.SessionId, stream, seq, Kinds.Posted });

    public sealed record Message(Guid ById, bool Hidden);
}
