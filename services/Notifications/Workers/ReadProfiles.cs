using GroupTherapy.Notifications.Delivery;
using GroupTherapy.Notifications.Storage;
using GroupTherapy.Platform.Data;
using GroupTherapy.Platform.Security;
using GroupTherapy.Platform.Work;

namespace GroupTherapy.Notifications.Workers;

/// <summary>
/// Reads language and zone of new members' profiles, so that their reminders are planned on their own clock. Tried again while Enrollment is away.
/// </summary>
public sealed class ReadProfiles(Profiles profiles) : DueWorkHandler
{
    public override string Kind => ScheduledWork.ReadProfile;

    public override int BatchSize => 100;

    public override async Task HandleAsync(IReadOnlyList<DueRow> rows, CancellationToken ct)
    {
        if (!await profiles.ReadAsync([.. rows.Select(r => Guid.Parse(r.Key))], ct))
        {
            throw new HttpRequestException("Enrollment cannot be asked.");
        }
    }
}
