namespace GroupTherapy.Scheduling.Storage;

/// <summary>Kinds of scheduled work; the key is the group's id where nothing else is said.</summary>
internal static class ScheduledWork
{
    /// <summary>The next week of a series without an end is due.</summary>
    public const string ExtendSeries = "series.extend";

    /// <summary>The last session of a series may be over.</summary>
    public const string CloseFinishedGroup = "group.close-finished";

    /// <summary>A booked hour whose seat may not have been confirmed.</summary>
    public const string ExpireBooking = "booking.expire";

    /// <summary>A group's coming sessions may have lost those who may lead them.</summary>
    public const string CheckCover = "cover.check";

    /// <summary>A session may have too few members; the key is the session's id.</summary>
    public const string CheckQuorum = "quorum.check";

    /// <summary>The rules of a zone may have changed; the key is the zone.</summary>
    public const string ReviseZone = "zones.revise";
}
