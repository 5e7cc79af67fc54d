namespace GroupTherapy.Description;

/// <summary>What is known of a field beyond its C# type.</summary>
/// <param name="Values">A closed set; generated clients get it as a union.</param>
/// <param name="Format">One of <see cref="TextFormats"/>.</param>
/// <param name="MaxLength">Unicode scalar values.</param>
internal sealed record Field(
    IReadOnlyList<string>? Values = null, string? Format = null, string? Pattern = null, int? MaxLength = null, long? Min = null, long? Max = null,
        string? Example = null);

/// <summary>
/// The vocabulary of the API: closed sets, formats, bounds and examples by field name. A name means the same in every service; where it does not,
/// <c>Schema.field</c> stands beside it and wins.
/// </summary>
internal static class Fields
{
    private static readonly string[] SeatStatus = ["reserved", "enrolled", "waitlisted", "offered", "held", "ended"];
    private static readonly string[] SessionStatus = ["scheduled", "open", "live", "held", "ended", "cancelled"];
    private static readonly string[] AttendanceStatus = ["expected", "waiting", "present", "no_show", "excused", "refused_for_place"];
    private static readonly string[] Corrected = ["excused", "present", "no_show"];
    private static readonly string[] CredentialStatus = ["active", "inactive", "suspended", "revoked", "pending"];
    private static readonly string[] RuleSetStatus = ["draft", "in_review", "published", "withdrawn"];
    private static readonly string[] Outcome = ["allow", "allow_with_conditions", "hold", "deny"];

    private static readonly string[] OptionalMails = ["reminder-24h", "reminder-1h", "waitlisted"];
    private static readonly string[] MailState = ["waiting", "sending", "sent", "refused", "in-doubt", "dropped", "merged"];
    private static readonly string[] Mails =
    [
        "reminder-24h", "reminder-1h", "session-cancelled", "session-moved", "facilitator-changed", "session-assigned", "series-changed",
        "seat-reserved", "seat-released", "enrolled", "enrollment-ended", "seat-at-risk", "seat-safe", "cannot-join", "can-join-again", "seat-offered",
        "offer-expired", "waitlisted",
        "request-ended", "request-held", "case-held", "credential-ending", "credential-ending-staff", "session-uncovered", "quorum-asked",
        "quorum-open", "invitation", "confirm-email", "password-reset", "password-changed", "email-change", "sign-in-notice",
        "second-factor-changed",
    ];

    private static readonly Dictionary<string, Field> Known = new()
    {
        // Closed sets.
        ["outcome"] = new(Outcome),
        ["serviceClass"] = new(["psychotherapy_group", "psychotherapy_individual", "skills_education", "intake"]),
        ["alternatives"] = new(["psychotherapy_group", "psychotherapy_individual", "skills_education", "intake"]),
        ["modality"] = new(["video", "in_person"]),
        ["camera"] = new(["optional", "expected", "off"]),
        ["point"] = new(["catalogue", "seat_hold", "enrol", "waitlist_offer", "precheck", "join", "rejoin", "recheck", "substitution"]),
        ["roles"] = new(["member", "facilitator", "operator"]),
        ["role"] = new(["lead", "co_facilitator", "observer", "member"]),
        ["phase"] = new(["scheduled", "lobby", "live", "held", "ended"]),
        ["admission"] = new(["always", "marked", "cohort"]),
        ["Holiday.effect"] = new(["skip", "move"]),
        ["CalendarHoliday.effect"] = new(["skip", "move"]),
        ["CalendarHoliday.day"] = new(Format: TextFormats.Date),
        ["CalendarSession.status"] = new(SessionStatus),
        ["UncoveredRow.cause"] = new(["away", "no-cover", "left"]),
        ["CalendarSession.uncovered"] = new(["away", "no-cover", "left"]),
        ["breakMinutes"] = new(Min: 0, Max: 120),
        ["travelMinutes"] = new(Min: 0, Max: 240),
        ["noticeHours"] = new(Min: 0, Max: 720),
        ["horizonDays"] = new(Min: 1, Max: 366),
        ["WeeklyTime.from"] = new(Example: "09:00"),
        ["WeeklyTime.to"] = new(Example: "17:00"),
        ["AddHolidaysRequest.effect"] = new(["skip", "move"]),
        ["dayOfWeek"] = new(["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"]),
        ["kind"] = new(["licence", "telehealth_registration", "compact_privilege", "temporary_permit"]),
        ["compact"] = new(["PSYPACT", "COUNSELING", "SOCIAL_WORK"]),
        ["needs"] = new(["intake", "facts", "releases"]),
        ["countedStatus"] = new(AttendanceStatus),
        ["service"] = new(["identity", "enrollment", "scheduling", "room", "notifications", "gateway"]),
        ["tokenType"] = new(["Bearer"]),
        ["EnrollmentView.status"] = new(SeatStatus),
        ["GetMemberEnrollmentInBrief.status"] = new(SeatStatus),
        ["GetRosterItem.status"] = new(SeatStatus),
        ["HeldEnrollmentsItem.status"] = new(SeatStatus),
        ["SessionView.status"] = new(SessionStatus),
        ["MySession.status"] = new(SessionStatus),
        ["AttendanceItem.status"] = new(AttendanceStatus),
        ["CorrectAttendanceRequest.status"] = new(Corrected),
        ["Correction.status"] = new(Corrected),
        ["ListModerationItem.status"] = new(Corrected),
        ["SaveCredentialCredential.status"] = new(CredentialStatus),
        ["SaveCredentialItem.status"] = new(CredentialStatus),
        ["RuleSetItem.status"] = new(RuleSetStatus),
        ["RuleSetWhole.status"] = new(RuleSetStatus),
        ["GetRoomStateParticipant.state"] = new(["none", "waiting", "in", "removed"]),
        ["ListRoomEventsEvent.kind"] = new(Example: "message.posted"),
        ["ChangedRow.kind"] = new(Example: "statePolicy"),
        ["DiffRow.kind"] = new(Example: "statePolicy"),
        ["WorkEndpointsFailingWork.kind"] = new(Example: "seat.expire"),
        ["WorkEndpointsRetry.kind"] = new(Example: "seat.expire"),
        ["MyNotificationsKindChoice.kind"] = new(OptionalMails),
        ["MyNotificationsChoices.language"] = new(["en", "es"]),
        ["MyNotificationsChoicesRequest.language"] = new(["en", "es"]),
        ["ListDeliveriesItem.kind"] = new(Mails),
        ["ListDeliveriesItem.state"] = new(MailState),
        ["mailKind"] = new(Mails),
        ["mailState"] = new(MailState),

        // Formats.
        [".id"] = new(MaxLength: 60, Example: "grouport"),
        ["id"] = new(Format: TextFormats.Uuid),
        ["jurisdiction"] = new(Format: TextFormats.Jurisdiction),
        ["offeredIn"] = new(Format: TextFormats.Jurisdiction),
        ["homeState"] = new(Format: TextFormats.Jurisdiction),
        ["location"] = new(Format: TextFormats.Jurisdiction),
        ["place"] = new(Format: TextFormats.Jurisdiction),
        ["timeZone"] = new(Format: TextFormats.TimeZone),
        ["localTime"] = new(Format: TextFormats.LocalTime),
        ["localStart"] = new(Format: TextFormats.LocalTime),
        ["localDate"] = new(Format: TextFormats.Date),
        ["startsOn"] = new(Format: TextFormats.Date),
        ["Holiday.day"] = new(Format: TextFormats.Date),
        ["AddHolidaysRequest.day"] = new(Format: TextFormats.Date),
        ["ChangeSeriesRequest.from"] = new(Format: TextFormats.Date),
        ["dateOfBirth"] = new(Format: TextFormats.Date),
        ["validFrom"] = new(Format: TextFormats.Date),
        ["validTo"] = new(Format: TextFormats.Date),
        ["doneOn"] = new(Format: TextFormats.Date),
        ["MyNotificationsHours.from"] = new(Format: TextFormats.LocalTime),
        ["MyNotificationsHours.to"] = new(Format: TextFormats.LocalTime),
        ["Residence.since"] = new(Format: TextFormats.Date),
        ["CorrectResidenceCorrection.from"] = new(Format: TextFormats.Date),
        ["email"] = new(Format: TextFormats.Email, MaxLength: 254),
        ["language"] = new(Format: TextFormats.Language),
        ["sha256"] = new(Format: TextFormats.Sha256),
        ["ruleSetSha256"] = new(Format: TextFormats.Sha256),
        ["url"] = new(Format: TextFormats.Uri, Example: "https://groups.example.org/calendars/q83vEjRWeJASNFZ4kBI0Vg.ics"),

        // Texts with their bounds.
        ["address"] = new(MaxLength: 300, Example: "12 Palm Street, Apt 4, Tampa"),
        ["alias"] = new(MaxLength: 40, Example: "Robin"),
        ["city"] = new(MaxLength: 100, Example: "Tampa"),
        ["country"] = new(Pattern: "^[A-Z]{2}$", Example: "US"),
        ["displayName"] = new(MaxLength: 100, Example: "Ana Alvarez"),
        ["evidence"] = new(MaxLength: 500, Example: "Lease seen on 2026-11-02"),
        ["guidance"] = new(MaxLength: 4000, Example: "Begin with a round of names."),
        ["homework"] = new(MaxLength: 4000, Example: "Write down one situation each day."),
        ["legalName"] = new(MaxLength: 200, Example: "Maya Martinez"),
        ["line1"] = new(MaxLength: 200, Example: "12 Palm Street"),
        ["name"] = new(MaxLength: 200, Example: "Tuesday evenings"),
        ["OpenGroupRequest.name"] = new(MaxLength: 120, Example: "Tuesday evenings"),
        ["ChangeGroupRequest.name"] = new(MaxLength: 120, Example: "Tuesday evenings"),
        ["note"] = new(MaxLength: 500, Example: "Spoken with on the telephone."),
        ["password"] = new(MaxLength: 128, Example: "Correct-Horse-9-Battery"),
        ["preferredName"] = new(MaxLength: 40, Example: "Robin"),
        ["phone"] = new(Pattern: "^[0-9+()\\- ]{5,32}$", Example: "+1 813 555 0100"),
        ["postalCode"] = new(MaxLength: 20, Example: "33602"),
        ["practice"] = new(MaxLength: 60, Example: "grouport"),
        ["practices"] = new(MaxLength: 60, Example: "grouport"),
        ["reason"] = new(MaxLength: 500, Example: "The facilitator is ill."),
        ["OpenEmergencyRequest.reason"] = new(MaxLength: 200, Example: "They said goodbye to the group."),
        ["CancelSessionRequest.reason"] = new(MaxLength: 200, Example: "The facilitator is ill."),
        ["relation"] = new(MaxLength: 100, Example: "sister"),
        ["state"] = new(Pattern: "^[A-Z]{2}$", Example: "FL"),
        ["GetRosterItem.state"] = new(Format: TextFormats.Jurisdiction),
        ["summary"] = new(MaxLength: 1000, Example: "A weekly group about living with anxiety."),
        ["title"] = new(MaxLength: 200, Example: "Getting to know each other"),
        ["topic"] = new(MaxLength: 60, Example: "anxiety"),

        // Practices.
        ["Practice.id"] = new(Pattern: "^[a-z][a-z0-9-]{0,39}$", Example: "grouport"),
        ["PracticeContact.phone"] = new(MaxLength: 40, Example: "+1 813 555 0100"),
        ["PracticeCrisisLine.phone"] = new(MaxLength: 40, Example: "988"),
        ["PracticeCrisisLine.name"] = new(MaxLength: 120, Example: "988 Suicide & Crisis Lifeline"),
        ["PracticeConsent.document"] = new(["telehealth", "group-confidentiality", "no-recording", "group-rules", "part-2"]),
        ["PracticeConsent.text"] = new(MaxLength: 10_000, Example: "I will not record any part of a session."),
        ["ics"] = new(Example: "BEGIN:VCALENDAR"),
        ["venue"] = new(MaxLength: 300, Example: "12 Main Street, Suite 4"),
        ["website"] = new(MaxLength: 300, Example: "https://groups.example.org"),

        // Numbers with their bounds.
        ["week"] = new(Min: 1, Max: 104),
        ["weeks"] = new(Min: 1, Max: 104),
        ["capacity"] = new(Min: 1, Max: 100),
        ["minimumAge"] = new(Min: 0, Max: 120),
        ["intervalWeeks"] = new(Min: 1, Max: 2),
        ["moveDays"] = new(Min: -6, Max: 6),
        ["durationMinutes"] = new(Min: 15, Max: 480),
        ["chatRetentionDays"] = new(Min: 0, Max: 3650),
        ["minimumQuorum"] = new(Min: 1, Max: 100),
        ["version"] = new(Min: 1),
        ["seq"] = new(Min: 1),

        // Examples alone.
        ["ListDeliveriesItem.key"] = new(Example: "reminder-24h:0197f2a4-5b1e-7c3d-9e2f-1a2b3c4d5e6f:1:0197f2a4-5b1e-7c3d-9e2f-1a2b3c4d5e70"),
        ["ListDeliveriesItem.error"] = new(Example: "550 5.1.1"),
        ["token"] = new(Example: "q83vEjRWeJASNFZ4kBI0VniQEjRWeJASNFZ4kBI0Vng"),
        ["act"] = new(Example: "group.opened"),
        ["citation"] = new(Example: "Fla. Stat. § 491.003"),
        ["code"] = new(Example: "ROUTE_LICENCE"),
        ["detail"] = new(Example: "There is nothing here that you may see."),
        ["engine"] = new(Example: "licensing-1"),
        ["facilitator"] = new(Example: "Ana Alvarez, LMHC"),
        ["given"] = new(Example: "address"),
        ["groupName"] = new(Example: "Tuesday evenings"),
        ["hub"] = new(Example: "/hubs/room?session=0197f2a4-5b1e-7c3d-9e2f-1a2b3c4d5e6f"),
        ["key"] = new(Example: "0197f2a4-5b1e-7c3d-9e2f-1a2b3c4d5e6f"),
        ["profession"] = new(Example: "counselor"),
        ["queue"] = new(Example: "enrollment-group-opened_error"),
        ["rule"] = new(Example: "US-FL/counselor"),
        ["skills"] = new(Example: "Naming a feeling"),
        ["stream"] = new(Example: "room"),
        ["text"] = new(Example: "You can take part from Florida."),
        ["ticket"] = new(Example: "q83vEjRWeJASNFZ4kBI0VniQEjRWeJASNFZ4kBI0Vng"),
        ["twoFactorCode"] = new(Example: "123456"),
        ["twoFactorRecoveryCode"] = new(Example: "abcd-efgh-jkmn"),
        ["recoveryCodes"] = new(Example: "abcd-efgh-jkmn"),
        ["authenticatorUri"] = new(Example: "otpauth://totp/GroupTherapy:maya@example.org?secret=JBSWY3DPEHPK3PXP&issuer=GroupTherapy"),
        ["sharedKey"] = new(Example: "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"),
        ["qrCode"] = new(Example: "0000111111100101"),
        ["resetCode"] = new(MaxLength: 200, Example: "q83vEjRWeJASNFZ4kBI0VniQEjRWeJASNFZ4kBI0Vng"),
        ["device"] = new(MaxLength: 100, Example: "Firefox, Windows"),
        ["newEmail"] = new(Format: TextFormats.Email, MaxLength: 254),
        ["newPassword"] = new(MaxLength: 128, Example: "Correct-Horse-9-Battery"),
        ["oldPassword"] = new(MaxLength: 128, Example: "Correct-Horse-9-Battery"),
        ["EmailConfirmationConfirmRequest.code"] = new(MaxLength: 200, Example: "q83vEjRWeJASNFZ4kBI0VniQEjRWeJASNFZ4kBI0Vng"),
        ["ExternalSignInExternalProviderInfo.name"] = new(Example: "The clinic's account"),
        ["passkeyId"] = new(Example: "q83vEjRWeJASNFZ4kBI0Vg"),
        ["PasskeyChallenge.state"] = new(Example: "q83vEjRWeJASNFZ4kBI0VniQEjRWeJASNFZ4kBI0Vng"),
        ["PasskeyAnswer.state"] = new(Example: "q83vEjRWeJASNFZ4kBI0VniQEjRWeJASNFZ4kBI0Vng"),
        ["PasskeyEndpointsAddRequest.state"] = new(Example: "q83vEjRWeJASNFZ4kBI0VniQEjRWeJASNFZ4kBI0Vng"),
        ["PasskeyEndpointsAddRequest.name"] = new(MaxLength: 100, Example: "My phone"),
        ["PasskeyEndpointsAdded.id"] = new(Example: "q83vEjRWeJASNFZ4kBI0Vg"),
        ["PasskeyEndpointsAdded.name"] = new(MaxLength: 100, Example: "My phone"),
        ["PasskeyEndpointsPasskey.id"] = new(Example: "q83vEjRWeJASNFZ4kBI0Vg"),
        ["PasskeyEndpointsPasskey.name"] = new(MaxLength: 100, Example: "My phone"),
        ["type"] = new(Example: "LMHC"),
        ["urls"] = new(Example: "turn:media.example.org:3478?transport=udp"),
        ["who"] = new(Example: "account:0197f2a4-5b1e-7c3d-9e2f-1a2b3c4d5e6f"),
    };

    /// <param name="schema">Name of the schema that the field stands in; empty for a parameter.</param>
    public static Field? Find(string schema, string field) => Known.GetValueOrDefault($"{schema}.{field}") ?? Known.GetValueOrDefault(field);
}
