using GroupTherapy.Platform.Data;
using GroupTherapy.Platform.Security;
using GroupTherapy.Platform.Work;
using GroupTherapy.Scheduling.Domain;
using GroupTherapy.Scheduling.Storage;

namespace GroupTherapy.Scheduling.Workers;

/// <summary>Looks ahead: has the cover and the quorum of coming sessions checked, each by itself. Ends what met in person.</summary>
public sealed class WatchSessions(Db db) : DueWorkHandler
{
    public override string Kind => "sessions.watch";

    public override TimeSpan? Every => TimeSpan.FromMinutes(10);

    public override async Task HandleAsync(IReadOnlyList<DueRow> rows, CancellationToken ct)
    {
        await using var work = await db.BeginAsync(Caller.System(nameof(WatchSessions)), ct);
        await PhaseStore.EndInPersonAsync(work);
        foreach (var group in await CoverStore.GroupsAsync(work))
        {
            CoverStore.ScheduleCheck(work, group);
        }

        foreach (var session in await QuorumStore.DueAsync(work))
        {
            work.Schedule(ScheduledWork.CheckQuorum, session.ToString(), work.Now);
        }

        await work.CommitAsync(ct);
    }
}

/// <summary>Notices sessions that lost every facilitator who may lead them, and those that have one again.</summary>
public sealed class CheckCover(Db db) : DueWorkHandler
{
    public override string Kind => ScheduledWork.CheckCover;

    public override async Task HandleAsync(IReadOnlyList<DueRow> rows, CancellationToken ct)
    {
        foreach (var row in rows)
        {
            await using var work = await db.BeginAsync(Caller.System(nameof(CheckCover)), ct);
            if (await GroupStore.LockAnyAsync(work, Guid.Parse(row.Key)) is { ClosedAt: null } group)
            {
                await CoverStore.CheckAsync(work, group);
                await work.CommitAsync(ct);
            }
        }
    }
}

/// <summary>Asks whether a session with few members takes place, and lets it take place when no answer comes.</summary>
public sealed class CheckQuorum(Db db) : DueWorkHandler
{
    public override string Kind => ScheduledWork.CheckQuorum;

    public override async Task HandleAsync(IReadOnlyList<DueRow> rows, CancellationToken ct)
    {
        foreach (var row in rows)
        {
            await using var work = await db.BeginAsync(Caller.System(nameof(CheckQuorum)), ct);
            var id = Guid.Parse(row.Key);
            if (
                await SessionStore.FindAsync(work, id) is not var (group, _)
                || await GroupStore.LockAnyAsync(work, group.Id) is null
                || await SessionStore.FindAsync(work, id) is not var (current, session)
                || session.CancelledAt is not null
                || await QuorumStore.FindAsync(work, id) is not { } state
            )
            {
                continue;
            }

            switch (QuorumRules.StepOf(state, work.Now))
            {
                case QuorumStep.Ask:
                    await QuorumStore.AskAsync(work, current, session, state);
                    work.Schedule(Kind, row.Key, QuorumRules.AnswerBy(session.StartsAt));
                    break;
                case QuorumStep.TakesPlace:
                    await QuorumStore.DecideAsync(work, current, session, takesPlace: true, answered: false);
                    break;
            }

            await work.CommitAsync(ct);
        }
    }
}
