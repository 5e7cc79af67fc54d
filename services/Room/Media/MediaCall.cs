using System.Collections.Concurrent;
using GroupTherapy.Room.Delivery;
using GroupTherapy.Room.Domain;
using GroupTherapy.Room.Storage;

namespace GroupTherapy.Room.Media;

/// <summary>One participant's connections at the media node, as this process keeps them. Used by one caller at a time, under <see cref="Gate"/>.</summary>
internal sealed class MediaCall(Guid session, Guid participant, TimeProvider clock, Action<MediaCall, MediaCall.Happened, long> happened) : IMediaPeerEvents
{
    /// <summary>Candidates between two descriptions; a browser has a dozen.</summary>
    public const int MostCandidates = 64;

    /// <summary>A report of the media node.</summary>
    public enum Happened
    {
        SendingEnded,
        ReceivingEnded,
        Gone,
        SendingLossy,
        ReceivingLossy,
    }

    public SemaphoreSlim Gate { get; } = new(1);

    public Guid Session => session;

    public Guid Participant => participant;

    /// <summary>Null until it joined, and after it is gone.</summary>
    public IMediaPeer? Peer { get; private set; }

    public MediaPeerRow? Row { get; private set; }

    /// <summary>The hub connection that has the call.</summary>
    public RoomConnection? Connection
    {
        get;
        set
        {
            if (OfferedAt is not null && field != value)
            {
                // An offer to a connection that is gone gets no answer.
                OfferedAt = DateTimeOffset.MinValue;
            }

            field = value;
        }
    }

    /// <summary>When the offer was made that waits for its answer; null when none does.</summary>
    public DateTimeOffset? OfferedAt { get; set; }

    /// <summary>The wish has changed since the offer that waits for its answer.</summary>
    public bool IsDirty { get; set; }

    public int Candidates { get; set; }

    /// <summary>How large the pictures are that this person's line carries.</summary>
    public PictureState Pictures { get; set; } = PictureState.Begun;

    /// <summary>When packets of each sender to this person were lost last.</summary>
    public ConcurrentDictionary<Guid, DateTimeOffset> LostOf { get; } = new();

    /// <summary>How large pictures may be as the page itself asked.</summary>
    public PictureSize Asked { get; set; } = PictureSize.Full;

    public PictureSize Most => PictureRules.Smaller(Pictures.Most, Asked);

    /// <summary>The node told that this participant sends.</summary>
    public bool IsSeen { get; set; }

    /// <summary>Fragments of the connection that receives; candidates of another are refused.</summary>
    public IReadOnlySet<string> ReceiverUfrags { get; set; } = new HashSet<string>();

    public bool IsAt(MediaRoomRow room) => Peer is not null && Row is { } row && row.Node == room.Node && row.Epoch == room.Epoch;

    /// <summary>When this process began to keep it.</summary>
    public DateTimeOffset BegunAt { get; private set; }

    public void Begin(IMediaPeer peer, MediaPeerRow row, DateTimeOffset now)
    {
        (Peer, Row, OfferedAt, IsDirty, Candidates, BegunAt, Pictures) = (peer, row, null, false, 0, now, PictureState.Begun);
        (ReceiverUfrags, IsSeen) = (new HashSet<string>(), false);
        LostOf.Clear();
    }

    /// <summary>Keeps the row true to the peer.</summary>
    public MediaPeerRow Now(Func<MediaPeerRow, MediaPeerRow>? change = null)
    {
        var row = Row! with { Subscriber = Peer!.Subscriber, Received = MediaPeerRow.Text(Peer.Received) };
        return Row = change is null ? row : change(row);
    }

    public void Clear()
    {
        Peer?.Forget();
        (Peer, Row, OfferedAt, IsDirty) = (null, null, null, false);
    }

    void IMediaPeerEvents.SendingEnded(long publisher) => happened(this, Happened.SendingEnded, publisher);

    void IMediaPeerEvents.ReceivingEnded(long subscriber) => happened(this, Happened.ReceivingEnded, subscriber);

    void IMediaPeerEvents.Gone(long remoteSession) => happened(this, Happened.Gone, remoteSession);

    void IMediaPeerEvents.PacketsLost(bool received, Guid? of)
    {
        if (of is { } sender)
        {
            LostOf[sender] = clock.GetUtcNow();
        }

        happened(this, received ? Happened.ReceivingLossy : Happened.SendingLossy, 0);
    }
}
