using GroupTherapy.Platform.Data;
using GroupTherapy.Room.Joining;
using GroupTherapy.Room.Live;
using GroupTherapy.Room.Log;

namespace GroupTherapy.Room.Eligibility;

/// <summary>
/// A co-facilitator who is not authorised for the place of a member who is here only observes until that member has gone. Who leads is not in question:
/// the permit of a member whom the lead may not serve denies.
/// </summary>
internal static class Observers
{
    /// <summary>Of several rooms, where there is anybody whom it could concern.</summary>
    public static async Task SettleAsync(UnitOfWork work, IReadOnlyList<RoomTurn> turns)
    {
        if (turns.Count == 0)
        {
            return;
        }

        var concerned = await work.QueryAsync<Guid>(
            "select distinct session_id from participants where session_id = any(@sessions) and role in ('co_facilitator', 'observer')", new { sessions = turns.Select(t => t.SessionId).ToArray() });
        foreach (var turn in turns.Where(t => concerned.Contains(t.SessionId)))
        {
            await SettleAsync(turn);
        }
    }

    /// <summary>Brings the co-facilitators' roles in line with who is in the room now. Called whenever that, or a permit, has changed.</summary>
    public static async Task SettleAsync(RoomTurn turn)
    {
        var everybody = await turn.Work.QueryAsync<ParticipantRow>(
            $"""
             select {ParticipantRow.Columns} from participants where session_id = @SessionId
               and (role in ('co_facilitator', 'observer') or (role = 'member' and present and admission = 'in')) order by participant_id
             """, new { turn.SessionId });
        var others = everybody.Where(p => p.IsFacilitator).ToList();
        if (others.Count == 0)
        {
            return;
        }

        var unauthorised = new HashSet<Guid>();
        foreach (var member in everybody.Where(p => !p.IsFacilitator))
        {
            var permit = await Permits.InForceAsync(turn.Work, turn.SessionId, member.AccountId);
            unauthorised.UnionWith(permit?.Places.FirstOrDefault(p => p.Jurisdiction == member.Place)?.Observers ?? []);
        }

        foreach (var (who, role) in others.Select(p => (p, unauthorised.Contains(p.AccountId) ? RoomRoles.Observer : RoomRoles.CoFacilitator)).Where(x => x.p.Role != x.Item2))
        {
            await turn.Work.ExecuteAsync(
                "update participants set role = @role where session_id = @SessionId and participant_id = @ParticipantId", new { role, turn.SessionId, who.ParticipantId });
            if (who.Present)
            {
                await turn.AppendAsync(Streams.Room, Kinds.RoleChanged, null, new ModerationEvents.NewRole(who.ParticipantId, role));
            }

            await turn.Work.AuditAsync("role.changed", who.AccountId, turn.SessionId, new { role });
        }
    }
}
