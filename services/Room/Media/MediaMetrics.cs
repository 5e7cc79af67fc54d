using System.Diagnostics.Metrics;
using GroupTherapy.Room.Storage;

namespace GroupTherapy.Room.Media;

/// <summary>The metrics of the media plane.</summary>
internal static class MediaMetrics
{
    private static readonly Meter Meter = new(RoomMetrics.MeterName);

    public static readonly UpDownCounter<long> Calls = Meter.CreateUpDownCounter<long>(
        "grouptherapy.room.media.calls",
        "{call}",
        "Participants whose connections at a media node this process keeps."
    );

    public static readonly UpDownCounter<long> NodesUp = Meter.CreateUpDownCounter<long>(
        "grouptherapy.room.media.nodes_up",
        "{node}",
        "Media nodes that answer this process, by node."
    );

    public static readonly Counter<long> Moves = Meter.CreateCounter<long>(
        "grouptherapy.room.media.moves",
        "{room}",
        "Rooms that were moved because their media node was down or had lost them."
    );

    public static readonly Counter<long> Ended = Meter.CreateCounter<long>(
        "grouptherapy.room.media.ended",
        "{call}",
        "Connections that were ended because the room's state no longer allowed them."
    );

    public static readonly Counter<long> Refusals = Meter.CreateCounter<long>(
        "grouptherapy.room.media.refusals",
        "{call}",
        "Calls of the media plane that were refused, by code."
    );

    public static readonly Counter<long> Resized = Meter.CreateCounter<long>(
        "grouptherapy.room.media.resized",
        "{call}",
        "Times that the pictures a person receives became smaller, were paused, or came back, by the size that they have now."
    );

    public static readonly Histogram<double> Reconciled = Meter.CreateHistogram<double>(
        "grouptherapy.room.media.reconcile",
        "s",
        "Time until a media node agrees with a room, from the commit that changed it where this process made that."
    );
}
