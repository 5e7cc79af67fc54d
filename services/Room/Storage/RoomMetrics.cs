using System.Diagnostics.Metrics;

namespace GroupTherapy.Room.Storage;

/// <summary>The metrics of Room.</summary>
internal static class RoomMetrics
{
    public const string MeterName = "GroupTherapy.Room";
    private static readonly Meter Meter = new(MeterName);

    public static readonly Counter<long> UnreadableEvents = Meter.CreateCounter<long>(
        "grouptherapy.room.events.unreadable",
        "{event}",
        "Events whose text does not open with their session's key."
    );

    public static readonly Counter<long> Loads = Meter.CreateCounter<long>(
        "grouptherapy.room.loads",
        "{batch}",
        "Batches whose rooms were loaded before they were decided on."
    );

    public static readonly Histogram<double> DeliveryLag = Meter.CreateHistogram<double>(
        "grouptherapy.room.delivery.lag",
        "s",
        "From the instant of an event to its turn for delivery on this node."
    );

    public static readonly Counter<long> SlowConsumers = Meter.CreateCounter<long>(
        "grouptherapy.room.slow_consumers",
        "{read}",
        "Reads of the log for a connection that fell behind this node's memory."
    );

    public static readonly Counter<long> RedisReconnects = Meter.CreateCounter<long>(
        "grouptherapy.room.redis.reconnects",
        "{reconnect}",
        "Times that the connection to Redis came back."
    );

    public static readonly UpDownCounter<long> Connections = Meter.CreateUpDownCounter<long>(
        "grouptherapy.room.connections",
        "{connection}",
        "Open hub connections of this node."
    );

    public static readonly UpDownCounter<long> Rooms = Meter.CreateUpDownCounter<long>("grouptherapy.room.rooms", "{room}", "Rooms that this node serves.");
}
