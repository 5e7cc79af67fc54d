using System.Diagnostics.Metrics;

namespace GroupTherapy.Room.Storage;

/// <summary>What Room counts for operators.</summary>
internal static class RoomMetrics
{
    public const string MeterName = "GroupTherapy.Room";
    private static readonly Meter Meter = new(MeterName);

    public static readonly Counter<long> UnreadableEvents = Meter.CreateCounter<long>("grouptherapy.room.events.unreadable", "{event}",
        "Events whose text does not open with their session's key.");

    public static readonly Counter<long> Loads = Meter.CreateCounter<long>("grouptherapy.room.loads", "{batch}",
        "Batches whose rooms were loaded before they were decided on.");
}
