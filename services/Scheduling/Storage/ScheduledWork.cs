namespace GroupTherapy.Scheduling.Storage;

/// <summary>Kinds of scheduled work; the key of both is the group's id.</summary>
internal static class ScheduledWork
{
    /// <summary>The next week of a series without an end is due.</summary>
    public const string ExtendSeries = "series.extend";

    /// <summary>The last session of a series may be over.</summary>
    public const string CloseFinishedGroup = "group.close-finished";
}
