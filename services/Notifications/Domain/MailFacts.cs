namespace GroupTherapy.Notifications.Domain;

/// <summary>The facts that a mail is rendered from: instants, numbers and ids. No name, topic or reason.</summary>
/// <param name="TimeVersion">The session's version at which its time last changed.</param>
/// <param name="Was">When the session was to begin before it moved.</param>
/// <param name="Until">A deadline: of a seat, an offer, a credential.</param>
/// <param name="InPerson">People meet in a place, not in a room here.</param>
/// <param name="Leads">The person leads the session.</param>
/// <param name="NewLead">Another person leads the series.</param>
/// <param name="NewVenue">The series meets in another place.</param>
/// <param name="Request">Identity's id of a mail that it asked for.</param>
public sealed record MailFacts(
    Guid? SessionId = null,
    Guid? GroupId = null,
    Guid? EnrollmentId = null,
    DateTimeOffset? StartsAt = null,
    DateTimeOffset? EndsAt = null,
    DateTimeOffset? Was = null,
    string? TimeZone = null,
    long TimeVersion = 0,
    DateTimeOffset? Until = null,
    int? Days = null,
    int? Count = null,
    bool Leads = false,
    bool InPerson = false,
    Guid? Request = null,
    bool NewLead = false,
    bool NewVenue = false
);
