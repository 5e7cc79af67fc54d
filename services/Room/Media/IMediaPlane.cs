using GroupTherapy.Room.Domain;
using GroupTherapy.Room.Storage;

namespace GroupTherapy.Room.Media;

/// <summary>The media that a participant sends at this moment.</summary>
/// <param name="AudioMid">The section of their sound in their session description; null for none. The same for pictures.</param>
/// <param name="Generation">Another one when they stopped and began anew: the feed received before is gone.</param>
/// <param name="AudioOn">Their microphone is on. The same for their camera.</param>
public sealed record MediaFeed(
    Guid ParticipantId,
    string? AudioMid,
    string? VideoMid,
    bool AudioBlocked,
    bool VideoBlocked,
    long Generation = 0,
    bool AudioOn = true,
    bool VideoOn = true
);

/// <summary>A media section that a participant sends, as another wants to receive it.</summary>
/// <param name="Size">Of a picture; null for sound.</param>
public sealed record FeedSection(Guid ParticipantId, string Mid, long Generation, PictureSize? Size = null);

/// <summary>Which devices of a participant are on, by the sections that carry them.</summary>
public sealed record DevicesOn((string Mid, bool IsOn)? Audio, (string Mid, bool IsOn)? Video);

/// <summary>The section of another participant's sound or picture in a participant's receiving description.</summary>
public sealed record ReceivedStream(string Mid, Guid ParticipantId, string Kind);

/// <summary>An offer of the media server, to be answered by the participant's browser.</summary>
/// <param name="Sdp">Null when nothing has to be negotiated.</param>
public sealed record MediaOffer(string? Sdp, IReadOnlyList<ReceivedStream> Streams);

/// <summary>The media server refused, or did not answer.</summary>
public sealed class MediaException(string message, bool isRefusal, Exception? cause = null, bool isGone = false) : Exception(message, cause)
{
    /// <summary>The session or the room does not exist any more.</summary>
    public bool IsGone => isGone;

    /// <summary>The request was wrong; otherwise the node is away.</summary>
    public bool IsRefusal => isRefusal;
}

/// <summary>
/// The media server's reports about the connections of one participant. Each names what it is about: when it comes, they may have other connections.
/// </summary>
public interface IMediaPeerEvents
{
    /// <summary>Their publishing ended: their browser closed it, or lost the connection.</summary>
    void SendingEnded(long publisher);

    /// <summary>Their receiving ended.</summary>
    void ReceivingEnded(long subscriber);

    /// <summary>Everything of theirs in this session at the node is gone.</summary>
    void Gone(long remoteSession);

    /// <param name="received">Packets to the participant are lost; otherwise packets from them.</param>
    /// <param name="of">The sender of the packets to the participant; null when that is not known.</param>
    void PacketsLost(bool received, Guid? of);
}

/// <summary>A participant at the media server: one connection that sends and one that receives.</summary>
public interface IMediaPeer
{
    long RemoteSession { get; }

    long Publisher { get; }

    long PrivateId { get; }

    /// <summary>Null while they receive nothing.</summary>
    long? Subscriber { get; }

    /// <summary>The sections that they receive, and the section of theirs that carries each; null while that is not known.</summary>
    IReadOnlyCollection<(Guid ParticipantId, string Mid, string? At)> Received { get; }

    /// <param name="again">The same peer connection negotiates anew.</param>
    /// <returns>The answer's description.</returns>
    Task<string> PublishAsync(string sdp, bool again, DevicesOn devices, CancellationToken ct);

    /// <summary>Has the others told which devices are on.</summary>
    Task DescribeAsync(DevicesOn devices, CancellationToken ct);

    Task UnpublishAsync(CancellationToken ct);

    /// <summary>Changes what is received to these sections of these feeds. To be called only when no offer waits for its answer.</summary>
    /// <param name="most">How large pictures may be, whatever is wanted.</param>
    Task<MediaOffer> ReceiveAsync(IReadOnlyCollection<FeedSection> wanted, PictureSize most, CancellationToken ct);

    /// <summary>Makes pictures that are received smaller, pauses them, or brings them back; nothing is negotiated.</summary>
    Task ResizeAsync(PictureSize most, CancellationToken ct);

    Task AnswerAsync(string sdp, CancellationToken ct);

    /// <summary>Drops the connection that receives.</summary>
    Task StopReceivingAsync(CancellationToken ct);

    /// <param name="candidate">Empty for the end of candidates.</param>
    Task TrickleAsync(bool sends, string candidate, string? mid, int? index, CancellationToken ct);

    Task KeepAliveAsync(CancellationToken ct);

    /// <summary>Ends everything of theirs at the node.</summary>
    Task EndAsync(CancellationToken ct);

    /// <summary>Forgets it here without ending it there.</summary>
    void Forget();
}

/// <summary>The senders of one room, as the media server reports them.</summary>
public interface IMediaWatch : IAsyncDisposable
{
    Task KeepAliveAsync(CancellationToken ct);
}

/// <summary>Receives what a watch sees. Calls come one after the other.</summary>
public interface IMediaWatcher
{
    void FeedsAre(IReadOnlyList<MediaFeed> feeds);

    void Speaks(Guid participant, bool isSpeaking);

    void WatchLost();
}

/// <summary>The media server (SFU): rooms on nodes. All that is asked of it may be asked again; its rules are Room's.</summary>
public interface IMediaPlane
{
    IReadOnlyList<IMediaNode> Nodes { get; }

    IMediaNode? Find(string node);

    /// <returns>True when the room was not there before.</returns>
    Task<bool> OpenRoomAsync(MediaRoomRow room, int seats, CancellationToken ct);

    Task CloseRoomAsync(string node, string name, CancellationToken ct);

    /// <summary>Names of the rooms on a node.</summary>
    Task<IReadOnlyList<string>> RoomsAsync(string node, CancellationToken ct);

    /// <summary>Participants that the node has in a room, whether they send or not.</summary>
    Task<IReadOnlyList<Guid>> PresentAsync(MediaRoomRow room, CancellationToken ct);

    /// <summary>Whether others receive a section of what a participant sends.</summary>
    Task BlockAsync(MediaRoomRow room, Guid participant, string mid, bool blocks, CancellationToken ct);

    /// <summary>Ends everything that a participant has at the node.</summary>
    Task EndAsync(MediaRoomRow room, Guid participant, long? remoteSession, CancellationToken ct);

    Task<IMediaPeer> JoinAsync(MediaRoomRow room, Guid participant, IMediaPeerEvents events, CancellationToken ct);

    /// <summary>Takes a participant's session over from another process.</summary>
    /// <returns>Null when it is not there any more.</returns>
    Task<IMediaPeer?> ClaimAsync(MediaPeerRow peer, IMediaPeerEvents events, CancellationToken ct);

    /// <param name="known">The senders that an earlier watch of this process saw there.</param>
    Task<IMediaWatch> WatchAsync(MediaRoomRow room, IMediaWatcher watcher, IReadOnlyCollection<MediaFeed> known, CancellationToken ct);
}

/// <summary>One media server.</summary>
public interface IMediaNode
{
    string Name { get; }

    int Capacity { get; }

    /// <summary>It answers.</summary>
    bool IsUp { get; }

    /// <summary>Its state changed, or its connection was made anew: it may have been started again, without its rooms.</summary>
    event Action<IMediaNode>? Changed;
}
