using System.Text.Json;
using System.Text.Json.Nodes;
using GroupTherapy.Room.Domain;
using GroupTherapy.Room.Storage;

namespace GroupTherapy.Room.Media;

/// <summary>A session at Janus with its handles: one that publishes, one that subscribes.</summary>
internal sealed class JanusPeer(JanusNode node, long session) : IMediaPeer
{
    /// <summary>How a section is described whose device is on, or off: the media server passes descriptions on to everybody.</summary>
    public const string On = "on";
    public const string Off = "off";

    // A page sends a picture in two sizes; a picture sent in one size alone is received as it is.
    private const int SmallLayer = 0;
    private const int LargeLayer = 2;
    private readonly Dictionary<(Guid ParticipantId, string Mid), Taken> _received = [];
    private IReadOnlyList<ReceivedStream> _streams = [];
    private readonly Lock _describing = new();
    private string _room = "";
    private IMediaPeerEvents? _events;

    // Media can be passed on. A session that was taken over is believed to send.
    private volatile bool _sends = true;
    private DevicesOn? _waiting;

    public long RemoteSession => session;

    public long Publisher { get; private set; }

    public long PrivateId { get; private set; }

    public long? Subscriber { get; private set; }

    public IReadOnlyCollection<(Guid ParticipantId, string Mid, string? At)> Received =>
        [.. _received.Select(r => (r.Key.ParticipantId, r.Key.Mid, r.Value.At))];

    /// <summary>Attaches and joins the room under the participant's id; nothing is sent yet.</summary>
    /// <returns>The answer of the room.</returns>
    public async Task<JsonElement> JoinAsync(string room, string id, IMediaPeerEvents? events, CancellationToken ct)
    {
        (_room, _events) = (room, events);
        Publisher = await AttachAsync(ct);
        var joined = await MessageAsync(
            Publisher, new JsonObject { ["request"] = "join", ["ptype"] = "publisher", ["room"] = room, ["id"] = id }, null, ct);
        var data = joined.GetProperty("plugindata").GetProperty("data");
        PrivateId = data.GetProperty("private_id").GetInt64();
        if (events is not null)
        {
            node.Socket.Listen(session, Handle);
        }

        return data;
    }

    /// <summary>Takes up a session that another process, or an earlier connection of this one, had.</summary>
    public async Task ClaimAsync(string room, MediaPeerRow row, IMediaPeerEvents events, CancellationToken ct)
    {
        (_room, _events, Publisher, PrivateId, Subscriber) = (room, events, row.Publisher, row.PrivateId, row.Subscriber);
        foreach (var (participant, mid, at) in row.ReceivedFeeds())
        {
            _received[(participant, mid)] = new Taken(at);
        }

        await node.Socket.AskAsync(new JsonObject { ["janus"] = "claim", ["session_id"] = session }, false, ct);
        node.Socket.Listen(session, Handle);
    }

    public async Task<string> PublishAsync(string sdp, bool again, DevicesOn devices, CancellationToken ct)
    {
        if (!again)
        {
            Sends(false);
        }

        var body = new JsonObject { ["request"] = again ? "configure" : "publish", ["descriptions"] = Descriptions(devices) };
        var answer = await MessageAsync(Publisher, body, new JsonObject { ["type"] = "offer", ["sdp"] = sdp }, ct);
        return answer.TryGetProperty("jsep", out var jsep) ? jsep.GetProperty("sdp").GetString()!
            : throw new MediaException("no answer to the offer", isRefusal: true);
    }

    // The server announces a described sender at once and refuses subscribers until the sender's connection is up: until then this waits.
    public Task DescribeAsync(DevicesOn devices, CancellationToken ct)
    {
        lock (_describing)
        {
            if (!_sends)
            {
                _waiting = devices;
                return Task.CompletedTask;
            }
        }

        return MessageAsync(Publisher, new JsonObject { ["request"] = "configure", ["descriptions"] = Descriptions(devices) }, null, ct);
    }

    public Task UnpublishAsync(CancellationToken ct)
    {
        Sends(false);
        return MessageAsync(Publisher, new JsonObject { ["request"] = "unpublish" }, null, ct);
    }

    public async Task<MediaOffer> ReceiveAsync(IReadOnlyCollection<FeedSection> wanted, PictureSize most, CancellationToken ct)
    {
        // The server drops the subscriptions to a sender who stops; subscribing twice to one feed would deliver it twice.
        var added = wanted.Where(w => !_received.TryGetValue((w.ParticipantId, w.Mid), out var known)
            || (known.Generation is { } generation && generation != w.Generation)).ToList();
        var dropped = _received.Keys.Except(wanted.Select(w => (w.ParticipantId, w.Mid))).ToList();
        string? sdp = null;
        if (added.Count + dropped.Count > 0)
        {
            var told = Subscriber is null ? await SubscribeAsync(added, ct) : await UpdateAsync(Subscriber.Value, added, dropped, ct);
            dropped.ForEach(section => _received.Remove(section));
            added.ForEach(section => _received[(section.ParticipantId, section.Mid)] = new Taken(null) { Shown = PictureSize.Full });
            if (told.GetProperty("plugindata").GetProperty("data").TryGetProperty("streams", out var streams))
            {
                Know(streams);
            }

            sdp = told.TryGetProperty("jsep", out var jsep) ? jsep.GetProperty("sdp").GetString() : null;
        }

        foreach (var section in wanted)
        {
            var taken = _received[(section.ParticipantId, section.Mid)];
            (taken.Generation, taken.Wanted) = (section.Generation, section.Size);
        }

        await ResizeAsync(most, ct);
        return new MediaOffer(sdp, _streams);
    }

    public async Task ResizeAsync(PictureSize most, CancellationToken ct)
    {
        var changes = _received.Values.Where(t => t is { At: not null, Wanted: { } wanted } && t.Shown != PictureRules.Smaller(wanted, most)).ToList();
        if (Subscriber is not { } handle || changes.Count == 0)
        {
            return;
        }

        JsonArray streams = [];
        foreach (var taken in changes)
        {
            var size = PictureRules.Smaller(taken.Wanted!.Value, most);
            var stream = new JsonObject { ["mid"] = taken.At, ["send"] = size != PictureSize.Paused };
            if (size != PictureSize.Paused)
            {
                stream["substream"] = size == PictureSize.Full ? LargeLayer : SmallLayer;
            }

            streams.Add(stream);
        }

        await MessageAsync(handle, new JsonObject { ["request"] = "configure", ["streams"] = streams }, null, ct);
        changes.ForEach(taken => taken.Shown = PictureRules.Smaller(taken.Wanted!.Value, most));
    }

    public Task AnswerAsync(string sdp, CancellationToken ct) => Subscriber is { } handle
        ? MessageAsync(handle, new JsonObject { ["request"] = "start" }, new JsonObject { ["type"] = "answer", ["sdp"] = sdp }, ct)
        : throw new MediaException("nothing was offered", isRefusal: true);

    public async Task StopReceivingAsync(CancellationToken ct)
    {
        if (Subscriber is { } handle)
        {
            (Subscriber, _streams) = (null, []);
            _received.Clear();
            await AskAsync(new JsonObject { ["janus"] = "detach", ["session_id"] = session, ["handle_id"] = handle }, false, ct);
        }
    }

    public async Task TrickleAsync(bool sends, string candidate, string? mid, int? index, CancellationToken ct)
    {
        if ((sends ? Publisher : Subscriber) is not { } handle)
        {
            return;
        }

        var body = candidate.Length == 0 ? new JsonObject { ["completed"] = true }
            : new JsonObject { ["candidate"] = candidate, ["sdpMid"] = mid, ["sdpMLineIndex"] = index ?? 0 };
        await AskAsync(
            new JsonObject { ["janus"] = "trickle", ["session_id"] = session, ["handle_id"] = handle, ["candidate"] = body }, false, ct);
    }

    public Task KeepAliveAsync(CancellationToken ct) =>
        AskAsync(new JsonObject { ["janus"] = "keepalive", ["session_id"] = session }, false, ct);

    public void Forget() => node.Socket.Forget(session);

    public Task EndAsync(CancellationToken ct)
    {
        Forget();
        return AskAsync(new JsonObject { ["janus"] = "destroy", ["session_id"] = session }, false, ct);
    }

    private async Task<JsonElement> SubscribeAsync(IEnumerable<FeedSection> sections, CancellationToken ct)
    {
        var handle = await AttachAsync(ct);
        // The server would offer by itself when a sender stops, perhaps while another offer waits.
        var told = await MessageAsync(handle, new JsonObject
        {
            ["request"] = "join",
            ["ptype"] = "subscriber",
            ["room"] = _room,
            ["private_id"] = PrivateId,
            ["use_msid"] = false,
            ["autoupdate"] = false,
            ["streams"] = Sections(sections.Select(s => (s.ParticipantId, s.Mid))),
        }, null, ct);
        Subscriber = handle;
        return told;
    }

    private Task<JsonElement> UpdateAsync(
        long handle, List<FeedSection> added, List<(Guid ParticipantId, string Mid)> dropped, CancellationToken ct)
    {
        var update = new JsonObject { ["request"] = "update" };
        if (added.Count > 0)
        {
            update["subscribe"] = Sections(added.Select(s => (s.ParticipantId, s.Mid)));
        }

        if (dropped.Count > 0)
        {
            update["unsubscribe"] = Sections(dropped);
        }

        return MessageAsync(handle, update, null, ct);
    }

    private void Know(JsonElement streams)
    {
        var list = streams.EnumerateArray().ToList();
        _streams = [.. list.Select(StreamOf).OfType<ReceivedStream>()];
        foreach (var stream in list)
        {
            if (stream.TryGetProperty("feed_id", out var feed) && Guid.TryParse(feed.GetString(), out var participant)
                && stream.TryGetProperty("feed_mid", out var mid) && _received.TryGetValue((participant, mid.GetString()!), out var taken))
            {
                taken.At = stream.GetProperty("mid").GetString();
            }
        }
    }

    private static JsonArray Sections(IEnumerable<(Guid ParticipantId, string Mid)> feeds) =>
        [.. feeds.Select(f => (JsonNode)new JsonObject { ["feed"] = f.ParticipantId.ToString(), ["mid"] = f.Mid })];

    private static JsonArray Descriptions(DevicesOn devices) => [.. new[] { devices.Audio, devices.Video }.OfType<(string Mid, bool IsOn)>().Select(d =>
        (JsonNode)new JsonObject { ["mid"] = d.Mid, ["description"] = d.IsOn ? On : Off })];

    private static ReceivedStream? StreamOf(JsonElement stream) =>
        stream.TryGetProperty("active", out var active) && active.GetBoolean() && stream.TryGetProperty("feed_id", out var feed)
            && Guid.TryParse(feed.GetString(), out var participant)
            ? new ReceivedStream(stream.GetProperty("mid").GetString()!, participant, stream.GetProperty("type").GetString()!) : null;

    private async Task<long> AttachAsync(CancellationToken ct) => (await AskAsync(
        new JsonObject { ["janus"] = "attach", ["session_id"] = session, ["plugin"] = JanusAdmin.Plugin }, false, ct)).GetProperty("data").GetProperty("id")
        .GetInt64();

    private Task<JsonElement> MessageAsync(long handle, JsonObject body, JsonObject? jsep, CancellationToken ct)
    {
        var message = new JsonObject { ["janus"] = "message", ["session_id"] = session, ["handle_id"] = handle, ["body"] = body };
        if (jsep is not null)
        {
            message["jsep"] = jsep;
        }

        return AskAsync(message, true, ct);
    }

    private async Task<JsonElement> AskAsync(JsonObject message, bool skipsAck, CancellationToken ct)
    {
        try
        {
            return await node.Socket.AskAsync(message, skipsAck, ct);
        }
        catch (JanusException e)
        {
            throw new MediaException(e.Message, isRefusal: true, e, e.IsGone);
        }
    }

    // By the streams of the last offer; null for a section that is not among them.
    private Guid? SenderOf(string? at) => _streams.FirstOrDefault(s => s.Mid == at)?.ParticipantId;

    private void Sends(bool sends)
    {
        DevicesOn? waiting;
        lock (_describing)
        {
            (waiting, _sends, _waiting) = (sends ? _waiting : null, sends, null);
        }

        if (waiting is not null)
        {
            // What fails is a connection that is gone; the next one is made with the devices as they are then.
            _ = Task.Run(() => DescribeAsync(waiting, CancellationToken.None));
        }
    }

    private void Handle(JsonElement message)
    {
        var sender = message.TryGetProperty("sender", out var handle) ? handle.GetInt64() : 0;
        switch (message.GetProperty("janus").GetString())
        {
            case "timeout":
                _events?.Gone(session);
                break;
            case "webrtcup" when sender == Publisher:
                Sends(true);
                break;
            // The report of an end that was asked for comes late, when something else may be sent already.
            case "hangup" when sender == Publisher && _sends:
                _events?.SendingEnded(sender);
                break;
            case "hangup" when sender == Subscriber:
                _events?.ReceivingEnded(sender);
                break;
            case "slowlink":
                // The media server counts from its own side: its uplink is what it sends.
                var received = message.GetProperty("uplink").GetBoolean();
                _events?.PacketsLost(received, received && message.TryGetProperty("mid", out var at) ? SenderOf(at.GetString()) : null);
                break;
        }
    }

    /// <summary>A section that is received.</summary>
    /// <param name="at">The section that carries it.</param>
    private sealed class Taken(string? at)
    {
        public string? At { get; set; } = at;

        /// <summary>Of the feed; null while that is not known, after a take-over.</summary>
        public long? Generation { get; set; }

        /// <summary>Null for sound.</summary>
        public PictureSize? Wanted { get; set; }

        /// <summary>The state last sent to the server; null when that is not known.</summary>
        public PictureSize? Shown { get; set; }
    }
}
