namespace GroupTherapy.Notifications.Domain;

/// <summary>One kind of mail and how it is treated.</summary>
/// <param name="Code">Its template's file name, and what the log of deliveries shows.</param>
/// <param name="Optional">The person may switch it off, and its mails carry the one-click unsubscribe of RFC 8058.</param>
/// <param name="AgainInDoubt">
/// A mail that may have arrived (the server died after it had the whole text) is sent again. Twice is better than never for a cancellation; not for a reminder.
/// </param>
/// <param name="Merges">Mails of this kind that wait for one person and one group become one mail.</param>
/// <param name="Attaches">Each of its sessions goes along as a calendar file that replaces the one before.</param>
/// <param name="Delay">How long a mail waits for others to merge with, in seconds.</param>
public sealed record MailKind(string Code, bool Optional = false, bool AgainInDoubt = true, bool Merges = false, bool Attaches = false, int Delay = 0);

/// <summary>Every kind of mail.</summary>
public static class MailKinds
{
    // A series that is cancelled or moved comes as one event for each session.
    private const int MergeSeconds = 3;

    // An answer may change back at once, and a seat that is at risk has a mail of its own.
    private const int SettleSeconds = 30;

    public static readonly MailKind ReminderDay = new("reminder-24h", Optional: true, AgainInDoubt: false, Attaches: true);
    public static readonly MailKind ReminderHour = new("reminder-1h", Optional: true, AgainInDoubt: false);
    public static readonly MailKind SessionCancelled = new("session-cancelled", Merges: true, Attaches: true, Delay: MergeSeconds);
    public static readonly MailKind SessionMoved = new("session-moved", Merges: true, Attaches: true, Delay: MergeSeconds);
    public static readonly MailKind FacilitatorChanged = new("facilitator-changed", Merges: true, Delay: MergeSeconds);
    public static readonly MailKind SessionAssigned = new("session-assigned", Merges: true, Attaches: true, Delay: MergeSeconds);
    public static readonly MailKind SeriesChanged = new("series-changed");
    public static readonly MailKind SeatReserved = new("seat-reserved");
    public static readonly MailKind SeatReleased = new("seat-released");
    public static readonly MailKind Enrolled = new("enrolled");
    public static readonly MailKind EnrollmentEnded = new("enrollment-ended");
    public static readonly MailKind SeatAtRisk = new("seat-at-risk");
    public static readonly MailKind SeatSafe = new("seat-safe");
    public static readonly MailKind CannotJoin = new("cannot-join", Delay: SettleSeconds);
    public static readonly MailKind CanJoinAgain = new("can-join-again", Delay: SettleSeconds);
    public static readonly MailKind SeatOffered = new("seat-offered");
    public static readonly MailKind OfferExpired = new("offer-expired");
    public static readonly MailKind Waitlisted = new("waitlisted", Optional: true, AgainInDoubt: false);
    public static readonly MailKind RequestEnded = new("request-ended");
    public static readonly MailKind RequestHeld = new("request-held");
    public static readonly MailKind CaseHeld = new("case-held");
    public static readonly MailKind CredentialEnding = new("credential-ending");
    public static readonly MailKind CredentialEndingStaff = new("credential-ending-staff");
    public static readonly MailKind SessionUncovered = new("session-uncovered");
    public static readonly MailKind SessionUnsure = new("session-unsure");
    public static readonly MailKind SessionHeld = new("session-held");
    public static readonly MailKind BreakGlassOpened = new("break-glass-opened");
    public static readonly MailKind RecordRead = new("record-read", Optional: true, AgainInDoubt: false);
    public static readonly MailKind QuorumAsked = new("quorum-asked");
    public static readonly MailKind QuorumOpen = new("quorum-open");

    /// <summary>The mails that Identity asks for. Their links are Identity's; the kinds' names too.</summary>
    public static readonly IReadOnlyList<MailKind> OfAccounts =
    [
        new("invitation"),
        new("confirm-email"),
        new("password-reset"),
        new("password-changed"),
        new("email-change"),
        new("sign-in-notice"),
        new("second-factor-changed"),
    ];

    public static readonly IReadOnlyList<MailKind> All =
    [
        ReminderDay,
        ReminderHour,
        SessionCancelled,
        SessionMoved,
        FacilitatorChanged,
        SessionAssigned,
        SeriesChanged,
        SeatReserved,
        SeatReleased,
        Enrolled,
        EnrollmentEnded,
        SeatAtRisk,
        SeatSafe,
        CannotJoin,
        CanJoinAgain,
        SeatOffered,
        OfferExpired,
        Waitlisted,
        RequestEnded,
        RequestHeld,
        CaseHeld,
        CredentialEnding,
        CredentialEndingStaff,
        SessionUncovered,
        SessionUnsure,
        SessionHeld,
        BreakGlassOpened,
        RecordRead,
        QuorumAsked,
        QuorumOpen,
        .. OfAccounts,
    ];

    public static readonly IReadOnlyList<string> Optional = [.. All.Where(k => k.Optional).Select(k => k.Code)];

    private static readonly Dictionary<string, MailKind> ByCode = All.ToDictionary(k => k.Code);

    /// <returns>Null for a kind that this release does not know.</returns>
    public static MailKind? Find(string code) => ByCode.GetValueOrDefault(code);

    public static bool IsOfAccounts(MailKind kind) => OfAccounts.Contains(kind);
}
