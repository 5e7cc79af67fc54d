namespace GroupTherapy.Notifications.Domain;

/// <summary>The meaning of a server's refusal for an address. Pure.</summary>
public static class BounceRules
{
    /// <summary>
    /// Whether it is the address that will not take mails: there is no such mailbox or host, or it is closed (RFC 3463: X.1, X.2.1, X.4.4). A policy, a full
    /// mailbox or a fault of the server or of our own sender is no reason to leave a person without mails.
    /// </summary>
    /// <param name="status">Such as <c>5.1.1</c>; null where the server gave none.</param>
    /// <param name="reply">The SMTP reply, such as 550, where there was one.</param>
    public static bool IsOfAddress(string? status, int? reply = null)
    {
        if (status is null)
        {
            return reply is 550 or 551 or 553;
        }

        return Parts(status) is [5, 0, 0] or [5, 1, not (7 or 8)] or [5, 2, 0 or 1] or [5, 4, 4] or [5, 5, 0];
    }

    private static int[] Parts(string status) => [.. status.Split('.').Select(p => int.TryParse(p, out var number) ? number : -1)];
}

/// <summary>When members learn that no facilitator can lead their session as it stands. Pure.</summary>
public static class UncoveredRules
{
    /// <summary>The practice has until then to find a substitute; members need the rest to arrange their day.</summary>
    private static readonly TimeSpan ToldBefore = TimeSpan.FromHours(4);

    private static readonly TimeSpan ToldAfter = TimeSpan.FromMinutes(10);

    public static DateTimeOffset ToldAt(DateTimeOffset startsAt, DateTimeOffset now) =>
        startsAt - ToldBefore > now + ToldAfter ? startsAt - ToldBefore : now + ToldAfter;
}
