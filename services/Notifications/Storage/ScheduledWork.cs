namespace GroupTherapy.Notifications.Storage;

/// <summary>Kinds of scheduled work.</summary>
internal static class ScheduledWork
{
    /// <summary>Key: a mail.</summary>
    public const string SendMail = "mail.send";

    /// <summary>Key: a session, whose reminders are planned.</summary>
    public const string PlanReminders = "reminder.plan";

    /// <summary>Key: an account, whose profile is read.</summary>
    public const string ReadProfile = "profile.read";

    /// <summary>Repeats.</summary>
    public const string ReadStaff = "staff.read";

    /// <summary>Repeats.</summary>
    public const string ReadBounces = "bounce.read";

    /// <summary>Repeats.</summary>
    public const string RemoveOldMails = "mail.remove-old";
}
