using GroupTherapy.Contracts.Identity;
using GroupTherapy.Contracts.Identity.V1;
using GroupTherapy.Enrollment.Storage;
using GroupTherapy.Platform.Data;
using GroupTherapy.Platform.Messaging;

namespace GroupTherapy.Enrollment.Consumers;

/// <summary>A facilitator serves the practices in which the account holds the role, from now on and no others.</summary>
public sealed class UpdatePracticesWhenRolesChanged(Db db) : TransactionalConsumer<RolesChanged>(db)
{
    protected override async Task HandleAsync(UnitOfWork work, RolesChanged message, CancellationToken ct)
    {
        if (await StaffStore.SaveAsync(work, message.AccountId, [.. message.PracticesAs(Roles.Facilitator).Order(StringComparer.Ordinal)], message.Version))
        {
            work.Audit("facilitator.practices-changed", message.AccountId);
            await FacilitatorCard.PublishAsync(work, message.AccountId);
        }
    }
}
