using GroupTherapy.Room.Domain;
using GroupTherapy.Room.Storage;

namespace GroupTherapy.Room.Media;

/// <summary>Which node a room is on: chosen when it opens, again when its node is down. Only one process's choice counts.</summary>
public sealed class MediaPlacement(IMediaPlane plane, MediaStore store)
{
    /// <summary>The room of a session, placed and open at its node.</summary>
    /// <exception cref="MediaException">No node can take it.</exception>
    public async Task<MediaRoomRow> EnsureAsync(Guid session, MediaPlan plan, CancellationToken ct)
    {
        var pairs = PairsOf(plan.Seats);
        var room = await store.RoomAsync(session, ct);
        if (room is not { ClosedAt: null })
        {
            room = await store.PlaceAsync(session, await ChooseAsync(null, ct), pairs, ct);
        }

        if (plane.Find(room.Node) is not { IsUp: true })
        {
            room = await MoveAsync(room, ct);
        }

        // The room existed at the node and does not any more: the node was restarted, and all its connections are gone.
        // Read before the room is made: participants who come from then on are in the new one.
        var before = await store.PeersAsync(session, ct);
        if (await plane.OpenRoomAsync(room, plan.Seats, ct) && before.Any(p => p.Epoch == room.Epoch))
        {
            room = await MoveAsync(room, ct);
            await plane.OpenRoomAsync(room, plan.Seats, ct);
        }

        return room;
    }

    private async Task<MediaRoomRow> MoveAsync(MediaRoomRow room, CancellationToken ct)
    {
        var moved = await store.MoveAsync(room, await ChooseAsync(room.Node, ct), ct);
        MediaMetrics.Moves.Add(1);
        return moved;
    }

    // The node with the least expected load of its rooms; a node that a room has just left only if there is no other.
    private async Task<string> ChooseAsync(string? left, CancellationToken ct)
    {
        var (loads, draining) = (await store.LoadsAsync(ct), await store.DrainingAsync(ct));
        var choice = plane
            .Nodes.Where(n => n.IsUp && !draining.Contains(n.Name))
            .OrderBy(n => n.Name == left)
            .ThenBy(n => (double)loads.GetValueOrDefault(n.Name) / n.Capacity)
            .ThenBy(n => n.Name, StringComparer.Ordinal)
            .FirstOrDefault();
        return choice?.Name ?? throw new MediaException("No media node can take a room now", isRefusal: false);
    }

    private static int PairsOf(int people) => people * Math.Max(people - 1, 1);
}
