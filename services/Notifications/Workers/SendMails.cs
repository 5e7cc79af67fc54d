using GroupTherapy.Calendar;
using GroupTherapy.Notifications.Delivery;
using GroupTherapy.Notifications.Domain;
using GroupTherapy.Notifications.Rendering;
using GroupTherapy.Notifications.Storage;
using GroupTherapy.Platform.Data;
using GroupTherapy.Platform.Security;
using GroupTherapy.Platform.Work;

namespace GroupTherapy.Notifications.Workers;

/// <summary>
/// Sends the mails whose time has come. The state <c>sending</c> commits before the server is given the text and the result after it, so that a process that
/// dies in between leaves a mail in doubt, which its kind sends again or not. A mail that fails moves itself and holds up no other.
/// </summary>
public sealed class SendMails(
    Db db,
    IChannel channel,
    Recipients recipients,
    MailTexts texts,
    Links links,
    Keys keys,
    DeliveryMetrics metrics,
    MailSettings settings
) : DueWorkHandler
{
    private static readonly Caller Self = Caller.System(nameof(SendMails));

    public override string Kind => ScheduledWork.SendMail;

    public override int BatchSize => 16;

    // A batch whose every mail meets a server that hangs is over before the claim is.
    public override TimeSpan ClaimFor => TimeSpan.FromMinutes(3);

    private int AtOnce => settings.Smtp?.Connections ?? 4;

    public override async Task HandleAsync(IReadOnlyList<DueRow> rows, CancellationToken ct)
    {
        var due = await MailStore.DueAsync(db, [.. rows.Select(r => Guid.Parse(r.Key))], ct);
        var wanted = new List<DueMail>();
        foreach (var mail in due)
        {
            if (await SettleUnsendableAsync(mail, ct) is { } left)
            {
                wanted.Add(left);
            }
        }

        if (wanted.Count == 0)
        {
            return;
        }

        var addresses = await recipients.OfAsync(wanted, ct);
        // Mails that merge follow one another, so that the first takes the others with it.
        var lanes = wanted.OrderBy(m => m.Id).GroupBy(m => m.Kind!.Merges ? (m.AccountId, m.Kind.Code, m.Facts.GroupId) : (m.Id, "", null));
        await Parallel.ForEachAsync(
            lanes,
            new ParallelOptions { MaxDegreeOfParallelism = AtOnce, CancellationToken = ct },
            async (lane, token) =>
            {
                foreach (var mail in lane)
                {
                    await SendAsync(mail, addresses[mail.Id], token);
                }
            }
        );
    }

    /// <returns>The mail, with its person's wishes as they are now; null when it is settled.</returns>
    private async Task<DueMail?> SettleUnsendableAsync(DueMail mail, CancellationToken ct)
    {
        var (state, reason) = mail switch
        {
            { Kind: null } => (MailState.Dropped, "unknown-kind"),
            { State: MailState.Sending, Kind.AgainInDoubt: false } => (MailState.InDoubt, "process-died"),
            _ => (MailState.Dropped, SendingRules.DropReason(mail.Kind!, mail.Facts, mail.Subject, mail.Person, mail.UsefulUntil, db.Clock.GetUtcNow())),
        };
        if (reason is null)
        {
            return mail;
        }

        await SettleAsync(mail, state, reason, ct);
        return null;
    }

    private async Task SendAsync(DueMail mail, Address to, CancellationToken ct)
    {
        switch (to.Outcome)
        {
            case AddressOutcome.NotReached:
                await PostponeAsync(mail, "identity-away", isOutage: true, ct);
                return;
            case AddressOutcome.None:
                await SettleAsync(mail, MailState.Dropped, to.Code ?? "no-address", ct);
                return;
            case AddressOutcome.Bounced:
                await SettleAsync(mail, MailState.Refused, "bounced-before", ct);
                return;
        }

        IReadOnlyList<DueMail>? merged;
        await using (var work = await db.BeginAsync(Self, ct))
        {
            merged = await MailStore.BeginAsync(work, mail, keys.HashOf(to.Email!));
            if (merged is null)
            {
                return;
            }

            await work.CommitAsync(ct);
        }

        var letter = LetterOf(mail, to, merged);
        var delivery = await channel.DeliverAsync(letter, ct);
        await RecordAsync(mail, to, delivery);
    }

    private Letter LetterOf(DueMail mail, Address to, IReadOnlyList<DueMail> merged)
    {
        var kind = mail.Kind!;
        // What was merged may not be wanted any more by itself: a session that moved again.
        var now = db.Clock.GetUtcNow();
        var others = merged.Where(m => SendingRules.DropReason(kind, m.Facts, m.Subject, m.Person, m.UsefulUntil, now) is null).ToList();
        IEnumerable<DueMail> attached = kind.Attaches ? [mail, .. others] : [];
        var unsubscribe = kind.Optional ? links.Unsubscribe(keys.TokenOf(mail.Id)) : null;
        var person = to.Asked?.Language is { } language ? mail.Person with { Language = PreferenceRules.LanguageOf(language) } : mail.Person;
        var facts = to.Asked?.ExpiresAt is { } expires ? mail.Facts with { Until = expires } : mail.Facts;
        var text = texts.Render(
            kind,
            new MailContent(
                [facts, .. others.Select(o => o.Facts)],
                person,
                to.Asked?.Link ?? links.Of(kind),
                mail.AccountId is null ? null : links.Settings,
                unsubscribe,
                to.PracticeName
            )
        );
        return new Letter(
            mail.Id,
            to.Email!,
            text.Subject,
            text.Plain,
            text.Html,
            unsubscribe,
            [.. attached.Select(m => m.Calendar).OfType<CalendarEntry>().DistinctBy(e => e.SessionId).Select(CalendarFile.Attachment)]
        );
    }

    // Not cancelled with the batch: the server's answer must not be lost.
    private async Task RecordAsync(DueMail mail, Address to, DeliveryResult delivery)
    {
        metrics.Count(mail.Kind!.Code, delivery.Outcome);
        if (delivery.Outcome is Outcome.Later or Outcome.ServerAway || (delivery.Outcome == Outcome.Unknown && mail.Kind.AgainInDoubt))
        {
            await PostponeAsync(mail, delivery.Code ?? "later", delivery.Outcome == Outcome.ServerAway, CancellationToken.None);
            return;
        }

        await using var work = await db.BeginAsync(Self);
        var hash = keys.HashOf(to.Email!);
        if (delivery.Outcome == Outcome.BadAddress)
        {
            await MailStore.NoteBounceAsync(work, hash, mail.AccountId, delivery.Code!);
        }
        else if (delivery.Outcome == Outcome.Accepted)
        {
            await MailStore.ForgetBounceAsync(work, hash);
        }

        await MailStore.SettleAsync(
            work,
            mail.Id,
            delivery.Outcome switch
            {
                Outcome.Accepted => MailState.Sent,
                Outcome.Unknown => MailState.InDoubt,
                _ => MailState.Refused,
            },
            delivery.Code
        );
        if (to.Asked is { Practice: { } practice })
        {
            // Operators see in their log whether an invitation arrived.
            await MailStore.NamePracticeAsync(work, mail.Id, practice, to.Asked.AccountId);
        }

        await work.CommitAsync();
    }

    private async Task PostponeAsync(DueMail mail, string code, bool isOutage, CancellationToken ct)
    {
        await using var work = await db.BeginAsync(Self, ct);
        var jitter = Random.Shared.NextDouble();
        var wait = isOutage ? SendingRules.RetryAfterOutage(jitter) : SendingRules.RetryAfter(mail.Attempts + 1, jitter);
        await MailStore.PostponeAsync(work, mail.Id, work.Now + wait, code);
        await work.CommitAsync(ct);
    }

    private async Task SettleAsync(DueMail mail, string state, string reason, CancellationToken ct)
    {
        await using var work = await db.BeginAsync(Self, ct);
        await MailStore.SettleAsync(work, mail.Id, state, reason);
        if (state == MailState.Dropped)
        {
            await MailStore.ReleaseMergedAsync(work, mail.Id);
        }

        await work.CommitAsync(ct);
    }
}
