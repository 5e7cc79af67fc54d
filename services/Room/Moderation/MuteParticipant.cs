using System.Text.Json.Serialization;
using GroupTherapy.Room.Access;
using GroupTherapy.Room.Live;
using GroupTherapy.Room.Log;

namespace GroupTherapy.Room.Moderation;

/// <summary>Blocks a member's microphone, camera or chat, and lifts the block. The server holds it; only the person can switch a device on again.</summary>
public sealed class MuteParticipant(RoomWork acts)
{
    /// <summary>What a block is about. Nothing named means all three.</summary>
    public sealed record What(bool Audio, bool Video, bool Chat)
    {
        public static What Of(bool? audio, bool? video, bool? chat) =>
            audio is null && video is null && chat is null ? new What(true, true, true) : new What(audio == true, video == true, chat == true);

        public bool IsNothing => this is { Audio: false, Video: false, Chat: false };
    }

    public Task<Answer<Done>> MuteAsync(RoomConnection connection, Guid participant, What what, CancellationToken ct) => SetAsync(connection, RoomAct.Mute, participant, what, true, ct);

    public Task<Answer<Done>> UnmuteAsync(RoomConnection connection, Guid participant, What what, CancellationToken ct) => SetAsync(connection, RoomAct.Unmute, participant, what, false, ct);

    private Task<Answer<Done>> SetAsync(RoomConnection connection, RoomAct act, Guid participant, What what, bool blocked, CancellationToken ct) => acts.RunAsync(
        connection, act, async access =>
        {
            var (turn, subject) = (access.Turn, await access.Turn.ParticipantAsync(participant));
            if (subject is null or { Admission: Admissions.None or Admissions.Removed })
            {
                return Refusal.NotFound;
            }

            if (subject.IsFacilitator)
            {
                return Refusal.NotAllowed;
            }

            if (what.IsNothing)
            {
                return null;
            }

            await turn.Work.ExecuteAsync(
                """
                update participants set audio_muted = case when @Audio then @blocked else audio_muted end,
                    video_muted = case when @Video then @blocked else video_muted end, chat_muted = case when @Chat then @blocked else chat_muted end
                where session_id = @SessionId and participant_id = @participant
                """, new { what.Audio, what.Video, what.Chat, blocked, turn.SessionId, participant });
            await turn.AppendAsync(
                Streams.Private(participant), blocked ? Kinds.Muted : Kinds.Unmuted, access.Me.Actor,
                new Data(participant, subject.Alias ?? "", what.Audio ? true : null, what.Video ? true : null, what.Chat ? true : null));
            await turn.Work.AuditAsync(blocked ? "participant.muted" : "participant.unmuted", subject.AccountId, turn.SessionId, new { what.Audio, what.Video, what.Chat });
            return null;
        }, ct);

    private sealed record Data(
        Guid ParticipantId,
        string Alias,
        [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] bool? Audio,
        [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] bool? Video,
        [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] bool? Chat);
}
