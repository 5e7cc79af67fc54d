using System.Collections.Immutable;
using GroupTherapy.Contracts.Scheduling.V1;

namespace GroupTherapy.Room.Domain;

/// <summary>What Scheduling plans. Snapshots may come twice, late and in any order; greater versions win.</summary>
internal static class Plans
{
    public static void Apply(RoomDraft room, SessionSnapshot plan)
    {
        if (room.Session.PlanVersion >= plan.Version)
        {
            return;
        }

        room.Set(room.Session with
        {
            GroupId = plan.GroupId,
            Practice = plan.Practice,
            StartsAt = plan.StartsAt,
            EndsAt = plan.EndsAt,
            Capacity = plan.Capacity,
            RetentionDays = plan.ChatRetentionDays,
            LateArrivals = plan.LateArrivals,
            Cancelled = plan.Cancelled,
            PlanVersion = plan.Version,
            Camera = plan.Camera ?? CameraPolicies.Optional,
        });
        // Anybody who no longer leads the session loses the room at once.
        room.SetStaff(plan.CoFacilitatorIds.Distinct().Where(id => id != plan.LeadFacilitatorId).ToImmutableDictionary(id => id, _ => RoomRoles.CoFacilitator)
            .SetItem(plan.LeadFacilitatorId, RoomRoles.Lead));
        room.Changes.ChecksConnections = true;
        if (plan.Cancelled && PhaseRules.HasBegun(room.Session.Phase))
        {
            Lifecycle.End(room, null, "This session was cancelled.", Lifecycle.Cancelled);
        }
    }
}
