using GroupTherapy.Contracts.Identity.V1;
using GroupTherapy.Platform.Data;
using GroupTherapy.Platform.Messaging;
using GroupTherapy.Platform.Security;
using GroupTherapy.Platform.Work;

namespace GroupTherapy.PersonalData;

/// <summary>Takes the order; the work is due at once and comes again until it is done, in sight of operators.</summary>
public abstract class EraseWhenRequested(Db db) : TransactionalConsumer<ErasureRequested>(db)
{
    protected override Task HandleAsync(UnitOfWork work, ErasureRequested message, CancellationToken ct)
    {
        work.Schedule(ErasePerson.Name, $"{message.AccountId}", work.Now, $"{message.ErasureId}");
        return Task.CompletedTask;
    }
}

/// <summary>Erases one person in this service, and reports which rows were erased and which are kept.</summary>
public sealed class ErasePerson(Db db, IPersonalData data) : DueWorkHandler
{
    internal const string Name = "person.erase";

    public override string Kind => Name;

    public override async Task HandleAsync(IReadOnlyList<DueRow> rows, CancellationToken ct)
    {
        foreach (var row in rows)
        {
            var (account, erasure) = (Guid.Parse(row.Key), Guid.Parse(row.Data!));
            await using var work = await db.BeginAsync(Caller.System("erasure"), ct);
            // Answers stored under the person's keys hold what they were told.
            await work.ExecuteAsync("delete from idempotency_keys where caller = @account", new { account });
            var done = await data.EraseAsync(work, account, ct);
            if (done.AgainAt is { } again)
            {
                work.Schedule(Name, row.Key, again, row.Data);
            }
            else
            {
                work.Audit(
                    "person.erased",
                    account,
                    erasure,
                    new
                    {
                        erased = done.Erased,
                        kept = done.Kept.Select(k => new
                        {
                            k.What,
                            k.Count,
                            k.Rule,
                        }),
                    }
                );
                work.Publish(data.Told(erasure, account, done, work.Now));
            }

            await work.CommitAsync(ct);
        }
    }
}
