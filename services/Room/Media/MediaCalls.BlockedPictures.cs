using GroupTherapy.Room.Storage;

namespace GroupTherapy.Room.Media;

/// <summary>
/// Pictures that were blocked from their first packet on. A browser names the sizes of a picture in its first packets alone, and the media server reads
/// no packet of what is blocked: on that connection it can never pass the picture on.
/// </summary>
public sealed partial class MediaCalls
{
    /// <summary>Has a participant connect anew, now that their picture may be seen.</summary>
    internal async Task BeginAnewAsync(MediaRoomRow room, MediaPeerRow row, CancellationToken ct)
    {
        await plane.EndAsync(room, row.ParticipantId, row.RemoteSession, ct);
        // Another process that keeps it sees at the node that its sender is gone, and tells the page.
        if (_calls.TryGetValue((row.SessionId, row.ParticipantId), out var call))
        {
            _ = Task.Run(() => TellMovedAsync(call, row), CancellationToken.None);
        }
    }

    private void LookAtDark(Guid session)
    {
        foreach (var call in _calls.Values.Where(c => c.Session == session))
        {
            if (call.Row is not { BeganDark: true } row || !_feeds.TryGetValue(session, out var feeds) || !call.IsAt(feeds.Room))
            {
                continue;
            }

            if (feeds.Feeds.Any(f => f.ParticipantId == call.Participant))
            {
                call.IsSeen = true;
            }
            else if (call.IsSeen)
            {
                _ = Task.Run(() => TellMovedAsync(call, row), CancellationToken.None);
            }
        }
    }

    private async Task TellMovedAsync(MediaCall call, MediaPeerRow ended)
    {
        try
        {
            using var held = await HoldAsync(call, CancellationToken.None);
            if (call.Row is { BeganDark: true } row && row.RemoteSession == ended.RemoteSession)
            {
                Clear(call);
                call.Connection?.Tell(MediaFrames.Moved());
                await store.DeletePeerAsync(row, CancellationToken.None);
            }
        }
        catch (Exception e)
        {
            log.LogWarning("A call of session {Session} was not begun anew ({Kind})", call.Session, e.GetType().Name);
        }
    }
}
