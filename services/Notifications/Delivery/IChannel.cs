namespace GroupTherapy.Notifications.Delivery;

/// <summary>A rendered notification for one address.</summary>
/// <param name="Id">The mail's; makes its Message-ID, so that a mail that is sent again is the same mail to a reader who has it already.</param>
/// <param name="Unsubscribe">Address of the one-click unsubscribe (RFC 8058); null for a mail that cannot be switched off.</param>
/// <param name="Calendars">iCalendar files to attach; null for none.</param>
public sealed record Letter(Guid Id, string To, string Subject, string Plain, string Html, string? Unsubscribe = null, IReadOnlyList<string>? Calendars = null);

/// <summary>The outcome of an attempt.</summary>
public enum Outcome
{
    /// <summary>The receiving side has taken it over.</summary>
    Accepted,

    /// <summary>Certainly not taken over; worth another attempt.</summary>
    Later,

    /// <summary>The server itself is away or refuses us: no letter is to blame.</summary>
    ServerAway,

    /// <summary>Certainly not taken over, and it never will be.</summary>
    Refused,

    /// <summary>As <see cref="Refused"/>, because of the address.</summary>
    BadAddress,

    /// <summary>The whole letter went out and no answer came: it may have been taken over.</summary>
    Unknown,
}

/// <param name="Code">Such as <c>550 5.1.1</c> or <c>timeout</c>; never the other side's words, which may repeat the address.</param>
public sealed record DeliveryResult(Outcome Outcome, string? Code = null);

/// <summary>A way to reach a person. Mail is the only one; SMS and push would be others, chosen by the person's preferences.</summary>
public interface IChannel
{
    /// <summary>Hands one letter over. Whatever goes wrong is a value.</summary>
    Task<DeliveryResult> DeliverAsync(Letter letter, CancellationToken ct);
}
