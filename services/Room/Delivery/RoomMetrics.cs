using System.Diagnostics.Metrics;

namespace GroupTherapy.Room.Delivery;

/// <summary>What Room counts for operators.</summary>
internal static class RoomMetrics
{
    public const string MeterName = "GroupTherapy.Room";
    private static readonly Meter Meter = new(MeterName);

    /// <summary>Events whose text does not open with their session's key.</summary>
    public static readonly Counter<long> UnreadableEvents = Meter.CreateCounter<long>("room.events.unreadable");
}
