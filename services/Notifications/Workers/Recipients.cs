using GroupTherapy.Notifications.Delivery;
using GroupTherapy.Notifications.Domain;
using GroupTherapy.Notifications.Storage;
using GroupTherapy.Platform.Data;
using GroupTherapy.Platform.Security;

namespace GroupTherapy.Notifications.Workers;

/// <summary>The answer to a request for an address.</summary>
public enum AddressOutcome
{
    Found,

    /// <summary>There is none any more: the account is closed, or the request is over.</summary>
    None,

    /// <summary>A server refused it for good not long ago.</summary>
    Bounced,

    /// <summary>Identity cannot be asked: the mail waits.</summary>
    NotReached,
}

/// <summary>Where a mail goes. Exists only while the mail is sent.</summary>
/// <param name="Asked">Identity's facts about a mail that it requested; null for others.</param>
/// <param name="PracticeName">Of the practice that an invitation is into.</param>
public sealed record Address(AddressOutcome Outcome, string? Email = null, RequestedMail? Asked = null, string? PracticeName = null, string? Code = null);

/// <summary>Asks Identity where mails go, for a whole batch at once.</summary>
public sealed class Recipients(Db db, IdentityClient identity, Keys keys)
{
    private static readonly Address Away = new(AddressOutcome.NotReached);

    public async Task<IReadOnlyDictionary<Guid, Address>> OfAsync(IReadOnlyList<DueMail> mails, CancellationToken ct)
    {
        var found = new Dictionary<Guid, Address>();
        var ofPeople = mails.Where(m => m.Facts.Request is null).ToList();
        Guid[] accounts = [.. ofPeople.Select(m => m.AccountId).OfType<Guid>().Distinct()];
        var known = await identity.RecipientsAsync(accounts, ct);
        foreach (var mail in ofPeople)
        {
            found[mail.Id] =
                known is null ? Away
                : mail.AccountId is { } account && known.TryGetValue(account, out var to)
                    ? to.Disabled ? new Address(AddressOutcome.None, Code: "account-closed")
                        : new Address(AddressOutcome.Found, to.Email)
                : new Address(AddressOutcome.None);
        }

        foreach (var mail in mails.Where(m => m.Facts.Request is not null))
        {
            var (reached, asked) = await identity.MailAsync(mail.Facts.Request!.Value, ct);
            found[mail.Id] =
                !reached ? Away
                : asked is null ? new Address(AddressOutcome.None, Code: "over")
                : new Address(
                    AddressOutcome.Found,
                    asked.To,
                    asked,
                    asked.Practice is { } practice ? await PeopleStore.NameOfPracticeAsync(db, practice, ct) : null
                );
        }

        await MarkBouncedAsync(found, ofPeople, ct);
        return found;
    }

    // Mails about the account itself are tried even where others bounced: the person is waiting for them.
    private async Task MarkBouncedAsync(Dictionary<Guid, Address> found, List<DueMail> ofPeople, CancellationToken ct)
    {
        var hashes = ofPeople.Select(m => (m.Id, found[m.Id].Email)).Where(m => m.Email is not null).ToDictionary(m => m.Id, m => keys.HashOf(m.Email!));
        var bounced = (await MailStore.BouncedAsync(db, [.. hashes.Values], db.Clock.GetUtcNow() - SendingRules.BouncedFor, ct))
            .Select(Convert.ToHexString)
            .ToHashSet();
        foreach (var (id, hash) in hashes.Where(h => bounced.Contains(Convert.ToHexString(h.Value))))
        {
            found[id] = found[id] with { Outcome = AddressOutcome.Bounced };
        }
    }
}

/// <summary>Reads members' profiles at Enrollment.</summary>
public sealed class Profiles(Db db, EnrollmentClient enrollment)
{
    /// <returns>False while Enrollment cannot be asked.</returns>
    public async Task<bool> ReadAsync(Guid[] accounts, CancellationToken ct)
    {
        if (await enrollment.WishesAsync(accounts, ct) is not { } found)
        {
            return false;
        }

        await using var work = await db.BeginAsync(Caller.System(nameof(Profiles)), ct);
        await PeopleStore.SaveProfilesAsync(work, accounts, found);
        await work.CommitAsync(ct);
        return true;
    }
}
