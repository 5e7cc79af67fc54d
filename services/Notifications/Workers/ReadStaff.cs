using GroupTherapy.Contracts.Identity.V1;
using GroupTherapy.Notifications.Delivery;
using GroupTherapy.Notifications.Storage;
using GroupTherapy.Platform.Data;
using GroupTherapy.Platform.Security;
using GroupTherapy.Platform.Work;

namespace GroupTherapy.Notifications.Workers;

/// <summary>
/// Reads at Identity who works for which practice: those who were there before this service was, and whose change it missed. Later changes come as events.
/// </summary>
public sealed class ReadStaff(Db db, IdentityClient identity) : DueWorkHandler
{
    public override string Kind => ScheduledWork.ReadStaff;

    public override TimeSpan? Every => TimeSpan.FromHours(1);

    public override async Task HandleAsync(IReadOnlyList<DueRow> rows, CancellationToken ct)
    {
        var staff = await identity.StaffAsync(ct) ?? throw new HttpRequestException("Identity cannot be asked.");
        foreach (var person in staff.GroupBy(s => (s.AccountId, s.Version)))
        {
            await using var work = await db.BeginAsync(Caller.System(nameof(ReadStaff)), ct);
            await PeopleStore.SaveRolesAsync(
                work,
                new RolesChanged(person.Key.AccountId, [], [], person.Key.Version, work.Now, [.. person.Select(p => new Membership(p.Practice, p.Roles))])
            );
            await work.CommitAsync(ct);
        }
    }
}
