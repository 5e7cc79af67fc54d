using NodaTime;

namespace GroupTherapy.Notifications.Domain;

/// <summary>When a reminder goes out.</summary>
public static class ReminderRules
{
    /// <summary>How long before its session reminders are planned. Both are planned then, so that the later one can move before a quiet night.</summary>
    public static readonly TimeSpan PlannedBefore = TimeSpan.FromHours(24);

    private static readonly (MailKind Kind, TimeSpan Before, TimeSpan Latest)[] Leads =
    [
        (MailKinds.ReminderDay, TimeSpan.FromHours(24), TimeSpan.FromHours(6)),
        (MailKinds.ReminderHour, TimeSpan.FromHours(1), TimeSpan.FromMinutes(10)),
    ];

    /// <summary>The reminders of one person for one session, each with the instants between which it helps.</summary>
    public static IEnumerable<(MailKind Kind, DateTimeOffset DueAt, DateTimeOffset Until)> Of(DateTimeOffset startsAt, Preferences person, DateTimeOffset now)
    {
        foreach (var (kind, before, latest) in Leads)
        {
            if (!person.Off.Contains(kind.Code) && DueAt(startsAt - before, startsAt - latest, person, now) is { } due)
            {
                yield return (kind, due, startsAt - latest);
            }
        }
    }

    /// <summary>
    /// At the ideal instant, or now where that is over. Inside quiet hours it waits for their end; where that would be too late, it comes before they begin.
    /// </summary>
    /// <param name="latest">Later than this it is of no use.</param>
    /// <returns>Null when no instant is left.</returns>
    public static DateTimeOffset? DueAt(DateTimeOffset ideal, DateTimeOffset latest, Preferences person, DateTimeOffset now)
    {
        var due = ideal > now ? ideal : now;
        if (due > latest)
        {
            return null;
        }

        if (person.Quiet?.Around(Instant.FromDateTimeOffset(due), person.Zone) is not var (start, end))
        {
            return due;
        }

        if (end.ToDateTimeOffset() <= latest)
        {
            return end.ToDateTimeOffset();
        }

        // One minute before a quiet night that outlasts the use of the reminder.
        var eve = start.ToDateTimeOffset() - TimeSpan.FromMinutes(1);
        return eve >= now ? eve : null;
    }
}
