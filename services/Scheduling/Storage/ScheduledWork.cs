namespace GroupTherapy.Scheduling.Storage;

/// <summary>Kinds of scheduled work; the key is the group's id where nothing else is said.</summary>
internal static class ScheduledWork
{
    /// <summary>The next week of a series without an end is due.</summary>
    public const string ExtendSeries = "series.extend";

    /// <summary>The last session of a series may be over.</summary>
    public const string CloseFinishedGroup = "group.close-finished";

    /// <summary>The rules of a zone may have changed; the key is the zone.</summary>
    public const string ReviseZone = "zones.revise";
}
