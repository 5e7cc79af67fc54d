using System.Collections.Immutable;
using GroupTherapy.Contracts.Scheduling.V1;

namespace GroupTherapy.Room.Domain;

/// <summary>Commands from Scheduling's plan. Snapshots may come twice, late and in any order; greater versions win.</summary>
internal static class Plans
{
    public static void Apply(RoomDraft room, SessionSnapshot plan)
    {
        if (room.Session.PlanVersion >= plan.Version)
        {
            return;
        }

        var takesTime = room.Session.Phase is Phases.Scheduled or Phases.Lobby || plan.StartsAt == room.Session.StartsAt;
        if (!takesTime)
        {
            // A room that was opened goes on by the plan that it was opened by; operators find the contradiction in the audit log.
            room.Audit(
                "plan.refused",
                null,
                new
                {
                    plan.Version,
                    plan.StartsAt,
                    phase = room.Session.Phase,
                }
            );
        }

        room.Set(
            room.Session with
            {
                GroupId = plan.GroupId,
                Practice = plan.Practice,
                StartsAt = takesTime ? plan.StartsAt : room.Session.StartsAt,
                EndsAt = takesTime ? plan.EndsAt : room.Session.EndsAt,
                Capacity = plan.Capacity,
                RetentionDays = plan.ChatRetentionDays,
                LateArrivals = plan.LateArrivals,
                Cancelled = plan.Cancelled,
                PlanVersion = plan.Version,
                Camera = plan.Camera ?? CameraPolicies.Optional,
                AdmitsNew = plan.AdmitsNew,
                InPerson = plan.Modality == Modalities.InPerson,
                // What moved into the future has not begun.
                OpenedAt = plan.Modality == Modalities.InPerson && takesTime && plan.StartsAt > room.Now ? null : room.Session.OpenedAt,
            }
        );
        room.SetStaff(
            plan.CoFacilitatorIds.Distinct()
                .Where(id => id != plan.LeadFacilitatorId)
                .ToImmutableDictionary(id => id, _ => RoomRoles.CoFacilitator)
                .SetItem(plan.LeadFacilitatorId, RoomRoles.Lead)
        );
        HandOver(room);
        room.Changes.ChecksConnections = true;
        if (plan.Cancelled)
        {
            Cancel(room);
        }
        else if (PhaseRules.LobbyClosesAgain(room.Session.Phase, room.Session.StartsAt, room.Times.LobbyBefore, room.Now))
        {
            CloseLobby(room);
        }
    }

    private static void Cancel(RoomDraft room)
    {
        if (PhaseRules.HasBegun(room.Session.Phase))
        {
            Lifecycle.End(room, null, "This session was cancelled.", Lifecycle.Cancelled);
        }
        else if (room.Session.Phase == Phases.Scheduled)
        {
            // Attendance names everybody who was expected, and excuses them.
            Attendance.AddAbsent(room);
        }
    }

    // A facilitator who no longer leads the session loses the room at once; one whose part in it changed has the new part.
    private static void HandOver(RoomDraft room)
    {
        if (room.Session.Phase == Phases.Ended)
        {
            return;
        }

        foreach (var who in room.Participants.Where(p => p.IsFacilitator).ToList())
        {
            if (!room.State.Staff.TryGetValue(who.AccountId, out var role))
            {
                room.EndConnections(who.ParticipantId, EndReasons.HandedOver);
                room.RevokeTickets(who.ParticipantId);
                if (who.Present)
                {
                    Presence.Go(room, who);
                }
            }
            else if (who.Role != role && !(who.Role == RoomRoles.Observer && role == RoomRoles.CoFacilitator))
            {
                room.Set(who with { Role = role });
                if (who.Present)
                {
                    room.Append(Streams.Room, Kinds.RoleChanged, null, new EventData.NewRole(who.ParticipantId, role));
                }
            }
        }
    }

    // The session moved away from a lobby that had opened: each connection learns why, and participants come back when it opens again.
    private static void CloseLobby(RoomDraft room)
    {
        foreach (var who in room.Participants.ToList())
        {
            room.EndConnections(who.ParticipantId, EndReasons.SessionMoved);
            if (who.Present)
            {
                Presence.Go(room, who);
            }

            if (room.Find(who.ParticipantId) is { Admission: Admissions.In or Admissions.Waiting } gone)
            {
                room.Set(gone with { Admission = Admissions.None });
            }
        }

        room.RevokeAllTickets();
        room.EnterPhase(Phases.Scheduled);
        room.Audit("lobby.closed-again");
    }
}
