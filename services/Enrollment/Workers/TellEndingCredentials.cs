using GroupTherapy.Enrollment.Storage;
using GroupTherapy.Platform.Data;
using GroupTherapy.Platform.Security;
using GroupTherapy.Platform.Work;

namespace GroupTherapy.Enrollment.Workers;

/// <summary>Tells 60, 30 and 7 days before a credential ends. A repeat tells nothing twice.</summary>
internal sealed class TellEndingCredentials(Db db) : DueWorkHandler
{
    public override string Kind => ScheduledWork.TellEndingCredentials;

    public override TimeSpan? Every => TimeSpan.FromHours(1);

    public override async Task HandleAsync(IReadOnlyList<DueRow> rows, CancellationToken ct)
    {
        await using var work = await db.BeginAsync(Caller.System("credentials"), ct);
        if (await CredentialNotices.PublishAsync(work) > 0)
        {
            await work.CommitAsync(ct);
        }
    }
}
