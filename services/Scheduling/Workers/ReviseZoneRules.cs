using GroupTherapy.Platform.Data;
using GroupTherapy.Platform.Security;
using GroupTherapy.Platform.Work;
using GroupTherapy.Scheduling.Domain;
using GroupTherapy.Scheduling.Storage;
using NodaTime;

namespace GroupTherapy.Scheduling.Workers;

/// <summary>Looks whether the time zone data is of another release than that by which sessions were placed, and has each zone looked at.</summary>
public sealed class NoticeZoneRules(Db db, IDateTimeZoneProvider zones) : DueWorkHandler
{
    public override string Kind => "zones.notice";

    public override TimeSpan? Every => TimeSpan.FromHours(6);

    public override async Task HandleAsync(IReadOnlyList<DueRow> rows, CancellationToken ct)
    {
        await using var work = await db.BeginAsync(Caller.System(nameof(NoticeZoneRules)), ct);
        if (await ZoneRuleStore.NoteVersionAsync(work, zones.VersionId))
        {
            foreach (var zone in await ZoneRuleStore.ZonesAsync(work, work.Now))
            {
                work.Schedule(ScheduledWork.ReviseZone, zone, work.Now);
            }

            await work.CommitAsync(ct);
        }
    }
}

/// <summary>Moves the sessions of one zone to the wall-clock time that people know, where the rules of the zone changed since they were placed.</summary>
public sealed class ReviseZoneRules(Db db, IDateTimeZoneProvider zones, PlanTimes times) : DueWorkHandler
{
    public override string Kind => ScheduledWork.ReviseZone;

    public override async Task HandleAsync(IReadOnlyList<DueRow> rows, CancellationToken ct)
    {
        foreach (var row in rows)
        {
            await using var work = await db.BeginAsync(Caller.System(nameof(ReviseZoneRules)), ct);
            await ZoneRuleStore.ReviseAsync(work, zones[row.Key], work.Now + times.LobbyBefore);
            await work.CommitAsync(ct);
        }
    }
}
