using System.Collections.Immutable;
using System.Text.Json;

namespace GroupTherapy.Room.Media;

/// <summary>A silent participant of this process in a room at Janus, which receives the events of all others there.</summary>
internal sealed class JanusWatch(JanusNode node, JanusPeer peer, IMediaWatcher watcher, IReadOnlyCollection<MediaFeed> known) : IMediaWatch
{
    private static long generations;
    private readonly Dictionary<Guid, long> _known = known.ToDictionary(f => f.ParticipantId, f => f.Generation);
    private ImmutableDictionary<Guid, MediaFeed> _feeds = ImmutableDictionary<Guid, MediaFeed>.Empty;
    private readonly Lock _gate = new();

    public static async Task<JanusWatch> StartAsync(
        JanusNode node,
        string room,
        IMediaWatcher watcher,
        IReadOnlyCollection<MediaFeed> known,
        CancellationToken ct
    )
    {
        var session = await node.NewSessionAsync(ct);
        var peer = node.Peer(session);
        var watch = new JanusWatch(node, peer, watcher, known);
        // Listening before the join: events in between are not missed.
        node.Socket.Listen(session, watch.Handle);
        watch.Apply(await peer.JoinAsync(room, $"watch-{Guid.CreateVersion7():n}", null, ct), always: true);
        return watch;
    }

    public Task KeepAliveAsync(CancellationToken ct) => peer.KeepAliveAsync(ct);

    public async ValueTask DisposeAsync()
    {
        try
        {
            await peer.EndAsync(CancellationToken.None);
        }
        catch (Exception e) when (e is MediaException or JanusException)
        {
            // It ends by itself without keepalives.
        }

        node.Socket.Forget(peer.RemoteSession);
    }

    private void Handle(JsonElement message)
    {
        switch (message.GetProperty("janus").GetString())
        {
            case "timeout":
                watcher.WatchLost();
                break;
            case "event" when message.TryGetProperty("plugindata", out var plugin):
                Apply(plugin.GetProperty("data"), always: false);
                break;
        }
    }

    private void Apply(JsonElement data, bool always)
    {
        lock (_gate)
        {
            var before = _feeds;
            switch (data.TryGetProperty("videoroom", out var kind) ? kind.GetString() : null)
            {
                case "talking" or "stopped-talking" when IdOf(data, "id") is { } speaker:
                    watcher.Speaks(speaker, kind.GetString() == "talking");
                    return;
                case "destroyed":
                    watcher.WatchLost();
                    return;
            }

            var isAnnounced = data.TryGetProperty("publishers", out var publishers);
            if (isAnnounced)
            {
                _feeds = _feeds.SetItems(
                    publishers
                        .EnumerateArray()
                        .Select(FeedOf)
                        .OfType<MediaFeed>()
                        .Select(f => new KeyValuePair<Guid, MediaFeed>(f.ParticipantId, f with { Generation = GenerationOf(f.ParticipantId) }))
                );
                _known.Clear();
            }

            if (IdOf(data, "unpublished") is { } stopped)
            {
                _feeds = _feeds.Remove(stopped);
            }

            if (IdOf(data, "leaving") is { } left)
            {
                _feeds = _feeds.Remove(left);
            }

            if (IdOf(data, "kicked") is { } kicked)
            {
                _feeds = _feeds.Remove(kicked);
            }

            if (data.TryGetProperty("moderation", out var moderation) && IdOf(data, "id") is { } muted && _feeds.TryGetValue(muted, out var feed))
            {
                var (mid, blocked) = (data.GetProperty("mid").GetString(), moderation.GetString() == "muted");
                _feeds = _feeds.SetItem(
                    muted,
                    feed with
                    {
                        AudioBlocked = mid == feed.AudioMid ? blocked : feed.AudioBlocked,
                        VideoBlocked = mid == feed.VideoMid ? blocked : feed.VideoBlocked,
                    }
                );
            }

            // The server announces a sender once more, unchanged, when it can pass their media on: refused subscribers ask again.
            if (always || isAnnounced || !ReferenceEquals(before, _feeds))
            {
                watcher.FeedsAre([.. _feeds.Values]);
            }
        }
    }

    private long GenerationOf(Guid participant) =>
        _feeds.TryGetValue(participant, out var feed) ? feed.Generation
        : _known.TryGetValue(participant, out var known) ? known
        : Interlocked.Increment(ref generations);

    private static Guid? IdOf(JsonElement data, string name) =>
        data.TryGetProperty(name, out var id) && id.ValueKind == JsonValueKind.String && Guid.TryParse(id.GetString(), out var parsed) ? parsed : null;

    private static MediaFeed? FeedOf(JsonElement publisher)
    {
        if (IdOf(publisher, "id") is not { } id)
        {
            return null;
        }

        var streams = publisher.TryGetProperty("streams", out var list)
            ? list.EnumerateArray().Where(s => !(s.TryGetProperty("disabled", out var disabled) && disabled.GetBoolean())).ToList()
            : [];
        var (audio, video) = (Section(streams, "audio"), Section(streams, "video"));
        return audio.Mid is null && video.Mid is null
            ? null
            : new MediaFeed(id, audio.Mid, video.Mid, audio.Blocked, video.Blocked, AudioOn: audio.IsOn, VideoOn: video.IsOn);
    }

    private static (string? Mid, bool Blocked, bool IsOn) Section(List<JsonElement> streams, string kind)
    {
        var found = streams.Find(s => s.GetProperty("type").GetString() == kind);
        return found.ValueKind == JsonValueKind.Undefined
            ? (null, false, false)
            : (
                found.GetProperty("mid").GetString(),
                found.TryGetProperty("moderated", out var moderated) && moderated.GetBoolean(),
                !found.TryGetProperty("description", out var text) || text.GetString() != JanusPeer.Off
            );
    }
}
