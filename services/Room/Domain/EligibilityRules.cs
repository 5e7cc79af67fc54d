namespace GroupTherapy.Room.Domain;

/// <summary>An announcement that a permit ends: how long before, and when it is due.</summary>
public sealed record Announcement(int Minutes, DateTimeOffset DueAt);

/// <summary>The warnings to a member before and when their permit ends, with their times. Pure.</summary>
public static class EligibilityRules
{
    /// <summary>Announced this many minutes before, the longest first.</summary>
    public static readonly IReadOnlyList<int> AnnouncedBefore = [5, 1];

    /// <summary>Time to read the last words before the connection closes.</summary>
    public static readonly TimeSpan ReadingTime = TimeSpan.FromSeconds(3);

    public const string EndedText =
        "We had to take you out of the room, because your session cannot be offered where you are right now. "
        + "You did nothing wrong, and your facilitator knows. "
        + "Please call your practice about what comes next. If you need someone now, call or text 988.";

    /// <summary>For whom it is not the place they are in: their seat is gone, or the group ended.</summary>
    public const string SeatEndedText =
        "We had to take you out of the room, because your place in this group has ended. You did nothing wrong, and your facilitator knows. "
        + "Please call your practice about what comes next. If you need someone now, call or text 988.";

    /// <summary>Announcements that are due before a permit's end. One whose moment has passed is due at once, unless a later one is due as well.</summary>
    /// <param name="lastSecond">The room cannot last longer; an end after it concerns no participant.</param>
    /// <param name="warnedUntil">The end that was announced last.</param>
    /// <param name="warnedMinutes">The fewest minutes before it that were announced.</param>
    public static IReadOnlyList<Announcement> Due(
        DateTimeOffset? until,
        DateTimeOffset lastSecond,
        DateTimeOffset? warnedUntil,
        int? warnedMinutes,
        DateTimeOffset now
    )
    {
        if (until is not { } end || end > lastSecond || end <= now)
        {
            return [];
        }

        var due = new List<Announcement>();
        foreach (var minutes in AnnouncedBefore)
        {
            var at = end.AddMinutes(-minutes);
            var isTold = warnedUntil == end && warnedMinutes <= minutes;
            if (at > now)
            {
                due.Add(new Announcement(minutes, at));
            }
            else if (!isTold)
            {
                due.RemoveAll(d => d.DueAt <= now);
                due.Add(new Announcement(minutes, now));
            }
        }

        return due;
    }

    public static string EndingText(int minutes) =>
        $"In {(minutes == 1 ? "one minute" : $"{minutes} minutes")} your place in this session has to be checked again, "
        + "and we may have to pause it then. You did nothing wrong, "
        + "and your facilitator knows. You can take your leave, or write to the facilitators. If you need someone now, call or text 988.";
}
