using GroupTherapy.Notifications.Domain;
using GroupTherapy.Platform.Data;

namespace GroupTherapy.Notifications.Storage;

/// <summary>Makes the mails that an event asks for, one for each person it is about.</summary>
public static class NoticeStore
{
    /// <summary>A mail that waits out an outage of days is still worth having.</summary>
    public static readonly TimeSpan Worth = TimeSpan.FromDays(5);

    /// <summary>Tells people about a session. A session that is over causes no mail.</summary>
    /// <param name="key">The change: part of the business key beside kind, session and account.</param>
    public static Task TellAsync(
        UnitOfWork work,
        MailKind kind,
        PlannedSession session,
        IEnumerable<Guid> people,
        string key,
        Func<Guid, MailFacts>? facts = null,
        DateTimeOffset? dueAt = null,
        DateTimeOffset? until = null
    ) =>
        session.EndsAt <= work.Now
            ? Task.CompletedTask
            : MailStore.AddAsync(
                work,
                [
                    .. people
                        .Distinct()
                        .Select(person => new NewMail(
                            kind,
                            KeyOf(kind, $"{session.Id}:{key}", person),
                            person,
                            session.Practice,
                            facts?.Invoke(person) ?? session.Facts(person),
                            dueAt ?? work.Now.AddSeconds(kind.Delay),
                            until ?? session.EndsAt
                        )),
                ]
            );

    /// <summary>The business key of a mail to one person.</summary>
    public static string KeyOf(MailKind kind, string key, Guid? person) => $"{kind.Code}:{key}:{person}";

    /// <summary>Tells one person about something of their own.</summary>
    /// <param name="key">The subject, such as an enrollment and its version.</param>
    public static Task TellAsync(
        UnitOfWork work,
        MailKind kind,
        string key,
        Guid? person,
        string? practice,
        MailFacts facts,
        DateTimeOffset? dueAt = null,
        DateTimeOffset? until = null
    ) =>
        MailStore.AddAsync(
            work,
            [new NewMail(kind, KeyOf(kind, key, person), person, practice, facts, dueAt ?? work.Now.AddSeconds(kind.Delay), until ?? work.Now + Worth)]
        );

    /// <summary>One mail to each person about something that is not one session.</summary>
    public static Task TellAsync(
        UnitOfWork work,
        MailKind kind,
        string key,
        IEnumerable<Guid> people,
        string? practice,
        MailFacts facts,
        DateTimeOffset? until = null
    ) =>
        MailStore.AddAsync(
            work,
            [
                .. people
                    .Distinct()
                    .Select(p => new NewMail(kind, KeyOf(kind, key, p), p, practice, facts, work.Now.AddSeconds(kind.Delay), until ?? work.Now + Worth)),
            ]
        );
}
