using GroupTherapy.Room.Domain;
using GroupTherapy.Room.Storage;

namespace GroupTherapy.Room.Media;

/// <summary>Reports to the others about a participant's devices, and the size of the pictures that a participant's line carries.</summary>
public sealed partial class MediaCalls
{
    /// <summary>Tells the others which devices are on. A device that is off sends nothing, and so they know why.</summary>
    public Task<Answer<bool>> TellDevicesAsync(Asker who, Devices devices, CancellationToken ct) =>
        GuardAsync<bool>(
            who,
            async _ =>
            {
                if (Own(who) is not { } call)
                {
                    return true;
                }

                using var held = await HoldAsync(call, ct);
                if (call is { Peer: { } peer, Row: { Origin: not null } row })
                {
                    await AllowRefusalAsync(() => peer.DescribeAsync(OnOf(row, devices), ct));
                }

                return true;
            }
        );

    /// <summary>Gives pictures back to participants whose line has recovered.</summary>
    internal async Task LookAtPicturesAsync(MediaCall call, CancellationToken ct)
    {
        if (!call.Pictures.IsSettled)
        {
            await ResizeAsync(call, PictureRules.Later, ct);
        }
    }

    private async Task LosesPacketsAsync(MediaCall call, bool received)
    {
        if (
            received
            && call.Peer is { } peer
            && !PictureRules.IsOwnLine(call.LostOf, peer.Received.Select(r => r.ParticipantId).Distinct().Count(), db.Clock.GetUtcNow())
        )
        {
            return;
        }

        if (_feeds.TryGetValue(call.Session, out var feeds))
        {
            feeds.LosesPackets(call.Participant, db.Clock.GetUtcNow());
        }

        if (received)
        {
            await ResizeAsync(call, PictureRules.Lost, CancellationToken.None);
        }
    }

    private async Task ResizeAsync(MediaCall call, Func<PictureState, DateTimeOffset, PictureState> decide, CancellationToken ct)
    {
        using var held = await HoldAsync(call, ct);
        var (before, now) = (call.Pictures, decide(call.Pictures, db.Clock.GetUtcNow()));
        call.Pictures = now;
        if (now.Most != before.Most && call.Peer is { } peer)
        {
            MediaMetrics.Resized.Add(1, new KeyValuePair<string, object?>("size", MediaFrames.NameOf(now.Most)));
            await AllowRefusalAsync(() => peer.ResizeAsync(call.Most, ct));
            call.Connection?.Tell(MediaFrames.Pictures(now.Most));
        }
    }

    private static DevicesOn OnOf(MediaPeerRow row, Devices devices) =>
        new(row.AudioMid is { } audio ? (audio, devices.Audio) : null, row.VideoMid is { } video ? (video, devices.Video) : null);
}
