using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json.Nodes;
using GroupTherapy.Room.Storage;
using Microsoft.Extensions.Logging;

namespace GroupTherapy.Room.Media;

/// <summary>The media plane on Janus nodes.</summary>
internal sealed class JanusMediaPlane : IMediaPlane, IAsyncDisposable
{
    // Enough for 640x480 in three layers; a room of twelve asks a phone for the lower ones.
    private const int Bitrate = 800_000;
    private readonly HttpClient _http = new(new SocketsHttpHandler { MaxConnectionsPerServer = 8, PooledConnectionLifetime = TimeSpan.FromMinutes(2) });
    private readonly Dictionary<string, JanusNode> _nodes;

    public JanusMediaPlane(MediaOptions options, ILogger<JanusMediaPlane> log, TimeProvider clock)
    {
        _nodes = options.Nodes.ToDictionary(n => n.Name, n => new JanusNode(n, _http, log, clock), StringComparer.Ordinal);
        Nodes = [.. _nodes.Values];
    }

    public IReadOnlyList<IMediaNode> Nodes { get; }

    internal IEnumerable<JanusNode> Janus => _nodes.Values;

    public IMediaNode? Find(string node) => _nodes.GetValueOrDefault(node);

    public async Task<bool> OpenRoomAsync(MediaRoomRow room, int seats, CancellationToken ct)
    {
        var node = Node(room.Node);
        return await AllowAsync(
            JanusException.RoomExists,
            () =>
                node.Admin.RoomAsync(
                    new JsonObject
                    {
                        ["request"] = "create",
                        ["admin_key"] = node.Options.RoomKey,
                        ["room"] = room.Name,
                        ["secret"] = SecretOf(node, room.Name),
                        ["permanent"] = false,
                        ["is_private"] = true,
                        ["require_pvtid"] = true,
                        ["notify_joining"] = false,
                        ["publishers"] = seats,
                        ["bitrate"] = Bitrate,
                        ["bitrate_cap"] = true,
                        ["fir_freq"] = 0,
                        ["audiocodec"] = "opus",
                        ["videocodec"] = "vp8",
                        ["opus_fec"] = true,
                        ["opus_dtx"] = true,
                        ["audiolevel_event"] = true,
                        ["audio_active_packets"] = 25,
                        ["audio_level_average"] = 45,
                        ["record"] = false,
                        ["lock_record"] = true,
                    },
                    ct
                )
        );
    }

    public async Task CloseRoomAsync(string node, string name, CancellationToken ct)
    {
        var janus = Node(node);
        var request = new JsonObject
        {
            ["request"] = "destroy",
            ["room"] = name,
            ["secret"] = SecretOf(janus, name),
        };
        await AllowAsync(JanusException.NoSuchRoom, () => janus.Admin.RoomAsync(request, ct));
    }

    public async Task<IReadOnlyList<string>> RoomsAsync(string node, CancellationToken ct)
    {
        var janus = Node(node);
        var answer = await ToldAsync(() => janus.Admin.RoomAsync(new JsonObject { ["request"] = "list", ["admin_key"] = janus.Options.RoomKey }, ct));
        return [.. answer.GetProperty("list").EnumerateArray().Select(r => r.GetProperty("room").GetString()!)];
    }

    public async Task<IReadOnlyList<Guid>> PresentAsync(MediaRoomRow room, CancellationToken ct)
    {
        var answer = await ToldAsync(() => Node(room.Node).Admin.RoomAsync(new JsonObject { ["request"] = "listparticipants", ["room"] = room.Name }, ct));
        return
        [
            .. answer
                .GetProperty("participants")
                .EnumerateArray()
                .Select(p => p.GetProperty("id").GetString())
                .Where(id => Guid.TryParse(id, out _))
                .Select(id => Guid.Parse(id!, CultureInfo.InvariantCulture)),
        ];
    }

    public Task BlockAsync(MediaRoomRow room, Guid participant, string mid, bool blocks, CancellationToken ct) =>
        AllowAsync(
            JanusException.NoSuchFeed,
            () =>
                Node(room.Node)
                    .Admin.RoomAsync(
                        new JsonObject
                        {
                            ["request"] = "moderate",
                            ["room"] = room.Name,
                            ["secret"] = SecretOf(Node(room.Node), room.Name),
                            ["id"] = participant.ToString(),
                            ["mid"] = mid,
                            ["mute"] = blocks,
                        },
                        ct
                    )
        );

    public async Task EndAsync(MediaRoomRow room, Guid participant, long? remoteSession, CancellationToken ct)
    {
        var node = Node(room.Node);
        // The session first: with it goes what they receive, which a kick leaves.
        if (remoteSession is { } session)
        {
            node.Socket.Forget(session);
            await AllowAsync(JanusException.NoSuchSession, () => node.Admin.EndSessionAsync(session, ct));
        }

        var (name, id) = (room.Name, participant.ToString());
        var kick = new JsonObject
        {
            ["request"] = "kick",
            ["room"] = name,
            ["secret"] = SecretOf(node, name),
            ["id"] = id,
        };
        await AllowAsync(JanusException.NoSuchFeed, () => node.Admin.RoomAsync(kick, ct), JanusException.NoSuchRoom);
    }

    public async Task<IMediaPeer> JoinAsync(MediaRoomRow room, Guid participant, IMediaPeerEvents events, CancellationToken ct)
    {
        var node = Node(room.Node);
        return await ToldAsync(async () =>
        {
            var peer = node.Peer(await node.NewSessionAsync(ct));
            try
            {
                await peer.JoinAsync(room.Name, participant.ToString(), events, ct);
            }
            catch (MediaException e) when (e.InnerException is JanusException { Code: JanusException.ParticipantExists })
            {
                // A session of theirs that no process keeps any more would keep them out until it times out.
                await peer.EndAsync(ct);
                await EndAsync(room, participant, null, ct);
                peer = node.Peer(await node.NewSessionAsync(ct));
                await peer.JoinAsync(room.Name, participant.ToString(), events, ct);
            }

            return peer;
        });
    }

    public async Task<IMediaPeer?> ClaimAsync(MediaPeerRow peer, IMediaPeerEvents events, CancellationToken ct)
    {
        var claimed = Node(peer.Node).Peer(peer.RemoteSession);
        var room = $"{peer.SessionId:n}-{peer.Epoch}";
        var isThere = await AllowAsync(JanusException.NoSuchSession, () => claimed.ClaimAsync(room, peer, events, ct));
        return isThere ? claimed : null;
    }

    public async Task<IMediaWatch> WatchAsync(MediaRoomRow room, IMediaWatcher watcher, IReadOnlyCollection<MediaFeed> known, CancellationToken ct) =>
        await ToldAsync(() => JanusWatch.StartAsync(Node(room.Node), room.Name, watcher, known, ct));

    public async ValueTask DisposeAsync()
    {
        foreach (var node in _nodes.Values)
        {
            await node.DisposeAsync();
        }

        _http.Dispose();
    }

    // The key of one room for callers of the node's API. Any process can compute it, also for rooms that no row names any more.
    private static string SecretOf(JanusNode node, string room) =>
        Convert.ToHexStringLower(HMACSHA256.HashData(Encoding.UTF8.GetBytes(node.Options.RoomKey), Encoding.UTF8.GetBytes(room)))[..32];

    private JanusNode Node(string name) => _nodes.GetValueOrDefault(name) ?? throw new MediaException($"There is no media node {name}", isRefusal: false);

    private static async Task<T> ToldAsync<T>(Func<Task<T>> ask)
    {
        try
        {
            return await ask();
        }
        catch (JanusException e)
        {
            throw new MediaException(e.Message, isRefusal: true, e);
        }
    }

    /// <returns>False when Janus refused with a number that only says that it is so already.</returns>
    private static async Task<bool> AllowAsync(int known, Func<Task> ask, int? other = null)
    {
        try
        {
            await ask();
            return true;
        }
        catch (JanusException e) when (e.Code == known || e.Code == other)
        {
            return false;
        }
        catch (JanusException e)
        {
            throw new MediaException(e.Message, isRefusal: true, e);
        }
    }
}
