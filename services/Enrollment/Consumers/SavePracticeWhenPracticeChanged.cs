using GroupTherapy.Contracts.Scheduling.V1;
using GroupTherapy.Enrollment.Domain;
using GroupTherapy.Enrollment.Storage;
using GroupTherapy.Enrollment.Workers;
using GroupTherapy.Platform.Data;
using GroupTherapy.Platform.Messaging;

namespace GroupTherapy.Enrollment.Consumers;

/// <summary>
/// Stores a practice with its consent texts. One that no rule set knows yet gets a safe policy: treatment wherever the law lets its facilitators treat,
/// nothing that needs no licence.
/// </summary>
public sealed class SavePracticeWhenPracticeChanged(Db db, RuleSetCache ruleSets, ILogger<SavePracticeWhenPracticeChanged> log)
    : TransactionalConsumer<PracticeChanged>(db)
{
    protected override async Task HandleAsync(UnitOfWork work, PracticeChanged message, CancellationToken ct)
    {
        if (!SafePolicy.Knows(message.Practice, message.Name))
        {
            // Scheduling makes no such practice, and rule sets are shared by all practices.
            log.LogError("A practice of version {Version} is not stored: its id or name is invalid", message.Version);
            work.Audit("practice.set-aside", data: new { message.Version });
            return;
        }

        if (!await PracticeStore.SaveAsync(work, message.Practice, message.Name, message.Version))
        {
            return;
        }

        foreach (var text in message.ConsentDocuments)
        {
            await ConsentStore.SaveAsync(work, message.Practice, text.Document, text.Title, text.Text);
        }

        await ruleSets.SeedAsync(ct);
        foreach (var effectiveFrom in await PracticeStore.GiveSafePolicyAsync(work, message.Practice, message.Name))
        {
            SweepPermits.Schedule(work, effectiveFrom);
        }
    }
}
