using System.Collections.Concurrent;
using GroupTherapy.Platform.Data;
using GroupTherapy.Room.Delivery;
using GroupTherapy.Room.Domain;
using GroupTherapy.Room.Storage;
using Microsoft.Extensions.Logging;

namespace GroupTherapy.Room.Media;

/// <summary>
/// The calls that this process keeps: carries out at the media node the requests of participants through the hub. The right to ask is decided before, on
/// the room's state, and once more before a description is handed out.
/// </summary>
public sealed partial class MediaCalls(
    IMediaPlane plane, MediaStore store, MediaPlacement placement, MediaOptions options, LiveRooms rooms, Db db,
    ILogger<MediaCalls> log)
{
    private static readonly Refusal SendsAlready = Refusal.BadRequest("You send already. Stop that first.");
    private static readonly TimeSpan OfferLasts = TimeSpan.FromSeconds(10);

    private readonly ConcurrentDictionary<(Guid Session, Guid Participant), MediaCall> _calls = new();
    private readonly ConcurrentDictionary<Guid, RoomFeeds> _feeds = new();
    private readonly ConcurrentDictionary<Guid, SemaphoreSlim> _watching = new();

    /// <summary>A caller of the media methods: the connection, the person, and how to ask the room again.</summary>
    public sealed record Asker(RoomConnection Connection, Guid Session, Guid Participant, Func<Task<Answer<MediaGrant>>> GrantAsync);

    /// <param name="Participants">The participants who send now.</param>
    public sealed record Published(string Sdp, IReadOnlyList<MediaFeed> Participants);

    /// <param name="Fresh">The offer is for a new peer connection.</param>
    public sealed record Subscribed(MediaOffer Offer, bool Fresh);

    public bool IsOn => options.IsOn;

    /// <param name="Audio">The microphone is on.</param>
    public sealed record Devices(bool Audio, bool Video);

    /// <summary>Sends a microphone, a camera, or both; the same peer connection may negotiate again.</summary>
    public Task<Answer<Published>> PublishAsync(Asker who, string? sdp, Devices devices, CancellationToken ct) => GuardAsync<Published>(who, async grant =>
    {
        if (SdpRules.RefuseOffer(sdp, out var offer) is { } refusal)
        {
            return refusal;
        }

        var room = await placement.EnsureAsync(who.Session, grant.Plan, ct);
        var call = CallOf(who);
        using var held = await HoldAsync(call, ct);
        await JoinAsync(call, who, room, keeps: row => row.Origin == offer.Origin, ct);
        var again = call.Row!.Origin == offer.Origin;
        if (call.Row.Origin is not null && !again)
        {
            return SendsAlready;
        }

        // The row first: from here on any process that finds this participant without the right can end it.
        call.Candidates = 0;
        await store.SavePeerAsync(call.Now(row => row with
        {
            Origin = offer.Origin,
            Ufrags = string.Join(' ', offer.Ufrags),
            AudioMid = offer.MidOf("audio"),
            VideoMid = offer.MidOf("video"),
            BeganDark = again && row.VideoMid is not null ? row.BeganDark : offer.HasSizes && !grant.Rights.Video,
        }), ct);
        string answer;
        try
        {
            answer = await call.Peer!.PublishAsync(sdp!, again, OnOf(call.Row!, devices), ct);
        }
        catch (MediaException e) when (e is { IsRefusal: true, IsGone: false } && !again)
        {
            await EndAsync(call, room, ct);
            return Refusal.BadRequest("The media server cannot use this description.");
        }

        // No media flows before the browser has the answer, so feeds that it may not get can be blocked until then.
        await BlockAsync(room, call.Row!, grant.Rights, isFree: !again, ct);
        var still = await who.GrantAsync();
        if (still.Value is not { } now)
        {
            await EndAsync(call, room, ct);
            return still.Refusal!;
        }

        if (now.Rights != grant.Rights)
        {
            // Not one packet has come yet: nothing is missed.
            await store.SavePeerAsync(call.Now(row => row with { BeganDark = row.BeganDark && (again || !now.Rights.Video) }), ct);
            await BlockAsync(room, call.Row!, now.Rights, isFree: false, ct);
        }

        var feeds = await FeedsOfAsync(room, ct);
        feeds.TellNewcomers();
        return new Published(answer, feeds.Feeds);
    });

    public Task<Answer<bool>> UnpublishAsync(Asker who, CancellationToken ct) => GuardAsync<bool>(who, async _ =>
    {
        if (Own(who) is not { } call)
        {
            return true;
        }

        using var held = await HoldAsync(call, ct);
        if (call is { Peer: { } peer, Row.Origin: not null })
        {
            await AllowRefusalAsync(() => peer.UnpublishAsync(ct));
            await store.SavePeerAsync(call.Now(row => row with { Origin = null, Ufrags = null, AudioMid = null, VideoMid = null, BeganDark = false }), ct);
        }

        return true;
    });

    /// <summary>Says whom the participant wants to receive, all of them.</summary>
    /// <param name="most">How large pictures may be, as the page sees its line.</param>
    /// <param name="fresh">They have no peer connection that receives; null for whatever follows from the connection that asks.</param>
    public Task<Answer<Subscribed>> SubscribeAsync(
        Asker who, IReadOnlyList<(Guid ParticipantId, PictureSize? Picture)> wished, PictureSize most, bool? fresh, CancellationToken ct) =>
        GuardAsync<Subscribed>(who, async grant =>
        {
            var room = await placement.EnsureAsync(who.Session, grant.Plan, ct);
            var feeds = await FeedsOfAsync(room, ct);
            feeds.TellNewcomers();
            var call = CallOf(who);
            using var held = await HoldAsync(call, ct);
            var isNew = await JoinAsync(call, who, room, keeps: row => fresh == false || row.ConnectionId == who.Connection.ConnectionId, ct);
            if (fresh == false && call.Pictures.Most != PictureSize.Full)
            {
                who.Connection.Tell(MediaFrames.Pictures(call.Pictures.Most));
            }

            var starts = isNew || fresh == true || call.Peer!.Subscriber is null || call.OfferedAt < db.Clock.GetUtcNow() - OfferLasts;
            if (starts)
            {
                await StopReceivingAsync(call, ct);
            }

            call.Asked = most;
            call.Now(row => row with { Wished = MediaPeerRow.Text(wished) });
            if (call.OfferedAt is not null)
            {
                call.IsDirty = true;
                await call.Peer!.ResizeAsync(call.Most, ct);
                await store.SavePeerAsync(call.Now(), ct);
                return new Subscribed(new MediaOffer(null, []), false);
            }

            var offer = await ReceiveAsync(call, feeds, saves: true, ct);
            var still = await who.GrantAsync();
            if (still.Value is null)
            {
                await EndAsync(call, room, ct);
                return still.Refusal!;
            }

            return new Subscribed(offer, starts);
        });

    public Task<Answer<bool>> AnswerAsync(Asker who, string? sdp, CancellationToken ct) => GuardAsync<bool>(who, async grant =>
    {
        if (SdpRules.RefuseAnswer(sdp, out var summary) is { } refusal)
        {
            return refusal;
        }

        if (Own(who) is not { } call)
        {
            return Refusal.BadRequest("Nothing was offered to you here.");
        }

        using var held = await HoldAsync(call, ct);
        if (call is not { Peer: { } peer, OfferedAt: not null })
        {
            return Refusal.BadRequest("Nothing was offered to you here.");
        }

        try
        {
            await peer.AnswerAsync(sdp!, ct);
        }
        catch (MediaException e) when (e is { IsRefusal: true, IsGone: false })
        {
            return Refusal.BadRequest("The media server cannot use this description.");
        }

        (call.OfferedAt, call.Candidates, call.ReceiverUfrags) = (null, 0, summary.Ufrags);
        if (call.IsDirty)
        {
            call.IsDirty = false;
            _ = Task.Run(() => FollowAsync(call, CancellationToken.None), CancellationToken.None);
        }

        return true;
    });

    /// <param name="candidate">Empty for the end of candidates.</param>
    public Task<Answer<bool>> TrickleAsync(Asker who, bool sends, string? candidate, string? mid, int? index, CancellationToken ct) =>
        GuardAsync<bool>(who, async _ =>
        {
            if (Own(who) is not { Peer: { } peer } call)
            {
                return Refusal.BadRequest("There is no connection that this candidate could belong to.");
            }

            IReadOnlySet<string> ufrags = sends ? (call.Row?.Ufrags ?? "").Split(' ', StringSplitOptions.RemoveEmptyEntries).ToHashSet() : call.ReceiverUfrags;
            if (SdpRules.RefuseCandidate(candidate, mid, index, ufrags) is { } refusal)
            {
                return refusal;
            }

            if (++call.Candidates > MediaCall.MostCandidates)
            {
                return Refusal.TooFast;
            }

            await AllowRefusalAsync(() => peer.TrickleAsync(sends, candidate!, mid, index, ct));
            return true;
        });

    /// <summary>A participant came back with another connection: their call, if it is kept by a process that is gone, is kept here.</summary>
    public void Entered(RoomConnection connection)
    {
        if (IsOn && connection.Entry is { } entry)
        {
            FollowAsked?.Invoke();
            _ = Task.Run(() => AdoptAsync(entry.SessionId, entry.ParticipantId, connection));
        }
    }

    /// <summary>A connection ended for good: its participant's media end at once.</summary>
    public void Ended(RoomConnection connection)
    {
        if (connection.Entry is { } entry && _calls.TryGetValue((entry.SessionId, entry.ParticipantId), out var call)
            && (call.Connection is null || call.Connection == connection))
        {
            _ = Task.Run(() => EndQuietlyAsync(call, connection));
        }
    }

    private async Task<Answer<T>> GuardAsync<T>(Asker who, Func<MediaGrant, Task<Answer<T>>> act)
    {
        var answer = await GuardedAsync(who, act);
        if (answer.Refusal is { } refusal)
        {
            MediaMetrics.Refusals.Add(1, new KeyValuePair<string, object?>("code", refusal.Code));
        }

        return answer;
    }

    private async Task<Answer<T>> GuardedAsync<T>(Asker who, Func<MediaGrant, Task<Answer<T>>> act)
    {
        var granted = await who.GrantAsync();
        if (granted.Value is not { } grant)
        {
            return granted.Refusal!;
        }

        if (!IsOn)
        {
            return Refusal.MediaOff;
        }

        try
        {
            return await act(grant);
        }
        catch (MediaException e)
        {
            // The node is away or has just lost the room: it is looked at, and moved if need be.
            log.LogWarning("Media of session {Session}: {Error}", who.Session, e.Message);
            if (e.IsGone && _calls.TryGetValue((who.Session, who.Participant), out var call))
            {
                await LostAsync(call, c => c.Connection is null || c.Connection == who.Connection);
            }

            Ask(who.Session);
            return Refusal.TryAgain;
        }
    }

    private MediaCall CallOf(Asker who) => CallOf(who.Session, who.Participant);

    private MediaCall CallOf(Guid session, Guid participant) =>
        _calls.GetOrAdd((session, participant), key => new MediaCall(key.Session, key.Participant, db.Clock, Happened));

    // The call of the connection that asks; another window's is not theirs to change.
    private MediaCall? Own(Asker who) => _calls.TryGetValue((who.Session, who.Participant), out var call)
        && (call.Connection is null || call.Connection == who.Connection || call.Connection.IsEnding || rooms.Find(call.Connection.ConnectionId) is null)
        ? call : null;

    private static async Task<IDisposable> HoldAsync(MediaCall call, CancellationToken ct)
    {
        await call.Gate.WaitAsync(ct);
        return new Held(call.Gate);
    }

    private static async Task AllowRefusalAsync(Func<Task> ask)
    {
        try
        {
            await ask();
        }
        catch (MediaException e) when (e.IsRefusal)
        {
            // It is so already.
        }
    }

    private sealed class Held(SemaphoreSlim gate) : IDisposable
    {
        public void Dispose() => gate.Release();
    }
}
