using GroupTherapy.Room.Delivery;
using GroupTherapy.Room.Domain;
using Microsoft.AspNetCore.SignalR;
using Microsoft.Extensions.Logging;

namespace GroupTherapy.Room.Hub;

/// <summary>Gives every connection its own writer. No group names exist: the receivers follow from the log.</summary>
internal sealed class RoomLifetime(LiveRooms rooms, TimeProvider clock, ILogger<DefaultHubLifetimeManager<RoomHub>> log)
    : DefaultHubLifetimeManager<RoomHub>(log)
{
    // Entered or not: beyond this number a caller's oldest connection that never entered is closed, so that no caller can use up the node.
    private const int OpenPerAccount = 16;

    public override Task OnConnectedAsync(HubConnectionContext connection)
    {
        var opened = new RoomConnection(connection, clock);
        connection.Items[typeof(RoomConnection)] = opened;
        var mine = rooms.Opened(opened).Where(c => !c.IsEnding).ToList();
        // Two that open at once see the same oldest one: each closes all that are too many, not one.
        foreach (var surplus in mine.Where(c => c.Entry is null).OrderBy(c => c.OpenedAt).Take(mine.Count - OpenPerAccount))
        {
            surplus.End(EndReasons.Replaced);
        }

        return base.OnConnectedAsync(connection);
    }

    /// <summary>The connection behind a hub call.</summary>
    public static RoomConnection Of(HubCallerContext context) => (RoomConnection)context.Items[typeof(RoomConnection)]!;
}
