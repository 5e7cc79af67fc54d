using System.Text.Json;
using GroupTherapy.Room.Domain;
using GroupTherapy.Room.Storage;
using Microsoft.AspNetCore.SignalR;

namespace GroupTherapy.Room.Media;

/// <summary>The senders and their media, as every participant may know them.</summary>
/// <param name="Audio">Their microphone is on. The same for their camera.</param>
/// <param name="AudioBlocked">No participant receives it, whether it is on or not.</param>
public sealed record SendingParticipant(Guid ParticipantId, bool Audio, bool Video, bool AudioBlocked, bool VideoBlocked)
{
    public static SendingParticipant Of(MediaFeed feed) =>
        new(feed.ParticipantId, feed.AudioMid is not null && feed.AudioOn, feed.VideoMid is not null && feed.VideoOn, feed.AudioBlocked, feed.VideoBlocked);
}

/// <summary>The server's messages to a page about media: calls of <c>media({type, ...})</c>, written once.</summary>
internal static class MediaFrames
{
    private static readonly string[] Names = ["paused", "small", "full"];

    public static SerializedHubMessage Publishers(IReadOnlyList<MediaFeed> feeds) =>
        Of(new { type = "publishers", participants = feeds.Select(SendingParticipant.Of) });

    public static SerializedHubMessage Offer(MediaOffer offer, bool isFresh) =>
        Of(
            new
            {
                type = "offer",
                offer.Sdp,
                offer.Streams,
                fresh = isFresh,
            }
        );

    public static SerializedHubMessage Moved() => Of(new { type = "moved" });

    public static SerializedHubMessage Replaced() => Of(new { type = "replaced" });

    public static SerializedHubMessage Away() => Of(new { type = "away" });

    public static SerializedHubMessage Speaking(Guid participantId, bool on) =>
        Of(
            new
            {
                type = "speaking",
                participantId,
                on,
            }
        );

    public static SerializedHubMessage Pictures(PictureSize size) => Of(new { type = "pictures", size = NameOf(size) });

    public static string NameOf(PictureSize size) => Names[(int)size];

    /// <returns>Null for a name that is none.</returns>
    public static PictureSize? SizeOf(string name) => Array.IndexOf(Names, name) is >= 0 and var size ? (PictureSize)size : null;

    public static SerializedHubMessage Quality(Guid participantId, string level) =>
        Of(
            new
            {
                type = "quality",
                participantId,
                level,
            }
        );

    private static SerializedHubMessage Of<T>(T media)
    {
        var call = new
        {
            type = 1,
            target = "media",
            arguments = new object[] { media! },
        };
        return new([new SerializedMessage("json", (byte[])[.. JsonSerializer.SerializeToUtf8Bytes(call, RoomJson.Options), 0x1e])]);
    }
}
