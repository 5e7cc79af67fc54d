namespace GroupTherapy.Notifications.Domain;

/// <summary>Where a mail stands.</summary>
public static class MailState
{
    /// <summary>To be sent, or sent again.</summary>
    public const string Waiting = "waiting";

    /// <summary>Committed before the server is given the text: a process that dies now leaves a mail in doubt.</summary>
    public const string Sending = "sending";

    public const string Sent = "sent";

    /// <summary>The server, or its address, will not take it ever.</summary>
    public const string Refused = "refused";

    /// <summary>The server took it, and it came back later.</summary>
    public const string Bounced = "bounced";

    /// <summary>It may have arrived, and its kind is not sent twice.</summary>
    public const string InDoubt = "in-doubt";

    /// <summary>Not wanted any more when its time came: cancelled, moved, switched off, too late.</summary>
    public const string Dropped = "dropped";

    /// <summary>Its facts went out with another mail.</summary>
    public const string Merged = "merged";

    public static readonly IReadOnlyList<string> All = [Waiting, Sending, Sent, Refused, Bounced, InDoubt, Dropped, Merged];
}
